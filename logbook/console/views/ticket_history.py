"""Shows a ticket's history for people: who did what when, with names for ids and keys."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from logbook.database.tables import officials, people
from logbook.settings.config_file import TicketsPart
from logbook.tickets.history import Event
from logbook.tickets.verbs import registry
from logbook.tickets.verbs.calendar_moves import Recount
from logbook.tickets.verbs.extend import Extend
from logbook.tickets.verbs.verb import Verb

_LONG = frozenset({"content", "answer", "question", "cause", "remedy", "instruction"})
_SHOWN = (
    "what", "way", "result", "instruction", "sound", "channel", "kind", "topic", "category", "tag", "urgent",
    "concerned_id", "subject_ids", "official_ids", "conflict", "to", "question", "content", "summary",
    "caller", "caller_type", "opening_id",
    "answer_due_before", "answer_due_at", "notice_due_before", "notice_due_at",
    "answer", "outcome", "cause", "remedy", "group_id",
)  # fmt: skip
"""Details in the order they are shown; the others (ids, turns) mean nothing to a reader."""


@dataclass(frozen=True, slots=True)
class Names:
    """Everybody's name by id and by login, disabled accounts too."""

    by_id: Mapping[int, str]
    by_login: Mapping[str, str]
    of_register: Mapping[int, str]

    def of(self, key: object) -> str:
        """The name behind an id or a login; what is neither stays as it is."""
        if isinstance(key, int):
            return self.by_id.get(key, str(key))
        return self.by_login.get(str(key), str(key))

    def all_of(self, keys: object) -> str:
        """The names behind several ids, in the order of the alphabet."""
        found = keys if isinstance(keys, list | tuple | frozenset) else ()
        return ", ".join(sorted(self.of(key) for key in found))


@dataclass(frozen=True, slots=True)
class DetailShown:
    """One detail: its name, its value as text or instant, and whether it may run over several lines."""

    name: str
    value: object
    long: bool


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One event for reading."""

    number: int
    at: datetime
    verb: str
    who: str
    reason: str
    from_state: str | None
    to_state: str
    told: tuple[DetailShown, ...]


def names(conn: Connection) -> Names:
    """Read everybody's name."""
    rows = conn.execute(select(people.c.id, people.c.login, people.c.name)).all()
    register = {row.id: row.name for row in conn.execute(select(officials.c.id, officials.c.name))}
    return Names({row.id: row.name for row in rows}, {row.login: row.name for row in rows}, register)


def lines(events: Iterable[Event], known: Names, part: TicketsPart) -> list[HistoryRow]:
    """Turn events into lines, the newest first."""
    details = [
        HistoryRow(
            event.number,
            event.at,
            event.verb,
            known.of(event.actor),
            event.reason,
            event.from_state,
            event.to_state,
            tuple(_details_shown(event, known, part)),
        )
        for event in events
    ]
    return details[::-1]


def _details_shown(event: Event, known: Names, part: TicketsPart) -> Iterable[DetailShown]:
    details = _named(event)
    for name in _SHOWN:
        value = details.get(name)
        if value is None or value == "" or (name in ("urgent", "conflict") and value is False):
            continue
        yield DetailShown(name, _value(name, value, known, part), name in _LONG)


def _named(event: Event) -> Mapping[str, object]:
    """The details under the names they are shown by, which the verb says."""
    verb = registry.verbs().get(event.verb, Verb)
    return verb.told(_details(event))


def was_extended(events: Iterable[Event]) -> bool:
    """Whether the deadline of the answer that runs now is one that was extended."""
    moved = [
        event.verb for event in events if "answer_due_at" in _details(event) and event.verb != Recount.name
    ]
    return moved[-1:] == [Extend.name]


def instruction_recordings(events: Iterable[Event]) -> frozenset[int]:
    """Return the recordings of a ticket's spoken instructions."""
    named = (_named(event).get("sound") for event in events)
    return frozenset(number for number in named if isinstance(number, int))


def _details(event: Event) -> Mapping[str, object]:
    """The stored details; nothing where they were cut or spoilt, which the chain then says."""
    try:
        found = json.loads(event.details)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _value(name: str, value: object, known: Names, part: TicketsPart) -> object:
    match name:
        case "to" | "concerned_id":
            return known.of(value)
        case "subject_ids":
            return known.all_of(value)
        case "official_ids":
            named = value if isinstance(value, list) else ()
            return ", ".join(sorted(known.of_register.get(one, str(one)) for one in named))
        case "category":
            category = part.category(str(value))
            return category.name if category else value
        case "tag":
            tag = part.tag(str(value))
            return tag.name if tag else value
        case "answer_due_at" | "answer_due_before" | "notice_due_at" | "notice_due_before":
            try:
                return datetime.fromisoformat(str(value))
            except ValueError:
                return str(value)
        case _:
            return value
