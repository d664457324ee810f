"""Give a ticket to the person who deals with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, select

from logbook.accounts.accounts import has_not_ended
from logbook.accounts.rights import Act
from logbook.database.tables import people
from logbook.tickets import assignees
from logbook.tickets.lifecycle import AT_WORK, TicketState, TransitionRefusedError
from logbook.tickets.verbs.form import Filled
from logbook.tickets.verbs.verb import Changes, MoveContext, Verb


@dataclass(frozen=True, kw_only=True)
class Assign(
    Verb,
    name="assign",
    from_states=AT_WORK | {TicketState.TRANSFERRED},
    leads=TicketState.ASSIGNED,
    right=Act.ASSIGN,
    in_bulk=True,
):
    """`to` is the login or the id of an account, or the name of somebody without one."""

    reason: str = ""
    to: int | str | None

    @classmethod
    def read(cls, filled: Filled) -> Verb:
        """The account that was chosen."""
        return cls(to=filled.number("to"), reason=filled.words("reason"))

    def changes(self, step: MoveContext, /) -> Changes:
        """Nobody is given a ticket about themselves, nor the chairman one in conflict (rules B10)."""
        conn, ticket = step.conn, step.ticket
        known = people.c.id == self.to if isinstance(self.to, int) else people.c.login == str(self.to)
        row = conn.execute(select(people.c.id, _is_open(step.now).label("is_open")).where(known)).first()
        if row is None and isinstance(self.to, int):
            raise TransitionRefusedError(f"nobody has the id {self.to}", "choice")
        if row is None:
            return {"assigned_id": None}
        may_have = assignees.may_have(conn, row.id, ticket.subject_ids, conflict=ticket.conflict)
        if not row.is_open or not may_have:
            raise TransitionRefusedError("that person cannot have this ticket", "assignee")
        return {"assigned_id": row.id}


def _is_open(now: datetime) -> ColumnElement[bool]:
    return and_(people.c.disabled_at.is_(None), has_not_ended(now))
