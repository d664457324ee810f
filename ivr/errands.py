"""What a call we placed is for, one try of one delivery, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from logbook import deliveries, escalations
from logbook.deliveries import CallResult, Delivery

BY_TELEPHONE = ("key", "handed_on")
"""How an escalation is settled by a pressed key."""


@dataclass(frozen=True)
class Errand:
    """The row number of a delivery and which of its calls this is; as text it goes through a dialogue."""

    delivery: int
    attempt: int

    @classmethod
    def read(cls, text: str) -> Errand:
        """The errand that `str` wrote."""
        delivery, attempt = text.split(":")
        return cls(int(delivery), int(attempt))

    def __str__(self) -> str:
        """Both numbers, as a place keeps them."""
        return f"{self.delivery}:{self.attempt}"


def end(conn: Connection, errand: Errand, result: CallResult, now: datetime) -> None:
    """Say what became of the call; what was said first stays, and so does a call that is over (F-04).

    A call that was picked up is `acknowledged` only when its own matter was settled by a key of the very
    official it was placed to (F-25).
    """
    row = deliveries.current_call(conn, errand.delivery, errand.attempt)
    if row is None:
        return
    settled = result == "answered" and _settled_by_key(conn, row)
    deliveries.call_ended(conn, row, "acknowledged" if settled else result, now)


def _settled_by_key(conn: Connection, row: Delivery) -> bool:
    matter = None if row.escalation_id is None else escalations.of_id(conn, row.escalation_id)
    return matter is not None and matter.settled_how in BY_TELEPHONE and matter.settled_who == row.recipient
