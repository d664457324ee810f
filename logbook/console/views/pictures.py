"""Prepares the figures behind the console's charts: twelve weeks, open tickets, criteria."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from markupsafe import Markup
from sqlalchemy import Column, ColumnElement, Connection, and_, func, select

from logbook.accounts.rights import Person
from logbook.clock import ZONE, local
from logbook.console.views import charts
from logbook.console.views.charts import Series
from logbook.console.words import Words
from logbook.database.tables import tickets
from logbook.ratings.verdicts import Verdict
from logbook.reports import shown, targets
from logbook.reports.figures import Figure
from logbook.search import counts
from logbook.sentences import written
from logbook.tickets.lifecycle import TicketState
from logbook.tickets.visibility import visible_to

WEEKS = 12
AGES = (5, 10, 20)
"""Days by the calendar that part the ages of open tickets; the last part is older than all of them."""
LOOKS = {Verdict.REACHED: "is-met", Verdict.MISSED: "is-missed", Verdict.TOO_FEW: "is-small"}


@dataclass(frozen=True, slots=True)
class Week:
    """What came in and what was answered in the week of that Monday, up to now in the present one."""

    monday: date
    received: int
    answered: int


@dataclass(frozen=True, slots=True)
class Pictures:
    """Both pictures of the first page and the leader's, each with its table; None where nothing moved."""

    trend: Markup | None
    weeks: tuple[Week, ...]
    ages: Markup
    open: tuple[tuple[str, tuple[int, ...]], ...]


def drawn(conn: Connection, person: Person, now: datetime, words: Words) -> Pictures:
    """Return the pictures over what `person` may see."""
    details, waiting = weeks(conn, person, now), by_state_and_age(conn, person, now)
    moved = any(week.received or week.answered for week in details)
    return Pictures(_trend(details, words) if moved else None, details, _ages(waiting, words), waiting)


def weeks(conn: Connection, person: Person, now: datetime) -> tuple[Week, ...]:
    """Count the last twelve weeks, from Monday at midnight in Vietnam, along the indexes of times."""
    today = local(now).date()
    monday = today - timedelta(days=today.weekday())
    mondays = [monday - timedelta(weeks=back) for back in range(WEEKS - 1, -1, -1)]
    received = _per_week(conn, tickets.c.opened_at, mondays, person)
    answered = _per_week(conn, tickets.c.answered_at, mondays, person)
    return tuple(Week(*each) for each in zip(mondays, received, answered, strict=True))


def _per_week(
    conn: Connection, column: Column[datetime], mondays: Sequence[date], person: Person
) -> Sequence[int]:
    begins = [_midnight(monday) for monday in [*mondays, mondays[-1] + timedelta(weeks=1)]]
    counted = [
        func.count().filter(and_(column >= start, column < end)) for start, end in itertools.pairwise(begins)
    ]
    inside = (column >= begins[0], column < begins[-1])
    return list(conn.execute(select(*counted).where(*inside, visible_to(person))).one())


def by_state_and_age(
    conn: Connection, person: Person, now: datetime
) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Count open tickets by state, each by how long ago it came in; states without any are left out."""
    query = (
        select(tickets.c.state, *(func.count().filter(part) for part in _age_parts(now)))
        .where(counts.OPEN, tickets.c.state != TicketState.GUIDED, visible_to(person))
        .group_by(tickets.c.state)
    )
    found: Mapping[str, tuple[int, ...]] = {row[0]: tuple(row[1:]) for row in conn.execute(query)}
    return tuple((state, found[state]) for state in TicketState if state in found)


def _age_parts(now: datetime) -> list[ColumnElement[bool]]:
    today = _midnight(local(now).date() + timedelta(days=1))
    edges = [today - timedelta(days=days + 1) for days in AGES]
    opened = tickets.c.opened_at
    between = [and_(opened >= older, opened < newer) for newer, older in itertools.pairwise(edges)]
    return [opened >= edges[0], *between, opened < edges[-1]]


def age_names(words: Words) -> list[str]:
    """Return the names of the parts of an age, the youngest first."""
    between = [words("chart_age_between", first=low + 1, last=high) for low, high in itertools.pairwise(AGES)]
    return [words("chart_age_first", last=AGES[0]), *between, words("chart_age_last", first=AGES[-1])]


def criteria(rows: Sequence[Figure], minimum: int, target: int, words: Words) -> Markup:
    """Draw each criterion's share against the target; their full names stand in the table beside it."""
    drawn_rows: list[tuple[str, float | None, str]] = []
    for number, one in enumerate(rows, start=1):
        verdict = targets.of_figure(one, minimum)
        share = None if one.tenths is None else one.tenths / 10
        drawn_rows.append(
            (
                words("chart_criterion", number=number),
                share,
                LOOKS.get(verdict, "is-small") if verdict else "is-small",
            )
        )
    details = "; ".join(
        f"{label}: {'–' if share is None else shown.amount(share, words)}%" for label, share, _ in drawn_rows
    )
    return charts.shares(
        words("chart_criteria"), details, drawn_rows, target, lambda share: shown.amount(share, words)
    )


def _trend(details: Sequence[Week], words: Words) -> Markup:
    received = Series(words("chart_received"), [week.received for week in details])
    answered = Series(words("chart_answered"), [week.answered for week in details])
    last = details[-1]
    spoken = words("chart_trend_text", received=last.received, answered=last.answered)
    labels = [f"{week.monday:%d/%m}" for week in details]
    return charts.lines(words("chart_trend"), spoken, labels, [received, answered])


def _ages(waiting: Sequence[tuple[str, tuple[int, ...]]], words: Words) -> Markup:
    rows = [(written(words(f"ticket_state_{state}")), parts) for state, parts in waiting]
    total = sum(sum(parts) for _, parts in waiting)
    details = words("chart_ages_text", count=total, old=sum(parts[-1] for _, parts in waiting), days=AGES[-1])
    return charts.stacks(words("chart_ages"), details, rows)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=ZONE)
