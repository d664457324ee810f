"""Imports the rows of a file in batches, each in a transaction of its own (002-32).

An import that is killed simply runs again: a dossier is known by its reference, and a row that says nothing
new writes nothing. No writer waits longer than one batch takes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    String,
    Text,
    any_,
    bindparam,
    cast,
    column,
    func,
    select,
)
from sqlalchemy.dialects import sqlite

from logbook.accounts import audit_log
from logbook.accounts.rights import Person
from logbook.calls import rating_counts
from logbook.database.engine import Database
from logbook.database.tables import dossier_imports, dossiers
from logbook.database.upsert import InsertInto, PerDatabase
from logbook.dossiers.draft import STORED, BadRowError, Draft, read, stored_of
from logbook.dossiers.headings import Known
from logbook.settings.dossiers import HeadingsPart

BATCH = 1000
COUNTS = ("new", "changed", "unchanged", "refused")
Progress = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that did not go in: its number in the file, and the key and words of the reason."""

    row: int
    key: str
    words: Mapping[str, str]


@dataclass(slots=True)
class ImportResult:
    """How many dossiers of a file were new, changed, as they stood, or refused."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    errors: list[RefusedRow] = field(default_factory=list)

    @property
    def refused(self) -> int:
        """How many rows did not go in."""
        return len(self.errors)


def drafts(known: Known, part: HeadingsPart) -> Iterator[Draft | RefusedRow]:
    """Read the rows of a file; a reference that stands a second time is refused, whatever the row says."""
    seen: dict[str, int] = {}

    def called(column: str) -> str:
        name: str = getattr(part, column)[0]
        return name

    for number, cells in known.rows():
        try:
            if isinstance(cells, BadRowError):
                raise cells
            draft = read(cells, called)
            first = seen.setdefault(draft.reference, number)
            if first != number:
                raise BadRowError("twice", first=str(first))
        except BadRowError as bad:
            yield RefusedRow(number, bad.key, bad.words)
        else:
            yield draft


def store(
    database: Database,
    columns: Collection[str],
    rows: Iterable[Draft | RefusedRow],
    now: datetime,
    *,
    dry_run: bool = False,
    progress: Progress = lambda _: None,
) -> ImportResult:
    """Import the rows, one transaction a batch; with `dry_run` only count what would happen.

    `columns` are those the file has; `progress` gets the number of further rows done.
    """
    result, batches = ImportResult(), Batches(columns)
    for batch in in_batches(rows):
        good = [row for row in batch if isinstance(row, Draft)]
        result.errors += [row for row in batch if isinstance(row, RefusedRow)]
        with database.reading() as conn:
            new, changed = batches.compare(conn, good)
        if (new or changed) and not dry_run:
            with database.writing() as conn:
                new, changed = batches.bring_in(conn, good, now)
        result.new += len(new)
        result.changed += len(changed)
        result.unchanged += len(good) - len(new) - len(changed)
        progress(len(batch))
    return result


def in_batches(rows: Iterable[Draft | RefusedRow]) -> Iterator[Sequence[Draft | RefusedRow]]:
    """Yield the rows by so many as one transaction takes."""
    batch: list[Draft | RefusedRow] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


class Batches:
    """Compares and writes what a file with these columns says; the rest of a dossier is left as it is."""

    def __init__(self, columns: Collection[str]) -> None:
        """Prepare the statements once."""
        self._names = stored_of(columns)
        self._said = attrgetter(*self._names)
        self._had = select(*(dossiers.c[name] for name in self._names))
        self._upsert = PerDatabase(self._build)

    def _build(self, insert: InsertInto) -> Any:
        statement = insert(dossiers)
        details = {name: statement.excluded[name] for name in (*self._names[1:], "changed_at")}
        if insert is not sqlite.insert:
            statement = statement.from_select([column.name for column in _WRITTEN], select(_ROWS))
        return statement.on_conflict_do_update(index_elements=["reference"], set_=details)

    def compare(self, conn: Connection, drafts: Sequence[Draft]) -> tuple[list[Draft], list[Draft]]:
        """Return the drafts that are new and those that say something else than the database."""
        wanted = [draft.reference for draft in drafts]
        one_of: ColumnElement[bool] = dossiers.c.reference.in_(wanted)
        if conn.dialect.name != "sqlite":
            from sqlalchemy.dialects.postgresql import ARRAY  # loaded only where it is spoken

            one_of = dossiers.c.reference == any_(bindparam("wanted", wanted, ARRAY(String)))
        stands = {row[0]: tuple(row) for row in conn.execute(self._had.where(one_of))}
        new, changed = [], []
        for draft in drafts:
            had = stands.get(draft.reference)
            if had is None:
                new.append(draft)
            elif had != self._said(draft):
                changed.append(draft)
        return new, changed

    def bring_in(
        self, conn: Connection, drafts: Sequence[Draft], now: datetime
    ) -> tuple[list[Draft], list[Draft]]:
        """Write what is new or changed in this transaction, and return both."""
        new, changed = self.compare(conn, drafts)
        counted = rating_counts.of_references(conn, [draft.reference for draft in changed])
        before = rating_counts.of(conn, counted)
        self._write(conn, [*new, *changed], now)
        rating_counts.change(conn, before, counted)  # a slip counts when its dossier was finished
        return new, changed

    def _write(self, conn: Connection, drafts: Sequence[Draft], now: datetime) -> None:
        """Insert or update by reference."""
        rows = [
            {**{name: getattr(draft, name) for name in STORED}, "imported_at": now, "changed_at": now}
            for draft in drafts
        ]
        if not rows:
            return
        if conn.dialect.name == "sqlite":
            conn.execute(self._upsert.on(conn), rows)
        else:
            text = json.dumps(rows, ensure_ascii=False, default=datetime.isoformat)
            conn.execute(self._upsert.on(conn), {"rows": text})


_WRITTEN = [dossiers.c[name] for name in (*STORED, "imported_at", "changed_at")]
_ROWS = (
    func.json_to_recordset(cast(bindparam("rows", type_=Text), JSON))
    .table_valued(*(column(each.name, each.type) for each in _WRITTEN))
    .render_derived(with_types=True)
)
"""Rows as PostgreSQL takes them in one statement, as JSON: row by row it takes several times as long."""


def counts_of(result: ImportResult) -> dict[str, int]:
    """Return the four counts by name."""
    return {name: int(getattr(result, name)) for name in COUNTS}


def write_down(conn: Connection, counts: Mapping[str, int], who: Person | str, now: datetime) -> None:
    """Record that a file changed the database, by whom, and how much; nothing of what stood in it."""
    if not (counts["new"] or counts["changed"]):
        return
    by = who.login if isinstance(who, Person) else who
    conn.execute(dossier_imports.insert().values(at=now, by=by, **counts))
    audit_log.write(conn, who, "import_dossiers", "dossiers", now, **dict[str, Any](counts))
