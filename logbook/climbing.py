"""What the sweep that climbs the ladders reads and writes: rows that are due, one locked, one moved on."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, exists, or_, select, update

from logbook import escalations
from logbook.escalations import Escalation
from logbook.tables import deliveries
from logbook.tables import escalations as table

CALENDAR_KNOWN = timedelta(seconds=5)
"""After so long every process knows what was changed in the calendar (`calendars.FRESH_SECONDS`)."""


def due(
    conn: Connection, now: datetime, limit: int, after: tuple[datetime, int] | None = None
) -> list[tuple[datetime, int]]:
    """Return moment and id of the rows whose step is due, the oldest first; those `after` one (keyset)."""
    query = select(table.c.next_at, table.c.id).where(table.c.next_at <= now)
    if after is not None:
        at, number = after
        same = and_(table.c.next_at == at, table.c.id > number)
        query = query.where(or_(table.c.next_at > at, same))
    query = query.order_by(table.c.next_at, table.c.id).limit(limit)
    return [(row.next_at, row.id) for row in conn.execute(query)]


def locked(conn: Connection, escalation_id: int) -> Escalation | None:
    """Return an unsettled row that nobody else moves before this transaction ends, its ticket neither."""
    query = select(table).where(table.c.id == escalation_id, table.c.next_at.is_not(None))
    ticket_id = conn.execute(query.with_only_columns(table.c.ticket_id)).scalar()
    escalations.lock_ticket(conn, ticket_id)
    row = conn.execute(query.with_for_update()).first()
    return None if row is None else Escalation(*row)


def advance(conn: Connection, row: Escalation, stands: Escalation) -> bool:
    """Write where a ladder stands after `row`; False when the row is no longer what it was."""
    names = ("rung", "tries", "rounds", "next_at")
    done = conn.execute(
        update(table)
        .where(
            table.c.id == row.id,
            table.c.version == row.version,
            table.c.settled_at.is_(None),
        )
        .values(version=row.version + 1, **{name: getattr(stands, name) for name in names})
    )
    return done.rowcount == 1


def look_again(conn: Connection, now: datetime) -> None:
    """Let the sweep look again at what nobody was told of yet: the calendar was changed (000-13).

    Such a row waits for an hour that was worked out by the calendar as it was.
    """
    soon = now + CALENDAR_KNOWN
    told = exists().where(deliveries.c.escalation_id == table.c.id)
    conn.execute(update(table).where(table.c.next_at > soon, ~told).values(next_at=soon))
