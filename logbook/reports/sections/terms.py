"""Deadlines met and missed.

A deadline is counted once, in the period in which it was decided: when it was met, or when it ended unmet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from logbook.calendar.working_time import WorkingTime
from logbook.database.tables import escalations
from logbook.reports.figures import TICKET, Figure
from logbook.reports.past import PastTicket
from logbook.reports.sections.escalated import BY_PEOPLE
from logbook.reports.sections.section import (
    Section,
    part_column,
    share_before_column,
    share_column,
    whole_column,
)
from logbook.reports.ticket_counts import CountedPeriod
from logbook.settings.loading import Settings

HEARD = (*BY_PEOPLE, "handed_on")
"""Whoever hands an escalation on has heard of it, and somebody else goes on in a row of its own."""
_OPENED_WITH = "ticket:%:new"
Decided = tuple[PastTicket, datetime, datetime | None]
"""A ticket, its deadline, and when it was met."""


def of_terms(
    conn: Connection,
    found: Sequence[PastTicket],
    span: CountedPeriod,
    settings: Settings,
    office: WorkingTime,
) -> list[Figure]:
    """Count deadlines met among deadlines decided: notify, classify, transfer, notice, answer (ASK-30)."""
    part, mine = settings.tickets, [ticket for ticket in found if ticket.has_clock]
    details = _first_sent(conn, [ticket.row.id for ticket in mine])
    terms: dict[str, Iterator[Decided]] = {
        "notify": _notified(mine, details, settings, office),
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
    """The figure of one deadline; whatever happened after the period is not known in it."""
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


def _first_sent(conn: Connection, ids: Sequence[int]) -> Mapping[int, Any]:
    """The escalation each new ticket opened with."""
    wanted = frozenset(ids)
    query = select(
        escalations.c.ticket_id,
        escalations.c.first_sent_at,
        escalations.c.settled_at,
        escalations.c.settled_how,
    ).where(escalations.c.key.like(_OPENED_WITH))
    if ids:
        query = query.where(escalations.c.ticket_id >= min(ids))
    return {row.ticket_id: row for row in conn.execute(query) if row.ticket_id in wanted}


def _notified(
    mine: Sequence[PastTicket], details: Mapping[int, Any], settings: Settings, office: WorkingTime
) -> Iterator[Decided]:
    """000-13: leaders hear of a new ticket within minutes of working time, of an urgent one at any hour."""
    length = timedelta(minutes=settings.notifications.notify_minutes)
    for ticket in mine:
        row = details.get(ticket.row.id)
        if row is None:
            continue
        at_any_hour = ticket.row.urgent and settings.notifications.urgent_at_any_hour
        opened = ticket.row.opened_at
        due = opened + length if at_any_hour else office.add(opened, length)
        heard = _first(row.first_sent_at, row.settled_at if row.settled_how in HEARD else None)
        if heard is None and row.settled_at is not None and row.settled_at <= due:
            continue
        yield ticket, due, heard


def _first(*moments: datetime | None) -> datetime | None:
    return min((at for at in moments if at is not None), default=None)


SECTION = Section(
    key="terms",
    groups=("terms",),
    count=lambda this: of_terms(this.conn, this.found, this.span, this.settings, this.times.office),
    columns=(
        part_column("met", 20),
        whole_column("all", 20),
        share_column(22),
        share_before_column(26),
    ),
    named=("term", 65),
    note="report_term_rule",
)
