"""What a verb of a ticket is: where it leads, what it needs, who may, what changes, who hears."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from datetime import datetime
from enum import Enum
from typing import Any, ClassVar

from sqlalchemy import Connection

from logbook.accounts.rights import Act
from logbook.plain_text import whole_text
from logbook.tickets.lifecycle import TicketState, TransitionRefusedError
from logbook.tickets.notifications import Move
from logbook.tickets.tickets import Ticket
from logbook.tickets.verbs.form import Filled

ANSWER_LIMIT = 4_000
"""Characters of an answer: the line reads it aloud, and four thousand take about five minutes."""
CONTENT_LIMIT = 20_000
REASON_LIMIT = 4_000
"""Characters of a reason, a note, a question, an instruction."""
Changes = dict[str, Any]
"""Columns of the ticket and their new values."""


class Leads(Enum):
    """Where a verb leads that has no state of its own."""

    NOWHERE = "stay"
    BACK = "back"
    """To the state the ticket was in before its caller was asked for more."""


class Left(Enum):
    """What stands in a field that nobody filled in; None and an empty text are values."""

    OUT = "out"


@dataclass(frozen=True, slots=True)
class MoveContext:
    """What a verb may read to decide what it changes."""

    conn: Connection
    ticket: Ticket
    now: datetime


@dataclass(frozen=True, kw_only=True)
class Verb:
    """One move of a ticket, as somebody wants to make it.

    A field without a default must be given, and a text must not be blank; a verb that needs no reason gives
    `reason` a default. The class says the rest by its keywords, and mypy names what is forgotten: `name` as
    the history keeps it, `from_states`, `leads`, the `right` of whoever uses its form (None: it has no
    form), the `choices` of its fields, whether it may be done to many tickets at once (`in_bulk`).
    """

    reason: str

    name: ClassVar[str]
    from_states: ClassVar[frozenset[TicketState]]
    leads: ClassVar[TicketState | Leads]
    right: ClassVar[Act | None]
    choices: ClassVar[Mapping[str, Collection[str]]]
    in_bulk: ClassVar[bool]

    def __init_subclass__(
        cls,
        *,
        name: str,
        from_states: frozenset[TicketState],
        leads: TicketState | Leads,
        right: Act | None,
        choices: Mapping[str, Collection[str]] | None = None,
        in_bulk: bool = False,
    ) -> None:
        """Keep what a verb says of itself."""
        cls.name, cls.from_states, cls.leads, cls.right = name, from_states, leads, right
        cls.choices, cls.in_bulk = choices or {}, in_bulk

    @classmethod
    def needed(cls) -> tuple[str, ...]:
        """Return the fields that must be given, the reason apart."""
        return tuple(one.name for one in fields(cls) if _must_be_given(one) and one.name != "reason")

    @classmethod
    def needs_reason(cls) -> bool:
        """Whether the history must say why."""
        return any(one.name == "reason" and _must_be_given(one) for one in fields(cls))

    @classmethod
    def read(cls, filled: Filled) -> Verb:
        """Read the form of this verb: each field that must be given is a text, unless the verb says else.

        TransitionRefusedError when a field is missing or is none of its choices.
        """
        return cls(reason=filled.words("reason"), **{name: filled.words(name) for name in cls.needed()})

    @classmethod
    def told(cls, details: Mapping[str, object]) -> Mapping[str, object]:
        """Return the stored details under the names the history shows them by."""
        return details

    def details(self) -> Iterator[tuple[str, object]]:
        """Yield the fields that were filled in, the reason apart."""
        for one in fields(self):
            value = getattr(self, one.name)
            if one.name != "reason" and value is not Left.OUT:
                yield one.name, value

    def check(self, state: TicketState) -> None:
        """TransitionRefusedError unless it may be done to a ticket in `state` with what was given."""
        if state not in self.from_states:
            raise TransitionRefusedError(f"{self.name} does not apply to a ticket that is {state}", "state")
        if self.needs_reason() and not self.reason.strip():
            raise TransitionRefusedError(f"{self.name} needs a reason", "reason")
        given = dict(self.details())
        for field in self.needed():
            value = given[field]
            if value is None or (isinstance(value, str) and not value.strip()):
                raise TransitionRefusedError(f"{self.name} needs {field}", "field")
        for field, allowed in self.choices.items():
            if field in given and given[field] not in allowed:
                raise TransitionRefusedError(f"{self.name}: {field} cannot be {given[field]!r}", "choice")

    def changes(self, _: MoveContext, /) -> Changes:
        """Return what changes in the ticket besides its state."""
        return {}

    def notify(self, conn: Connection, move: Move) -> None:
        """Write the notifications that this verb alone makes; `notifications.moved` writes the others."""


def _must_be_given(field: Field[Any]) -> bool:
    return field.default is MISSING


def checked_text(value: object, limit: int) -> str:
    """Return a text whole; TooLongError for one that does not fit."""
    return whole_text(str(value), limit)


def checked_later(ticket: Ticket, due: object) -> datetime:
    """Return an answer's deadline that is aware and later than the present one."""
    if not isinstance(due, datetime) or due.tzinfo is None or due <= ticket.answer_due_at:
        raise TransitionRefusedError("answer_due_at must be aware and later than the present one", "due")
    return due
