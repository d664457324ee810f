"""Checks when a ticket may be closed: each outcome has its own conditions (R1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from logbook.plain_text import is_sentence
from logbook.tickets.tickets import Ticket, answer_holds

_FULL = ("content", "answer", "cause", "remedy")
NEEDS: Mapping[str, tuple[str, ...]] = {
    "resolved": _FULL,
    "partly": _FULL,
    "unfounded": _FULL,
    "not_ours": ("to",),
    "withdrawn": ("reason",),
}
"""What each outcome needs, in the order a clerk is asked for it. Three speak of the case itself: what was
said, what the office answered, why it came to it and what is done about it (002-34). What is not ours names
the body it went to (NĐ 20/2008 Art 9), what was withdrawn how its writer said so."""
_NUISANCE = ("cause",)
"""A wrong number has no content and nobody to answer; only why it is taken for one."""
SENTENCES = frozenset({"content", "answer", "cause", "remedy", "reason"})
"""What must be said in words: one character is no cause (002-34)."""


def needs(outcome: str, kind: str) -> tuple[str, ...]:
    """Return what a ticket of this kind needs to end with `outcome`; KeyError for no outcome."""
    return _NUISANCE if (outcome, kind) == ("unfounded", "nuisance") else NEEDS[outcome]


def lacking(ticket: Ticket, outcome: str, given: Mapping[str, object], reason: str) -> Iterator[str]:
    """Yield what the ticket still lacks to end so: content, answer, cause, remedy, to, reason.

    Nothing is resolved by an answer its caller rejected (ASK-25); what is unfounded may stay so.
    A cause or remedy that is given though it is not
    needed must be a sentence as well.
    """
    have = {
        "content": ticket.content,
        "answer": ticket.answer if outcome == "unfounded" or answer_holds(ticket) else None,
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
