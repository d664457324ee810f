"""Reopens to the chairman cases that an older version kept from him by mistake (rules B10)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from logbook.accounts.rights import makes_conflict
from logbook.database.tables import people, ticket_events, tickets
from logbook.ids import TicketId
from logbook.outbox import escalations
from logbook.tickets import moves
from logbook.tickets.moves import TICKED
from logbook.tickets.tickets import TicketHead, heads
from logbook.tickets.verbs.concern import NameSubjects

WHO = "hotline"


def put_right(conn: Connection, reason: str, now: datetime) -> int:
    """Give the chairman back the cases that an older version flagged for a deputy; return how many.

    An older version took whatever is about a deputy for a conflict of interest. It did not write down whether
    a person had said so: a case stays as it is where the history names nobody or the chairman, and where
    somebody has chosen since. `reason` is what the history says. Safe to repeat.
    """
    roles = {row.id: row.role for row in conn.execute(select(people.c.id, people.c.role))}
    query = select(*TicketHead.columns()).where(
        tickets.c.conflict.is_(True), tickets.c.subject_ids != frozenset()
    )
    count = 0
    for ticket in heads(conn, query.order_by(tickets.c.id)):
        if _by_an_older_rule(ticket, roles, _said(conn, ticket.id)):
            anew = NameSubjects(subject_ids=ticket.subject_ids, reason=reason)
            moves.apply(conn, ticket.id, anew, actor=WHO, now=now)
            if ticket.closed_at is not None:
                escalations.settle_all(conn, ticket.id, now=now, who=WHO)
            count += 1
    return count


def _by_an_older_rule(
    ticket: TicketHead, roles: Mapping[int, str], said: Iterable[Mapping[str, Any]]
) -> bool:
    if any(makes_conflict(roles[one]) for one in ticket.subject_ids):
        return False
    deputies = {one for one, role in roles.items() if not makes_conflict(role)}
    flagged = [details for details in said if details.get("conflict")]
    return bool(flagged) and all(
        TICKED not in details and details.get("concerned_id") in deputies for details in flagged
    )


def _said(conn: Connection, ticket_id: TicketId) -> list[Mapping[str, Any]]:
    query = select(ticket_events.c.details).where(
        ticket_events.c.ticket_id == ticket_id, ticket_events.c.verb == NameSubjects.name
    )
    return [json.loads(text) for text in conn.execute(query.order_by(ticket_events.c.number)).scalars()]
