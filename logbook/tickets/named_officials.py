"""Whom of the register a ticket is about: people without an account are named here too (001-19)."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, delete, insert, select

from logbook.database.tables import officials, people, ticket_officials
from logbook.ids import TicketId
from logbook.officials.register import Official, of_row
from logbook.tickets.lifecycle import TransitionRefusedError


def of_ticket(conn: Connection, ticket_id: TicketId) -> list[Official]:
    """Return the people of the register a ticket is about, by name."""
    query = (
        select(officials)
        .join(ticket_officials, ticket_officials.c.official_id == officials.c.id)
        .where(ticket_officials.c.ticket_id == ticket_id)
        .order_by(officials.c.name, officials.c.id)
    )
    return [of_row(row) for row in conn.execute(query)]


def tickets_about(conn: Connection, official_id: int) -> list[TicketId]:
    """Return the ids of the tickets about somebody of the register, the oldest first."""
    query = select(ticket_officials.c.ticket_id).where(ticket_officials.c.official_id == official_id)
    return sorted(conn.execute(query).scalars())


def store(conn: Connection, ticket_id: TicketId, official_ids: Collection[int]) -> frozenset[int]:
    """Name exactly these; return the accounts they have, which must not see the ticket (rules B10).

    TransitionRefusedError when nobody of the register has one of the ids.
    """
    wanted = frozenset(official_ids)
    columns = (officials.c.id, people.c.id.label("person_id"))
    query = select(*columns).outerjoin(people, people.c.login == officials.c.login)
    rows = conn.execute(query.where(officials.c.id.in_(wanted))).all()
    if unknown := wanted - {row.id for row in rows}:
        raise TransitionRefusedError(f"nobody of the register has the ids {sorted(unknown)}", "choice")
    conn.execute(delete(ticket_officials).where(ticket_officials.c.ticket_id == ticket_id))
    if wanted:
        named = [{"ticket_id": ticket_id, "official_id": one} for one in sorted(wanted)]
        conn.execute(insert(ticket_officials), named)
    return frozenset(row.person_id for row in rows if row.person_id is not None)
