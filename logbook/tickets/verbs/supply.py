"""Add what the caller was asked for; the ticket goes back to where it was."""

from __future__ import annotations

from dataclasses import dataclass

from logbook.accounts.rights import Act
from logbook.tickets.lifecycle import TicketState
from logbook.tickets.verbs.verb import CONTENT_LIMIT, Changes, Leads, MoveContext, Verb, checked_text


@dataclass(frozen=True, kw_only=True)
class Supply(
    Verb,
    name="supply",
    from_states=frozenset({TicketState.WAITING_FOR_CALLER}),
    leads=Leads.BACK,
    right=Act.ANSWER,
):
    """What was missing, in words."""

    reason: str = ""
    content: str

    def changes(self, step: MoveContext, /) -> Changes:
        """The new words stand below the old ones."""
        parts = (step.ticket.content or "", checked_text(self.content, CONTENT_LIMIT))
        return {"content": checked_text("\n\n".join(part for part in parts if part), CONTENT_LIMIT)}
