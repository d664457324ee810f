"""Counts openings of the letter box and the book of opinions: how often, how often empty, when missed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Literal

from sqlalchemy import Connection, Row, select

from logbook.calendar.working_days import WorkingDays
from logbook.clock import ZONE, local
from logbook.database.tables import openings
from logbook.reports.figures import OPENING, Figure, Figures
from logbook.reports.periods import WEEKLY
from logbook.reports.sections.section import COUNTS, Section, by_word
from logbook.reports.shown import Says
from logbook.reports.ticket_counts import CountedPeriod
from logbook.sentences import written
from logbook.settings.notifications import OpeningsPart
from logbook.tickets.openings import CHANNELS

GROUP = "openings"
MISSING = "missing"
_DAY = timedelta(days=1)


def of_openings(conn: Connection, span: CountedPeriod, part: OpeningsPart, days: WorkingDays) -> list[Figure]:
    """Count what was opened on the days of a period, empty ones too, and name what was missed (002-24).

    A day, week or month belongs to the period in which it ended, so that each stands in one report. A week
    or month without any working day is not missed. What was withdrawn counts nowhere.
    """
    found = _found(conn, span)
    figures: list[Figure] = []
    for channel in CHANNELS:
        mine = [row for row in found if row.channel == channel]
        inside = [row for row in mine if span.holds(_end(row.opened_on))]
        empty = [row for row in inside if row.found == 0]
        figures += [
            _figure(channel, inside),
            _figure(f"{channel}_empty", empty),
            _figure(f"{channel}_found", inside, sum(row.found for row in inside)),
        ]
        opened = {row.opened_on for row in mine}
        for first, last in _stretches(span, getattr(part, channel)):
            if _is_missed(first, last, opened, days):
                figures.append(Figure(GROUP, f"{channel}.{MISSING}.{first}.{last}", 1))
    return figures


def missed(figure: Figure) -> tuple[str, date, date] | None:
    """Return channel and days of a stretch without an opening, when that is what a figure says."""
    channel, mark, rest = figure.key.partition(f".{MISSING}.")
    if figure.section != GROUP or not mark:
        return None
    first, _, last = rest.partition(".")
    return channel, date.fromisoformat(first), date.fromisoformat(last)


def _figure(key: str, rows: list[Row[tuple[int, str, date, int]]], value: int | None = None) -> Figure:
    cases = tuple(str(row.id) for row in rows)
    return Figure(GROUP, key, len(rows) if value is None else value, what=OPENING, cases=cases)


def _found(conn: Connection, span: CountedPeriod) -> list[Row[tuple[int, str, date, int]]]:
    """The openings that hold, from a month before the period on: a stretch may begin earlier."""
    since, until = local(span.begins).date() - timedelta(days=31), local(span.ends).date()
    columns = (openings.c.id, openings.c.channel, openings.c.opened_on, openings.c.found)
    holds = (openings.c.withdrawn_at.is_(None), openings.c.opened_on.between(since, until))
    return list(conn.execute(select(*columns).where(*holds).order_by(openings.c.opened_on, openings.c.id)))


def _stretches(
    span: CountedPeriod, rhythm: Literal["weekly", "monthly", "none"]
) -> Iterator[tuple[date, date]]:
    """The weeks or months that ended in the period, first and last day of each."""
    day, last = local(span.begins).date() - timedelta(days=31), local(span.ends).date()
    starts = []
    while day <= last + _DAY:
        if (rhythm == "weekly" and day.weekday() == 0) or (rhythm == "monthly" and day.day == 1):
            starts.append(day)
        day += _DAY
    for first, following in pairwise(starts):
        if span.holds(_end(following - _DAY)):
            yield first, following - _DAY


def _is_missed(first: date, last: date, opened: set[date], days: WorkingDays) -> bool:
    inside = [first + ahead * _DAY for ahead in range((last - first).days + 1)]
    return any(map(days.is_working_day, inside)) and not opened.intersection(inside)


def _end(day: date) -> datetime:
    """The last moment of a day in Vietnam."""
    return datetime.combine(day, time.max, ZONE)


def not_opened(missed: tuple[str, date, date], says: Says) -> str:
    """Return from when to when the box or the book was not opened, as a sentence without its full stop."""
    channel, first, last = missed
    return says(f"report_not_opened_{channel}", first=f"{first:%d/%m/%Y}", last=f"{last:%d/%m/%Y}")


def _named(figure: Figure, says: Says) -> str:
    stretch = missed(figure)
    return by_word(figure, says) if stretch is None else written(not_opened(stretch, says))


def _needs(figures: Figures, says: Says) -> tuple[str, ...]:
    stretches = (missed(figure) for figure in figures.section(GROUP))
    return tuple(written(not_opened(stretch, says)) + "." for stretch in stretches if stretch)


def _is_shown(figures: Figures) -> bool:
    """A week without an opening, or a report of old, has no section of them."""
    opened = figures.section(GROUP)
    return any(one.value for one in opened) or bool(opened and figures.kind != WEEKLY)


_SUMMED = ("letter_box", "letter_box_empty", "suggestion_book", "suggestion_book_empty")
SECTION = Section(
    key=GROUP,
    groups=(GROUP,),
    count=lambda this: of_openings(this.conn, this.span, this.settings.reports.openings, this.times.days),
    columns=COUNTS,
    label=_named,
    is_shown=_is_shown,
    summary={one: f"{GROUP}.{one}" for one in _SUMMED},
    needs=_needs,
    keeps_gone=False,
)
