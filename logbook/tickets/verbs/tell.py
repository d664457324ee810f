"""Note that the caller heard some news, or could not be reached (Law 42/2013 Art 28)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from logbook.accounts.rights import Act
from logbook.tickets.lifecycle import ALL_STATES, TransitionRefusedError
from logbook.tickets.verbs.form import Filled
from logbook.tickets.verbs.verb import Changes, Leads, Left, MoveContext, Verb

_DONE = "told"


@dataclass(frozen=True, kw_only=True)
class TellCaller(Verb, name="tell", from_states=ALL_STATES, leads=Leads.NOWHERE, right=Act.ANSWER):
    """`what` was told (accepted, transferred, extended, answered, closed), which way, and how it went."""

    reason: str = ""
    what: str
    channel: str | Left = Left.OUT
    result: str | Left = Left.OUT

    @classmethod
    def read(cls, filled: Filled) -> Verb:
        """A person told the caller; how is the reason, so that it can be traced (Law 42/2013 Art 28)."""
        reason = filled.words("reason")
        if not reason:
            raise TransitionRefusedError("tell needs a reason", "reason")
        return cls(what="accepted", channel="in_person", result=_DONE, reason=reason)

    @classmethod
    def told(cls, details: Mapping[str, object]) -> Mapping[str, object]:
        """The way news took is no way in of a ticket."""
        return {"way" if name == "channel" else name: value for name, value in details.items()}

    def changes(self, step: MoveContext, /) -> Changes:
        """The caller has heard that the case is accepted, by whatever came first (rules B1)."""
        reached = self.result in (Left.OUT, _DONE)
        return {"noticed_at": step.now} if reached and not step.ticket.noticed_at else {}
