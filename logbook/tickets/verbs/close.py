"""Close a ticket; each outcome has its own conditions (R1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from logbook.accounts.rights import Act
from logbook.plain_text import is_sentence
from logbook.tickets import results
from logbook.tickets.lifecycle import (
    OPEN_STATES,
    TicketKind,
    TicketOutcome,
    TicketState,
    TransitionRefusedError,
)
from logbook.tickets.notifications import Move, tell_citizen
from logbook.tickets.tickets import Ticket, answer_holds, end_is_news
from logbook.tickets.verbs.form import Filled
from logbook.tickets.verbs.verb import CONTENT_LIMIT, Changes, Left, MoveContext, Verb, checked_text

_FULL = ("content", "answer", "cause", "remedy")
NEEDS: Mapping[TicketOutcome, tuple[str, ...]] = {
    TicketOutcome.RESOLVED: _FULL,
    TicketOutcome.PARTLY: _FULL,
    TicketOutcome.UNFOUNDED: _FULL,
    TicketOutcome.NOT_OURS: ("to",),
    TicketOutcome.WITHDRAWN: ("reason",),
}
"""What each outcome needs, in the order a clerk is asked for it. Three speak of the case itself: what was
said, what the office answered, why it came to it and what is done about it (002-34). What is not ours names
the body it went to (NĐ 20/2008 Art 9), what was withdrawn how its writer said so."""
_NUISANCE = ("cause",)
"""A wrong number has no content and nobody to answer; only why it is taken for one."""
SENTENCES = frozenset({"content", "answer", "cause", "remedy", "reason"})
"""What must be said in words: one character is no cause (002-34)."""


@dataclass(frozen=True, kw_only=True)
class Close(
    Verb,
    name="close",
    from_states=OPEN_STATES - {TicketState.NEW},
    leads=TicketState.CLOSED,
    right=Act.CLOSE,
    choices={"outcome": tuple(TicketOutcome)},
):
    """How it ended, with what `needs` asks for: cause, remedy, `to` (the body it went to), or the reason."""

    reason: str = ""
    outcome: str
    cause: str | Left = Left.OUT
    remedy: str | Left = Left.OUT
    to: str | Left = Left.OUT

    @classmethod
    def read(cls, filled: Filled) -> Verb:
        """A field left empty was not given."""
        given = {name: filled.words(name) for name in ("cause", "remedy", "to") if filled.words(name)}
        return cls(outcome=filled.words("outcome"), reason=filled.words("reason"), **given)

    def changes(self, step: MoveContext, /) -> Changes:
        """Each outcome has its own conditions; every road that closes leads through here (002-34)."""
        given, outcome = dict(self.details()), TicketOutcome(self.outcome)
        for name in lacking(step.ticket, outcome, given, self.reason):
            raise TransitionRefusedError(
                f"to be closed as {outcome} the ticket lacks {name}", f"lacks_{name}"
            )
        changes: Changes = {"outcome": outcome, "closed_at": step.now}
        for name in ("cause", "remedy"):
            changes[name] = checked_text(given.get(name) or "", CONTENT_LIMIT) or None
        if given.get("to"):
            changes["transferred_to"] = checked_text(given["to"], 200)
        return changes

    def notify(self, conn: Connection, move: Move) -> None:
        """Every caller hears how their ticket ended (ASK-26)."""
        if end_is_news(move.after):
            tell_citizen(conn, move, "closed")
        if not move.after.kind.is_wrong_number:
            results.record(conn, move.after, "closed", move.now)


def needs(outcome: TicketOutcome, kind: TicketKind) -> tuple[str, ...]:
    """Return what a ticket of this kind needs to end with `outcome`."""
    return _NUISANCE if outcome is TicketOutcome.UNFOUNDED and kind.is_wrong_number else NEEDS[outcome]


def lacking(
    ticket: Ticket, outcome: TicketOutcome, given: Mapping[str, object], reason: str
) -> Iterator[str]:
    """Yield what the ticket still lacks to end so: content, answer, cause, remedy, to, reason.

    Nothing is resolved by an answer its caller rejected (ASK-25); what is unfounded may stay so.
    A cause or remedy that is given though it is not
    needed must be a sentence as well.
    """
    have = {
        "content": ticket.content,
        "answer": ticket.answer if outcome is TicketOutcome.UNFOUNDED or answer_holds(ticket) else None,
        "cause": given.get("cause"),
        "remedy": given.get("remedy"),
        "to": given.get("to") or ticket.transferred_to,
        "reason": reason,
    }
    wanted = needs(outcome, ticket.kind)
    for name, value in have.items():
        words = str(value or "").strip()
        optional = name in ("cause", "remedy") and words
        if (name in wanted or optional) and not (is_sentence(words) if name in SENTENCES else words):
            yield name
