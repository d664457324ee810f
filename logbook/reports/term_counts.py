"""Counts of what was promised: terms met and missed, and how fast leaders acknowledged what they were told.

A term is counted once, in the period in which it was decided: when it was met, or when it ended unmet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import Connection, select

from logbook.calendar.working_time import WorkingTime
from logbook.database.tables import escalations
from logbook.reports.figures import MATTER, TICKET, Figure
from logbook.reports.past import PastTicket
from logbook.reports.ticket_counts import CountedPeriod
from logbook.settings.loading import Settings

BY_PEOPLE = ("key", "click")
"""How an escalation is settled by somebody who has heard of it (000-13)."""
HEARD = (*BY_PEOPLE, "handed_on")
"""Whoever hands a matter on has heard of it, and somebody else goes on in a row of its own."""
_GOES_ON = "escalation:{}:handed_on"
_WENT_ON = _GOES_ON.format("%")
_OPENED_WITH = "ticket:%:new"
Decided = tuple[PastTicket, datetime, datetime | None]
"""A ticket, the end of its term, and when it was met."""


def of_terms(
    conn: Connection,
    found: Sequence[PastTicket],
    span: CountedPeriod,
    settings: Settings,
    office: WorkingTime,
) -> list[Figure]:
    """Count terms met of terms decided: notify, classify, transfer, notice, answer (ASK-30)."""
    part, mine = settings.tickets, [ticket for ticket in found if ticket.has_clock]
    told = _first_told(conn, [ticket.row.id for ticket in mine])
    terms: dict[str, Iterator[Decided]] = {
        "notify": _notified(mine, told, settings, office),
        "classify": (
            (one, office.add_days(one.row.opened_at, part.classify_days), one.left_new_at) for one in mine
        ),
        "transfer": (
            (one, office.add_days(one.row.opened_at, part.transfer_days), one.transferred_at)
            for one in mine
            if one.transferred_at
        ),
        "notice": (
            (one, one.row.notice_due_at, _first(one.row.noticed_at, one.answered_at))
            for one in mine
            if one.row.caller_number and not one.row.anonymous and one.kind != "emergency"
        ),
        "answer": ((one, one.due_at, one.answered_at) for one in mine),
    }
    return [_met(name, list(decided), span) for name, decided in terms.items()]


def _met(name: str, rows: Sequence[Decided], span: CountedPeriod) -> Figure:
    """The figure of one term; whatever happened after the period is not known in it."""
    met: list[PastTicket] = []
    missed: list[PastTicket] = []
    for ticket, due, done in rows:
        known = done if done is not None and done < span.ends else None
        if known is not None and known <= due:
            if span.holds(known):
                met.append(ticket)
        elif span.holds(known if name == "transfer" else due):
            missed.append(ticket)
    cases, part = (tuple(ticket.row.code for ticket in some) for some in (missed + met, met))
    return Figure("terms", name, len(met), len(met) + len(missed), what=TICKET, cases=cases, part=part)


def _first_told(conn: Connection, ids: Sequence[int]) -> Mapping[int, Any]:
    """The escalation each new ticket opened with."""
    wanted = frozenset(ids)
    query = select(
        escalations.c.ticket_id,
        escalations.c.first_told_at,
        escalations.c.settled_at,
        escalations.c.settled_how,
    ).where(escalations.c.key.like(_OPENED_WITH))
    if ids:
        query = query.where(escalations.c.ticket_id >= min(ids))
    return {row.ticket_id: row for row in conn.execute(query) if row.ticket_id in wanted}


def _notified(
    mine: Sequence[PastTicket], told: Mapping[int, Any], settings: Settings, office: WorkingTime
) -> Iterator[Decided]:
    """000-13: leaders hear of a new ticket within minutes of working time, of an urgent one at any hour."""
    length = timedelta(minutes=settings.notifications.notify_minutes)
    for ticket in mine:
        row = told.get(ticket.row.id)
        if row is None:
            continue
        at_any_hour = ticket.row.urgent and settings.notifications.urgent_at_any_hour
        opened = ticket.row.opened_at
        due = opened + length if at_any_hour else office.add(opened, length)
        heard = _first(row.first_told_at, row.settled_at if row.settled_how in HEARD else None)
        if heard is None and row.settled_at is not None and row.settled_at <= due:
            continue
        yield ticket, due, heard


def _first(*moments: datetime | None) -> datetime | None:
    return min((at for at in moments if at is not None), default=None)


def of_escalations(conn: Connection, span: CountedPeriod, hidden: Callable[[int], bool]) -> list[Figure]:
    """Count what was escalated in the period, by kind, and how much of it a person acknowledged.

    A matter that was handed on is one matter, acknowledged by whoever had it last. The cases are the
    matters, since a ticket may be told of more than once. `minutes` is the median from opening to
    acknowledgement, by the clock on the wall. `hidden` tells the tickets (by row number) that are counted
    nowhere else either: khiếu nại and tố cáo (rules B1).
    """
    query = (
        select(escalations)
        .where(
            escalations.c.opened_at >= span.begins,
            escalations.c.opened_at < span.ends,
            escalations.c.key.not_like(_WENT_ON),
        )
        .order_by(escalations.c.id)
    )
    by_kind: dict[str, list[Any]] = defaultdict(list)
    for row in conn.execute(query):
        if row.ticket_id is None or not hidden(row.ticket_id):
            by_kind[row.kind].append(row)
    later = select(escalations).where(
        escalations.c.opened_at >= span.begins,
        escalations.c.opened_at < span.ends,
        escalations.c.key.like(_WENT_ON),
    )
    went_on = {row.key: row for row in conn.execute(later)}
    return [_escalated(kind, rows, went_on, span) for kind, rows in sorted(by_kind.items())]


def _last(row: Any, went_on: Mapping[str, Any]) -> Any:
    """The row by which a matter goes on after it was handed on, however often."""
    while (following := went_on.get(_GOES_ON.format(row.id))) is not None:
        row = following
    return row


def _escalated(kind: str, rows: Sequence[Any], went_on: Mapping[str, Any], span: CountedPeriod) -> Figure:
    ends = [(row, _last(row, went_on)) for row in rows]
    heard = [
        (row, (last.settled_at - row.opened_at).total_seconds() / 60)
        for row, last in ends
        if last.settled_how in BY_PEOPLE and last.settled_at is not None and last.settled_at < span.ends
    ]
    return Figure(
        "escalated",
        kind,
        len(heard),
        len(rows),
        what=MATTER,
        cases=_of_tickets(rows),
        minutes=round(median(minutes for _, minutes in heard)) if heard else None,
        part=_of_tickets(row for row, _ in heard),
    )


def _of_tickets(rows: Iterable[Any]) -> tuple[str, ...]:
    return tuple(str(row.id) for row in rows if row.ticket_id is not None)
