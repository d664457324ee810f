"""Reads the ticket list: one query per page of rows, keyset paging, a capped count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, select

from logbook.accounts.rights import Act, Person, may
from logbook.clock import local
from logbook.database import search_index
from logbook.database.tables import people, recordings, tickets
from logbook.search import counts
from logbook.search.ticket_filters import Filters, asks_nothing, condition
from logbook.tickets.portal import codes
from logbook.tickets.visibility import visible_to

PAGE = 50
CAP = 500
"""Beyond this many a list says "more than"; counting further would read the whole database."""
CHUNK = 500
"""Rows of an export read at a time."""
_ASSIGNED = people.alias("assigned")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list; names are None where nobody is named."""

    id: int
    code: str
    version: int
    opened_at: datetime
    caller_number: str | None
    kind: str
    topic: str | None
    summary: str | None
    content: str | None
    urgent: bool
    state: str
    closed_at: datetime | None
    answer_due_at: datetime
    concerned: str | None
    assigned: str | None
    sound: str | None

    @property
    def told(self) -> str:
        """What it is about in one line; empty while nobody wrote it down."""
        return self.summary or self.content or ""


@dataclass(frozen=True, slots=True)
class TicketPage:
    """Up to `PAGE` rows, newest first; `older` is where the next page begins, None on the last."""

    rows: tuple[Row, ...]
    older: int | None


@dataclass(frozen=True, slots=True)
class DeadlineShown:
    """How a ticket stands to its deadline: late, soon or fine, and days by the calendar in Vietnam."""

    how: str
    days: int


def deadline(row: Row, now: datetime, soon: timedelta) -> DeadlineShown | None:
    """Judged like the first page's counts: None for what is closed, answered or guided."""
    if row.closed_at is not None or row.state in counts.NOT_AWAITED:
        return None
    days = (local(row.answer_due_at).date() - local(now).date()).days
    if row.answer_due_at < now:
        return DeadlineShown("late", -days)
    return DeadlineShown("soon" if row.answer_due_at < now + soon else "fine", days)


class TicketQuery:
    """One person's question to the database: filters and rights joined into one condition."""

    def __init__(
        self, conn: Connection, filters: Filters, person: Person, now: datetime, soon: timedelta
    ) -> None:
        """Ask on `conn`; a whole code or number that is found there makes the search exact."""
        self._conn = conn
        self._key: ColumnElement[int] = tickets.c.id
        self._where = and_(visible_to(person), condition(filters, person, now, soon))
        among_open = filters.which not in {"closed", "all"}
        if among_open:
            self._where = and_(self._where, _AMONG_OPEN)
        if not asks_nothing(filters.q):
            self._search(filters.q, may(person, Act.SEE_CALLER), among_open)

    def page(self, before: int | None = None) -> TicketPage:
        """The newest rows, or those older than the ticket `before` (keyset paging)."""
        query = self._newest(_ROW, before).limit(PAGE + 1)
        found = [self._row(row) for row in self._conn.execute(query)]
        return TicketPage(tuple(found[:PAGE]), found[PAGE - 1].id if len(found) > PAGE else None)

    def named(self, subject_ids: frozenset[int]) -> str | None:
        """The names of those a ticket is about, in the order of the alphabet; None for nobody."""
        return ", ".join(sorted(self._names.get(one, str(one)) for one in subject_ids)) or None

    @cached_property
    def _names(self) -> Mapping[int, str]:
        rows = self._conn.execute(select(people.c.id, people.c.name))
        return {row.id: row.name for row in rows}

    def _row(self, found: Any) -> Row:
        values: list[Any] = list(found)
        values[_SUBJECTS] = self.named(values[_SUBJECTS])
        return Row(*values)

    def count(self, shown: TicketPage | None = None) -> int:
        """How many there are, never more than CAP + 1; `shown` is a first page, whole when it is the last."""
        if shown is not None and shown.older is None:
            return len(shown.rows)
        some = select(tickets.c.id).where(self._where).limit(CAP + 1).subquery()
        return int(self._conn.execute(select(func.count()).select_from(some)).scalar_one())

    def everything(self) -> Iterator[Any]:
        """Every ticket asked for with all its columns and names, newest first, never all in memory."""
        columns = (*tickets.c, _ASSIGNED.c.name.label("assigned"))
        before: int | None = None
        while True:
            found = self._conn.execute(self._newest(columns, before).limit(CHUNK)).all()
            yield from found
            if len(found) < CHUNK:
                return
            before = found[-1].id

    def _search(self, question: str, callers_too: bool, among_open: bool) -> None:
        """Narrow to the searched words: the few open tickets are read, all others found by the index."""
        exact = search_index.exactly(question, callers_too=callers_too)
        of_portal = codes.exactly(question)
        if exact is not None and self._is_any(exact):
            found = exact
        elif of_portal is not None and self._is_any(of_portal):
            found = of_portal
        elif among_open:
            found = search_index.holds(question, callers_too=callers_too)
        else:
            found, self._key = search_index.indexed(self._conn, question, callers_too=callers_too)
        self._where = and_(self._where, found)

    def _is_any(self, wanted: ColumnElement[bool]) -> bool:
        return bool(self._conn.execute(select(exists().where(self._where, wanted))).scalar_one())

    def _newest(self, columns: tuple[Any, ...], before: int | None) -> Select[Any]:
        query = select(*columns).select_from(_JOINED).where(self._where).order_by(self._key.desc())
        return query if before is None else query.where(self._key < before)


_OPEN_ONES = tickets.alias("open_ones")
_AMONG_OPEN = tickets.c.id.in_(select(_OPEN_ONES.c.id).where(_OPEN_ONES.c.closed_at.is_(None)))
"""Repeats that a ticket is open, so that the database uses the index of the few open ones."""
_ROW = (
    tickets.c.id,
    tickets.c.code,
    tickets.c.version,
    tickets.c.opened_at,
    tickets.c.caller_number,
    tickets.c.kind,
    tickets.c.topic,
    tickets.c.summary,
    func.substr(tickets.c.content, 1, 200),
    tickets.c.urgent,
    tickets.c.state,
    tickets.c.closed_at,
    tickets.c.answer_due_at,
    tickets.c.subject_ids,
    _ASSIGNED.c.name,
    recordings.c.state,
)
_SUBJECTS = -3
"""Where a row names by number whom it is about."""
_JOINED = tickets.outerjoin(_ASSIGNED, _ASSIGNED.c.id == tickets.c.assigned_id).outerjoin(
    recordings, recordings.c.id == tickets.c.recording_id
)
