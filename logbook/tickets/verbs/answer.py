"""Answer a ticket."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from logbook.accounts.rights import Act
from logbook.outbox import deliveries
from logbook.tickets import results
from logbook.tickets.lifecycle import AT_WORK, TicketState
from logbook.tickets.notifications import Move, tell_citizen
from logbook.tickets.verbs.verb import ANSWER_LIMIT, Changes, MoveContext, Verb, checked_text


@dataclass(frozen=True, kw_only=True)
class GiveAnswer(
    Verb,
    name="answer",
    from_states=AT_WORK | {TicketState.TRANSFERRED, TicketState.ANSWERED},
    leads=TicketState.ANSWERED,
    right=Act.ANSWER,
):
    """An answer may be put right by another one."""

    reason: str = ""
    answer: str

    def changes(self, step: MoveContext, /) -> Changes:
        """The answer, and when."""
        return {"answer": checked_text(self.answer, ANSWER_LIMIT), "answered_at": step.now}

    def notify(self, conn: Connection, move: Move) -> None:
        """Its caller hears the answer and nothing older; leaders that there is one."""
        deliveries.cancel(conn, move.now, ticket_id=move.after.id, recipient=deliveries.CITIZEN)
        tell_citizen(conn, move, "answered")
        results.record(conn, move.after, "answered", move.now)
