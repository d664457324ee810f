"""Deadlines that the calendar moved, and who heard of it; two verbs of the line (docs/decisions/0011)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from logbook.tickets.lifecycle import OPEN_STATES, TicketState
from logbook.tickets.verbs.verb import Changes, Leads, Left, MoveContext, Verb


@dataclass(frozen=True, kw_only=True)
class Recount(
    Verb, name="recount", from_states=OPEN_STATES - {TicketState.ANSWERED}, leads=Leads.NOWHERE, right=None
):
    """The calendar of days changed: where the ends that move were, and where they are now."""

    reason: str = ""
    answer_due_at: datetime | Left = Left.OUT
    answer_due_before: datetime | Left = Left.OUT
    notice_due_at: datetime | Left = Left.OUT
    notice_due_before: datetime | Left = Left.OUT

    def changes(self, _: MoveContext, /) -> Changes:
        """The ends that move."""
        return {name: due for name, due in self.details() if name.endswith("_due_at")}


@dataclass(frozen=True, kw_only=True)
class HeardDue(Verb, name="heard_due", from_states=OPEN_STATES, leads=Leads.NOWHERE, right=None):
    """A caller asked and heard the deadline of the answer: it is kept now."""

    reason: str = ""
