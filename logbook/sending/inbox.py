"""Lists what waits for a person's acknowledgement, on the telephone and in the console."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from sqlalchemy import ColumnElement, Connection, and_, false, or_, select, true

from logbook.accounts.rights import Act, Person, may
from logbook.database.tables import escalations, tickets
from logbook.ids import EscalationId, TicketId
from logbook.outbox import escalation_policy
from logbook.outbox.escalation_policy import ConflictOfInterest
from logbook.outbox.escalations import Escalation, hears
from logbook.settings.loading import Settings
from logbook.tickets.tickets import TicketHead, case_of

AT_MOST = 20
"""Escalations in one call."""


LISTED = 200


def waiting_for(
    conn: Connection,
    official_id: str,
    settings: Settings,
    now: datetime,
    *,
    escalation_id: EscalationId | None = None,
) -> list[Escalation]:
    """Return what an official may hear and acknowledge on the telephone now, urgent and oldest first.

    At most twenty, and only what their ladder has reached: sent to them before, or due this moment. Never
    what concerns them or what they handed on. `escalation_id` finds one escalation, however much waits. Empty
    for an id the settings do not know.
    """
    official = settings.notifications.official(official_id)
    if official is None:
        return []
    condition = escalation_policy.come_to(settings.notifications, official, escalations.c.next_at <= now)
    if escalation_id is not None:
        condition = and_(condition, escalations.c.id == escalation_id)
    found = (row for row, _, away in _unsettled_where(conn, condition) if hears(official, row, away))
    return list(islice(found, AT_MOST))


def open_for(
    conn: Connection,
    person: Person,
    settings: Settings,
    *,
    ticket_id: TicketId | None = None,
    escalation_id: EscalationId | None = None,
) -> list[Escalation]:
    """Return what a signed-in person may acknowledge by a click, urgent and oldest first, at most 200.

    They act for the official of their login, else of their role; what their ladder stands at counts before
    its hour has come, too. Never a ticket they may not see (T-10). `ticket_id` and `escalation_id` look for
    those of one ticket, or for one escalation, however much waits.
    """
    officials = escalation_policy.officials_of(settings.notifications, person)
    condition = or_(
        *(escalation_policy.come_to(settings.notifications, one, true()) for one in officials), false()
    )
    if ticket_id is not None:
        condition = and_(condition, escalations.c.ticket_id == ticket_id)
    if escalation_id is not None:
        condition = and_(condition, escalations.c.id == escalation_id)
    found = (
        row
        for row, ticket, away in _unsettled_where(conn, condition)
        if (ticket is None or may(person, Act.SEE_TICKETS, case_of(ticket)))
        and any(hears(official, row, away) for official in officials)
    )
    return list(islice(found, LISTED))


def _unsettled_where(
    conn: Connection, condition: ColumnElement[bool]
) -> Iterator[tuple[Escalation, TicketHead | None, ConflictOfInterest]]:
    """Yield unsettled rows with their ticket and whom it concerns, urgent and oldest first."""
    query = (
        select(escalations, *TicketHead.columns())
        .outerjoin(tickets, tickets.c.id == escalations.c.ticket_id)
        .where(escalations.c.next_at.is_not(None), condition)
        .order_by(escalations.c.urgent.desc(), escalations.c.opened_at, escalations.c.id)
    )
    own = len(escalations.c)
    for found in conn.execute(query).all():
        row = Escalation(*found[:own])
        ticket = None if row.ticket_id is None else TicketHead.of_row(found)
        away = (
            ConflictOfInterest()
            if ticket is None
            else escalation_policy.about(conn, ticket.subject_ids, conflict=ticket.conflict)
        )
        yield row, ticket, away
