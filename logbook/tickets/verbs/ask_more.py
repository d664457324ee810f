"""Ask the caller for what is missing."""

from __future__ import annotations

from dataclasses import dataclass

from logbook.accounts.rights import Act
from logbook.tickets.lifecycle import AT_WORK, TicketState
from logbook.tickets.verbs.verb import REASON_LIMIT, Changes, MoveContext, Verb, checked_text


@dataclass(frozen=True, kw_only=True)
class AskMore(
    Verb, name="ask_more", from_states=AT_WORK, leads=TicketState.WAITING_FOR_CALLER, right=Act.ANSWER
):
    """The question stands in the history alone."""

    reason: str = ""
    question: str

    def changes(self, _: MoveContext, /) -> Changes:
        """Nothing; but what the history alone keeps is not cut either."""
        checked_text(self.question, REASON_LIMIT)
        return {}
