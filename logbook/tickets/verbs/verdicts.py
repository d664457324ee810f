"""Whoever asked says whether the answer satisfied them; two verbs of the line (ASK-25, ASK-26)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from logbook.outbox import escalations
from logbook.tickets.lifecycle import TicketState
from logbook.tickets.notifications import Move, ladder_of
from logbook.tickets.verbs.reopen import ENDED, no_end
from logbook.tickets.verbs.verb import Changes, Leads, Left, MoveContext, Verb, checked_later


@dataclass(frozen=True, kw_only=True)
class AcceptAnswer(Verb, name="accept_answer", from_states=ENDED, leads=Leads.NOWHERE, right=None):
    """The answer was good."""

    reason: str = ""

    def changes(self, step: MoveContext, /) -> Changes:
        """The verdict."""
        return {"verdict": "satisfied", "verdict_at": step.now}


@dataclass(frozen=True, kw_only=True)
class RejectAnswer(Verb, name="reject_answer", from_states=ENDED, leads=TicketState.CLASSIFIED, right=None):
    """The answer was not good; by when anew, `answer_days` working days, unless it had longer."""

    reason: str = ""
    answer_due_at: datetime | Left = Left.OUT
    answer_days: int | Left | None = Left.OUT

    def changes(self, step: MoveContext, /) -> Changes:
        """Closed is not the same as mended: the ticket opens again, on a new clock (ASK-25, ASK-26)."""
        changes: Changes = {"verdict": "dissatisfied", "verdict_at": step.now, **no_end()}
        if self.answer_due_at is not Left.OUT:
            changes["answer_due_at"] = checked_later(step.ticket, self.answer_due_at)
        return changes

    def notify(self, conn: Connection, move: Move) -> None:
        """Who is not satisfied reaches the chairman (ASK-25)."""
        escalations.open_once(
            conn,
            key=f"ticket:{move.after.id}:dissatisfied:{move.after.events}",
            kind="dissatisfied",
            ladder=ladder_of(move.after, "dissatisfied"),
            ticket_id=move.after.id,
            urgent=move.after.urgent,
            now=move.now,
        )
