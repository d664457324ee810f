"""Finds out whether a citizen waits for a call at this moment, as only they may be rung (T-13, T-25)."""

from __future__ import annotations

from sqlalchemy import Connection, or_, select

from logbook.database.tables import callbacks, deliveries
from logbook.outbox.deliveries import CITIZEN

BEING_CALLED = ("wanted", "calling")
BEING_SENT = ("sending", "in_doubt")


def is_owed(conn: Connection, number: str) -> bool:
    """Whether `number` (E.164) waits for a returned call, is the clerk's who returns it, or gets news now."""
    returned = select(callbacks.c.id).where(
        or_(callbacks.c.number == number, callbacks.c.wanted_from == number),
        callbacks.c.state.in_(BEING_CALLED),
    )
    news = select(deliveries.c.id).where(
        deliveries.c.number == number,
        deliveries.c.recipient == CITIZEN,
        deliveries.c.state.in_(BEING_SENT),
    )
    return conn.execute(select(or_(returned.exists(), news.exists()))).scalar() is True
