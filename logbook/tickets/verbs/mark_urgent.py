"""Mark a ticket as urgent, or no longer so (002-17)."""

from __future__ import annotations

from dataclasses import dataclass

from logbook.accounts.rights import Act
from logbook.tickets.lifecycle import OPEN_STATES
from logbook.tickets.verbs.form import Filled
from logbook.tickets.verbs.verb import Changes, Leads, MoveContext, Verb


@dataclass(frozen=True, kw_only=True)
class MarkUrgent(
    Verb, name="mark_urgent", from_states=OPEN_STATES, leads=Leads.NOWHERE, right=Act.CLASSIFY, in_bulk=True
):
    """What follows for its escalations follows from the ticket (`notifications.moved`)."""

    reason: str = ""
    urgent: bool

    @classmethod
    def read(cls, filled: Filled) -> Verb:
        """Ticked or not."""
        return cls(urgent=filled.ticked("urgent"), reason=filled.words("reason"))

    def changes(self, _: MoveContext, /) -> Changes:
        """The mark."""
        return {"urgent": self.urgent}
