"""Filters of the ticket list: read from an address, turned into conditions of a query."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, and_, true

from logbook.accounts.rights import Person
from logbook.clock import ZONE
from logbook.database.person_ids import holds
from logbook.database.search_index import fold
from logbook.database.tables import tickets
from logbook.ids import PersonId
from logbook.plain_text import SMALL, plain_text
from logbook.search import counts
from logbook.tickets.lifecycle import TicketState

LISTS = ("open", "new", "due_soon", "overdue", "mine", "closed", "all")
"""The standing lists, in the order of their tabs."""
NOBODY = 0
"""As `assigned`: tickets that nobody works on."""
_NAME = re.compile(r"[a-z0-9_-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for; None means any. `since` and `until` are days in Vietnam, both included."""

    which: str = "open"
    state: str | None = None
    kind: str | None = None
    topic: str | None = None
    category: str | None = None
    channel: str | None = None
    assigned: int | None = None
    concerned: int | None = None
    since: date | None = None
    until: date | None = None
    q: str = ""

    def as_query(self, **changes: object) -> str:
        """The filters as the query of an address, always spelt the same way; `changes` replace some."""
        details = {field.name: getattr(self, field.name) for field in fields(self)} | changes
        return urlencode([(name, str(value)) for name, value in details.items() if value not in (None, "")])

    @property
    def narrowed(self) -> bool:
        """Whether anything beyond the standing list is asked for."""
        return self != Filters(which=self.which)


def read(given: Mapping[str, str]) -> Filters:
    """The filters of an address; whatever is not understood is left out, never an error."""
    which = given.get("which", "")
    return Filters(
        which=which if which in LISTS else "open",
        state=given.get("state") if given.get("state") in list(TicketState) else None,
        kind=_name(given.get("kind")),
        topic=_name(given.get("topic")),
        category=_name(given.get("category")),
        channel=_name(given.get("channel")),
        assigned=whole(given.get("assigned")),
        concerned=whole(given.get("concerned")),
        since=_day(given.get("since")),
        until=_day(given.get("until")),
        q=" ".join(plain_text(given.get("q", ""), 200).split()),
    )


def condition(filters: Filters, person: Person, now: datetime, soon: timedelta) -> ColumnElement[bool]:
    """Everything but the searched words; `soon` is how long before its deadline a ticket is due soon."""
    wanted = [standing(filters.which, person, now, soon)]
    for name in ("state", "kind", "topic", "category", "channel"):
        value = getattr(filters, name)
        if value is not None:
            wanted.append(tickets.c[name] == value)
    if filters.assigned is not None:
        column = tickets.c.assigned_id
        wanted.append(column.is_(None) if filters.assigned == NOBODY else column == filters.assigned)
    if filters.concerned is not None:
        wanted.append(holds(tickets.c.subject_ids, PersonId(filters.concerned)))
    if filters.since is not None:
        wanted.append(tickets.c.opened_at >= _midnight(filters.since))
    if filters.until is not None:
        wanted.append(tickets.c.opened_at < _midnight(filters.until + timedelta(days=1)))
    return and_(*wanted)


def standing(which: str, person: Person, now: datetime, soon: timedelta) -> ColumnElement[bool]:
    """One of the standing lists, by the same conditions as the numbers of the first page."""
    match which:
        case "new":
            return and_(counts.OPEN, counts.is_new())
        case "due_soon":
            return counts.is_due_soon(now, soon)
        case "overdue":
            return counts.is_overdue(now)
        case "mine":
            return and_(counts.OPEN, tickets.c.assigned_id == person.id)
        case "closed":
            return tickets.c.closed_at.is_not(None)
        case "all":
            return true()
        case _:
            return counts.OPEN


def asks_nothing(question: str) -> bool:
    """Whether nothing is left of the searched words once marks and spaces are gone."""
    return not fold(question)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=ZONE)


def _name(text: str | None) -> str | None:
    return text if text and _NAME.fullmatch(text) else None


def whole(text: str | None) -> int | None:
    """A row number from an address, or None for anything else."""
    if text and len(text) <= 10 and text.isascii() and text.isdecimal():
        value = int(text)
        return value if value <= SMALL else None
    return None


def _day(text: str | None) -> date | None:
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if 2000 <= day.year < 2200 else None
