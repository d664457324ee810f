"""Put a ticket into a group of tickets about the same thing, or take it out (ASK-38)."""

from __future__ import annotations

from dataclasses import dataclass

from logbook.accounts.rights import Act
from logbook.tickets.lifecycle import ALL_STATES, TicketState
from logbook.tickets.verbs.verb import Changes, Leads, MoveContext, Verb


@dataclass(frozen=True, kw_only=True)
class JoinGroup(
    Verb,
    name="join_group",
    from_states=ALL_STATES - {TicketState.GUIDED},
    leads=Leads.NOWHERE,
    right=Act.GROUP,
):
    """Which group; `groups.join` makes one where there is none."""

    reason: str = ""
    group_id: int

    def changes(self, _: MoveContext, /) -> Changes:
        """The group."""
        return {"group_id": self.group_id}


@dataclass(frozen=True, kw_only=True)
class LeaveGroup(Verb, name="leave_group", from_states=ALL_STATES, leads=Leads.NOWHERE, right=Act.GROUP):
    """Somebody found that it is about something else."""

    reason: str = ""

    def changes(self, _: MoveContext, /) -> Changes:
        """No group."""
        return {"group_id": None}
