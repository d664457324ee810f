"""Reads each form of a ticket's page into a verb with its reason and details."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from werkzeug.datastructures import MultiDict

from logbook.accounts.rights import Act
from logbook.calendar.working_time import WorkingTime
from logbook.settings.config_file import TicketsPart
from logbook.tickets import deadlines
from logbook.tickets.lifecycle import GUIDED_KINDS, KINDS, TransitionRefusedError
from logbook.tickets.tickets import Ticket

ACTS: Mapping[str, Act] = {
    "write": Act.CLASSIFY,
    "classify": Act.CLASSIFY,
    "concern": Act.CLASSIFY,
    "mark_urgent": Act.CLASSIFY,
    "assign": Act.ASSIGN,
    "transfer": Act.ASSIGN,
    "ask_more": Act.ANSWER,
    "supply": Act.ANSWER,
    "extend": Act.CHANGE_DEADLINE,
    "answer": Act.ANSWER,
    "close": Act.CLOSE,
    "reopen": Act.CLOSE,
    "note": Act.ANSWER,
    "join_group": Act.GROUP,
    "leave_group": Act.GROUP,
    "instruct": Act.INSTRUCT,
    "tell": Act.ANSWER,
}
"""The forms of the page and the right each needs; classifying as khiếu nại or tố cáo becomes `guide`."""
ALL_KINDS = KINDS + GUIDED_KINDS


@dataclass(frozen=True, slots=True)
class VerbForm:
    """One verb as the page asks for it."""

    verb: str
    reason: str
    details: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Filled:
    """A form that was sent, with what is needed to understand it."""

    form: Mapping[str, str]
    ticket: Ticket
    part: TicketsPart
    office: WorkingTime
    now: datetime

    def text(self, name: str) -> str:
        """One field without the blanks around it."""
        return self.form.get(name, "").strip()

    def number(self, name: str) -> int | None:
        """A whole number of at most nine digits, or None."""
        return row_number(self.text(name))

    def numbers(self, name: str) -> list[int]:
        """Every whole number given under a name, each once; TransitionRefusedError for anything else."""
        given = self.form.getlist(name) if isinstance(self.form, MultiDict) else [self.text(name)]
        found = {row_number(one.strip()) for one in given if one.strip()}
        if None in found:
            raise TransitionRefusedError("nobody has that id", "choice")
        return sorted(number for number in found if number is not None)

    def ticked(self, name: str) -> bool:
        """Whether a box is ticked."""
        return self.form.get(name) == "1"


def row_number(given: str) -> int | None:
    """A whole number of at most nine digits, or None."""
    return int(given) if given.isascii() and given.isdecimal() and len(given) <= 9 else None


def read(verb: str, filled: Filled) -> VerbForm:
    """Read the form of `verb`; TransitionRefusedError when a field is missing or is none of its choices."""
    details = _READERS[verb](filled)
    if verb == "classify" and details["kind"] in GUIDED_KINDS:
        return VerbForm("guide", filled.text("reason"), {"kind": details["kind"]})
    return VerbForm(verb, filled.text("reason"), details)


def _write(filled: Filled) -> dict[str, object]:
    names = ("content", "summary", "caller_name", "caller_address", "caller_type")
    details: dict[str, object] = {name: filled.text(name) for name in names if name in filled.form}
    if filled.text("opening"):
        details["opening_id"] = filled.number("opening")
    return details


def _classify(filled: Filled) -> dict[str, object]:
    """Kind and topic are required (002-26); a category that escalates makes the ticket urgent (002-17)."""
    kind, topic = filled.text("kind"), filled.text("topic")
    if kind not in ALL_KINDS:
        raise TransitionRefusedError("classify needs kind", "field")
    if kind in GUIDED_KINDS:
        return {"kind": kind}
    category = filled.part.category(filled.text("category"))
    tag = filled.part.tag(filled.text("tag"))
    topic = topic or (category.topic if category else "")
    if not topic:
        raise TransitionRefusedError("classify needs topic", "field")
    if (filled.text("category") and category is None) or (filled.text("tag") and tag is None):
        raise TransitionRefusedError("no such category or tag", "choice")
    return {
        "kind": kind,
        "topic": topic,
        "category": category.key if category else None,
        "tag": tag.key if tag else None,
        "urgent": filled.ticked("urgent") or (category is not None and category.escalates),
    }


def _concern(filled: Filled) -> dict[str, object]:
    return {
        "subject_ids": filled.numbers("concerned"),
        "official_ids": filled.numbers("official"),
        "conflict": filled.ticked("conflict"),
    }


def _assign(filled: Filled) -> dict[str, object]:
    return {"to": filled.number("to")}


def _extend(filled: Filled) -> dict[str, object]:
    """The new date is counted in working days, at most so many at a time (T-24)."""
    days = filled.number("days")
    due = deadlines.extended_to(filled.ticket, days, filled.part, filled.office, filled.now)
    return {"answer_due_at": due, "days": days}


def _tell(filled: Filled) -> dict[str, object]:
    """A person notified the caller; how is the reason, so that it can be traced (Law 42/2013 Art 28)."""
    if not filled.text("reason"):
        raise TransitionRefusedError("tell needs a reason", "reason")
    return {"what": "accepted", "channel": "in_person", "result": "told"}


def _close(filled: Filled) -> dict[str, object]:
    given = {name: filled.text(name) for name in ("outcome", "cause", "remedy", "to")}
    return {name: text for name, text in given.items() if text}


def _texts(*names: str) -> Callable[[Filled], dict[str, object]]:
    def texts(filled: Filled) -> dict[str, object]:
        return {name: filled.text(name) for name in names}

    return texts


_READERS: Mapping[str, Callable[[Filled], dict[str, object]]] = {
    "write": _write,
    "classify": _classify,
    "concern": _concern,
    "mark_urgent": lambda filled: {"urgent": filled.ticked("urgent")},
    "assign": _assign,
    "transfer": _texts("to"),
    "ask_more": _texts("question"),
    "supply": _texts("content"),
    "extend": _extend,
    "answer": _texts("answer"),
    "close": _close,
    "reopen": _texts(),
    "note": _texts(),
    "leave_group": _texts(),
    "instruct": _texts("instruction"),
    "tell": _tell,
}
