"""Write down what was said, and by whom (NĐ 20/2008 Art 7)."""

from __future__ import annotations

from dataclasses import dataclass

from logbook.accounts.rights import Act
from logbook.tickets import openings
from logbook.tickets.lifecycle import ALL_STATES, BroughtBy, TicketState, TransitionRefusedError
from logbook.tickets.verbs.form import Filled
from logbook.tickets.verbs.verb import CONTENT_LIMIT, Changes, Leads, Left, MoveContext, Verb, checked_text

_LIMITS = {"summary": 200, "caller_name": 200, "caller_address": 500}


@dataclass(frozen=True, kw_only=True)
class WriteContent(
    Verb, name="write", from_states=ALL_STATES - {TicketState.CLOSED}, leads=Leads.NOWHERE, right=Act.CLASSIFY
):
    """The content is put in writing truthfully, with who brought it."""

    reason: str = ""
    content: str
    summary: str | Left = Left.OUT
    caller_name: str | Left = Left.OUT
    caller_address: str | Left = Left.OUT
    caller_type: str | Left | None = Left.OUT
    opening_id: int | Left | None = Left.OUT

    @classmethod
    def read(cls, filled: Filled) -> Verb:
        """What stands in the form; a field that is not in it stays as it is."""
        optional = (*_LIMITS, "caller_type")
        given: dict[str, str] = {name: filled.words(name) for name in optional if name in filled.form}
        opening = filled.number("opening") if filled.words("opening") else Left.OUT
        return cls(
            content=filled.words("content"), opening_id=opening, reason=filled.words("reason"), **given
        )

    def changes(self, step: MoveContext, /) -> Changes:
        """The words, each whole."""
        given = dict(self.details())
        changes: Changes = {"content": checked_text(self.content, CONTENT_LIMIT)}
        for name, limit in _LIMITS.items():
            if name in given:
                changes[name] = checked_text(given[name], limit) or None
        if self.caller_type is not Left.OUT:
            changes["caller_type"] = _brought_by(self.caller_type)
        if self.opening_id not in (Left.OUT, step.ticket.opening_id):
            changes["opening_id"] = self._opening(step)
        return changes

    def _opening(self, step: MoveContext) -> int:
        """A letter that was entered under the wrong opening is put under the right one (002-24)."""
        wanted, channel = self.opening_id, step.ticket.channel
        found = openings.takes(step.conn, wanted, channel) if isinstance(wanted, int) else None
        if found is None:
            raise TransitionRefusedError(f"no opening of {channel}: {wanted!r}", "choice")
        return found.id


def _brought_by(given: str | None) -> str | None:
    """A person or an organisation; nothing where nobody asked, as after a low rating (000-01)."""
    if given and given not in list(BroughtBy):
        raise TransitionRefusedError(f"no caller type: {given!r}", "choice")
    return given or None
