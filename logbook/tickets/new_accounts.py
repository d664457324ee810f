"""Keeps tickets from whoever they are about once that person of the register gets an account (rules B10)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from logbook.database.tables import people
from logbook.officials.register import Official
from logbook.tickets import moves, named_officials, tickets
from logbook.tickets.verbs.concern import NameSubjects

REASON = "Người được nêu vừa có tài khoản; phiếu không hiện với người đó."
"""What the history says; it is written once, in the office's language."""


def keep_away(conn: Connection, official: Official, actor: str, now: datetime) -> int:
    """Keep each ticket about this person from their account; return how many tickets changed."""
    about = named_officials.tickets_about(conn, official.id) if official.login else []
    query = select(people.c.id).where(people.c.login == official.login)
    person_id = conn.execute(query).scalar() if about else None
    changed = 0
    for ticket_id in about:
        ticket = tickets.of_id(conn, ticket_id)
        if person_id is None or person_id in ticket.subject_ids:
            continue
        moves.apply(
            conn,
            ticket_id,
            NameSubjects(
                subject_ids=sorted({*ticket.subject_ids, person_id}), conflict=ticket.conflict, reason=REASON
            ),
            actor=actor,
            now=now,
        )
        changed += 1
    return changed
