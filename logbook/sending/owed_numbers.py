"""Finds out whether a citizen waits for a call at this moment, as only they may be rung (T-13, T-25)."""

from __future__ import annotations

from sqlalchemy import Connection, or_, select

from logbook.database.tables import callbacks, deliveries
from logbook.outbox.deliveries import CITIZEN
from logbook.outbox.kinds import RETURNED_CALL
from logbook.outbox.state_machine import DeliveryState

BEING_SENT = (DeliveryState.SENDING, DeliveryState.IN_DOUBT)


def is_owed(conn: Connection, number: str) -> bool:
    """Whether `number` (E.164) waits for a returned call, is the clerk's who returns it, or gets news now."""
    returned = select(callbacks.c.id).where(callbacks.c.number == number, callbacks.c.state == "wanted")
    sent = select(deliveries.c.id).where(
        deliveries.c.number == number,
        or_(deliveries.c.recipient == CITIZEN, deliveries.c.kind == RETURNED_CALL),
        deliveries.c.state.in_(BEING_SENT),
    )
    return conn.execute(select(or_(returned.exists(), sent.exists()))).scalar() is True
