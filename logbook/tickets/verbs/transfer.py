"""Transfer a ticket to the body whose case it is (NĐ 20/2008 Art 9)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from logbook.accounts.rights import Act
from logbook.tickets import results
from logbook.tickets.lifecycle import AT_WORK, TicketState
from logbook.tickets.notifications import Move, tell_citizen
from logbook.tickets.verbs.verb import Changes, MoveContext, Verb, checked_text


@dataclass(frozen=True, kw_only=True)
class Transfer(Verb, name="transfer", from_states=AT_WORK, leads=TicketState.TRANSFERRED, right=Act.ASSIGN):
    """`to` is the body's name."""

    to: str

    def changes(self, _: MoveContext, /) -> Changes:
        """Where it is now."""
        return {"transferred_to": checked_text(self.to, 200)}

    def notify(self, conn: Connection, move: Move) -> None:
        """Its caller hears where it is, and leaders that it went there."""
        tell_citizen(conn, move, "transferred")
        results.record(conn, move.after, "transferred", move.now)
