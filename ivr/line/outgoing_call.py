"""What an outgoing call is for (one attempt of one delivery), and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from logbook.ids import DeliveryId, TicketId
from logbook.outbox.deliveries import CallResult
from logbook.sending import calls, outcomes


@dataclass(frozen=True)
class CallAttempt:
    """The row number of a delivery and which of its calls this is; as text it goes through a dialogue."""

    delivery: DeliveryId
    attempt: int

    @classmethod
    def read(cls, text: str) -> CallAttempt:
        """The call attempt that `str` wrote."""
        delivery, attempt = text.split(":")
        return cls(DeliveryId(int(delivery)), int(attempt))

    def __str__(self) -> str:
        """Both numbers, as a place keeps them."""
        return f"{self.delivery}:{self.attempt}"


def answer_named(text: str) -> tuple[TicketId, int]:
    """Return the ticket, and the number in its history, of an answer as a dialogue carries it."""
    ticket_id, number = text.split(":")
    return TicketId(int(ticket_id)), int(number)


def end(conn: Connection, call_attempt: CallAttempt, result: CallResult, now: datetime) -> None:
    """Record what became of the call; the first result stays, and an ended call stays ended (F-04)."""
    row = outcomes.current_call(conn, call_attempt.delivery, call_attempt.attempt)
    if row is not None:
        calls.over(conn, row, result, now)
