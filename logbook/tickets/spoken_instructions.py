"""Finds the ticket of a recorded instruction: its call has none, the ticket's history names it."""

from __future__ import annotations

from sqlalchemy import Connection, or_, select

from logbook.database.tables import ticket_events


def tickets_of(conn: Connection, recording_id: int) -> list[int]:
    """Return the ids of the tickets whose history has this recording as an instruction (T-10)."""
    details = ticket_events.c.details  # canonical JSON: no blanks, and quotes inside a text are escaped
    named = (details.contains(f'"recording_id":{recording_id}{end}', autoescape=True) for end in ",}")
    query = select(ticket_events.c.ticket_id).where(ticket_events.c.verb == "instruct", or_(*named))
    return list(conn.execute(query.distinct()).scalars())
