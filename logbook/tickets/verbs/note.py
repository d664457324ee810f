"""Note something that changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from logbook.accounts.rights import Act
from logbook.tickets.lifecycle import ALL_STATES
from logbook.tickets.verbs.verb import Leads, Verb


@dataclass(frozen=True, kw_only=True)
class AddNote(Verb, name="note", from_states=ALL_STATES, leads=Leads.NOWHERE, right=Act.ANSWER):
    """The note is the reason."""
