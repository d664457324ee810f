"""Give a case more time (T-24)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from logbook.accounts.rights import Act
from logbook.outbox import escalations
from logbook.tickets import deadlines
from logbook.tickets.lifecycle import AT_WORK, TicketState
from logbook.tickets.notifications import Move, ladder_of, tell_citizen
from logbook.tickets.verbs.form import Filled
from logbook.tickets.verbs.verb import Changes, Leads, Left, MoveContext, Verb, checked_later


@dataclass(frozen=True, kw_only=True)
class Extend(
    Verb,
    name="extend",
    from_states=AT_WORK | {TicketState.NEW, TicketState.WAITING_FOR_CALLER},
    leads=Leads.NOWHERE,
    right=Act.CHANGE_DEADLINE,
):
    """By when it is answered now, an aware instant; `days` working days were added."""

    answer_due_at: datetime
    days: int | Left | None = Left.OUT

    @classmethod
    def read(cls, filled: Filled) -> Verb:
        """The new date is counted in working days, at most so many at a time (T-24)."""
        days = filled.number("days")
        due = deadlines.extended_to(filled.ticket, days, filled.part, filled.office, filled.now)
        return cls(answer_due_at=due, days=days, reason=filled.words("reason"))

    def changes(self, step: MoveContext, /) -> Changes:
        """A later end than the present one."""
        return {"answer_due_at": checked_later(step.ticket, self.answer_due_at)}

    def notify(self, conn: Connection, move: Move) -> None:
        """A changed deadline is itself reported (T-24), and the caller hears of it (rules B1)."""
        escalations.open_once(
            conn,
            key=f"ticket:{move.after.id}:extended:{move.after.events}",
            kind="extended",
            ladder=ladder_of(move.after, "extended"),
            ticket_id=move.after.id,
            params={"who": move.actor},
            now=move.now,
        )
        tell_citizen(conn, move, "extended")
