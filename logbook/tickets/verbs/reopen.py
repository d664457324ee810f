"""Open a ticket again: what was answered or closed is not done."""

from __future__ import annotations

from dataclasses import dataclass

from logbook.accounts.rights import Act
from logbook.tickets.lifecycle import TicketState
from logbook.tickets.verbs.verb import Changes, MoveContext, Verb

ENDED = frozenset({TicketState.ANSWERED, TicketState.CLOSED})


@dataclass(frozen=True, kw_only=True)
class Reopen(Verb, name="reopen", from_states=ENDED, leads=TicketState.CLASSIFIED, right=Act.CLOSE):
    """Somebody of the office found out."""

    def changes(self, _: MoveContext, /) -> Changes:
        """It has not ended."""
        return no_end()


def no_end() -> Changes:
    """Return what a ticket that is open again has no more."""
    return {"outcome": None, "closed_at": None}
