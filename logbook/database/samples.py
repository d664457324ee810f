"""Distinguishes samples from real cases: it notes every row that a sample transaction inserts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, ClassVar

from sqlalchemy import Column, ColumnElement, Connection, Select, String, Table, cast, exists, func, select

from logbook.clock import Clock
from logbook.database.engine import Database
from logbook.database.tables import budgets, metadata, samples
from logbook.database.upsert import InsertInto, PerDatabase

BY_NAME = ("desk_meetings", "dossier_reviews", "yearly_indexes")
"""Tables whose rows are named by a month or a year, and that a sample month writes into."""
_NOT_SAMPLES = frozenset({"criteria_sets", "criteria", "samples", "people", "tombstones"})
"""What stays: instruments of the settings, sample accounts (`people.demo`), and these notes themselves."""
Finish = Callable[[Connection, Mapping[str, Collection[int]]], None]
"""What is done about new rows, by table, before their transaction ends."""


def any_samples(conn: Connection) -> bool:
    """Whether the database holds samples, which every page and every document then says."""
    return bool(conn.execute(_ANY).scalar())


_ANY = select(exists(select(samples.c.kind)))


def is_real(kind: str, key: ColumnElement[Any]) -> ColumnElement[bool]:
    """The condition that a row of that table and key is no sample: of those nothing is sent or fetched."""
    return ~exists().where(samples.c.kind == kind, samples.c.key == cast(key, String))


def noted(conn: Connection) -> dict[str, set[str]]:
    """Return the keys of all samples by table."""
    found: dict[str, set[str]] = {}
    for row in conn.execute(select(samples.c.kind, samples.c.key)):
        found.setdefault(row.kind, set()).add(row.key)
    return found


def own_key(table: Table) -> Column[object] | None:
    """Return the one column that names a row of a table; None where a row is a part of another one."""
    keys = list(table.primary_key.columns)
    return keys[0] if len(keys) == 1 and not keys[0].foreign_keys else None


@cache
def _numbered() -> tuple[Table, ...]:
    """The tables whose rows count up by themselves."""
    return tuple(
        table
        for table in metadata.sorted_tables
        if own_key(table) is not None and table.c.keys()[0] == "id" and table.name not in _NOT_SAMPLES
        if table.c.id.autoincrement is not False
    )


class SampleDatabase(Database):
    """A database in which whatever is inserted is a sample; rate limits are left as they stood.

    Other processes may write at the same time: what they insert is seen by a second connection and is not
    noted.
    """

    def __init__(self, url: str) -> None:
        """Open the database at `url`; samples are noted with the machine's own time."""
        super().__init__(url)
        self._noted_at = Clock()
        self.finish: Finish = _nothing
        self._known: _Small | None = None

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction, as `Database.writing`; its new rows are noted before it is committed."""
        with super().writing() as conn:
            before = _marks(conn)
            known = self._known
            if known is None or known.marks != {name: before[name] for name in _Small.COUNTED}:
                known = _Small.read(conn, before)
            yield conn
            if new := self._new(conn, before):
                self.finish(conn, new)
                new = self._new(conn, before)
            after = _marks(conn)
            named: dict[str, set[str]] = {}
            if known.differs(after):
                named = known.added(conn)
                known.restore(conn)
                after = _marks(conn)
                known = _Small.read(conn, after)
            self._known = known
            note(conn, self._noted_at.now(), {**new, **named})

    def _new(self, conn: Connection, before: Mapping[str, int]) -> dict[str, set[int]]:
        """Return what this transaction alone sees of each table that has grown."""
        after = _marks(conn)
        found = {}
        for table in _numbered():
            if after[table.name] != before[table.name]:
                newer = select(table.c.id).where(table.c.id > before[table.name])
                found[table.name] = set(conn.execute(newer).scalars())
        if self.is_sqlite or not found:
            return found
        with self.reading() as outside:
            for name, keys in found.items():
                table = metadata.tables[name]
                keys -= set(outside.execute(select(table.c.id).where(table.c.id > before[name])).scalars())
        return found


@dataclass(frozen=True, slots=True)
class _Small:
    """Tables without row numbers, kept whole while their counts stand: named rows, and rate limits."""

    marks: Mapping[str, int]
    names: Mapping[str, set[str]]
    budgets: Mapping[tuple[str, datetime], int]

    COUNTED: ClassVar = (*BY_NAME, "budgets", "spent")

    @classmethod
    def read(cls, conn: Connection, marks: Mapping[str, int]) -> _Small:
        """Read them as they stand."""
        spent = {(row.scope, row.window_start): row.used for row in conn.execute(select(budgets))}
        return cls({name: marks[name] for name in cls.COUNTED}, _names(conn), spent)

    def differs(self, marks: Mapping[str, int]) -> bool:
        """Whether something was added since."""
        return any(marks[name] != self.marks[name] for name in self.COUNTED)

    def added(self, conn: Connection) -> dict[str, set[str]]:
        """Return the named rows that were added."""
        return {name: keys - self.names[name] for name, keys in _names(conn).items()}

    def restore(self, conn: Connection) -> None:
        """No sample uses up real callers' rate limits: limits it began go, others stay as they were."""
        for row in conn.execute(select(budgets)).all():
            had = self.budgets.get((row.scope, row.window_start))
            this = (budgets.c.scope == row.scope, budgets.c.window_start == row.window_start)
            if had is None:
                conn.execute(budgets.delete().where(*this))
            elif had != row.used:
                conn.execute(budgets.update().where(*this).values(used=had))


def note(conn: Connection, at: datetime, found: Mapping[str, Iterable[object]]) -> None:
    """Note rows by table and key as samples, at the aware instant `at`; again is harmless."""
    rows = [
        {"kind": kind, "key": key, "made_at": at} for kind, keys in found.items() for key in map(str, keys)
    ]
    if rows:
        conn.execute(_NOTE.on(conn), rows)


def _note(insert: InsertInto) -> Any:
    return insert(samples).on_conflict_do_nothing()


_NOTE = PerDatabase(_note)


def _nothing(_conn: Connection, _new: Mapping[str, Collection[int]]) -> None:
    return


def _marks(conn: Connection) -> dict[str, int]:
    """The newest number of each table that counts up, and the counts of those that do not."""
    return {name: int(value) for name, value in conn.execute(_marks_query()).mappings().one().items()}


@cache
def _marks_query() -> Select[tuple[int, ...]]:
    tops = {table.name: func.coalesce(func.max(table.c.id), 0) for table in _numbered()}
    counts = {name: func.count(own_key(metadata.tables[name])) for name in BY_NAME}
    spent = {"budgets": func.count(budgets.c.used), "spent": func.coalesce(func.sum(budgets.c.used), 0)}
    return select(
        *(select(one).scalar_subquery().label(name) for name, one in {**tops, **counts, **spent}.items())
    )


def _names(conn: Connection) -> dict[str, set[str]]:
    keys = {name: own_key(metadata.tables[name]) for name in BY_NAME}
    return {
        name: {str(value) for value in conn.execute(select(key)).scalars()}
        for name, key in keys.items()
        if key is not None
    }
