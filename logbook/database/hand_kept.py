"""Lists that staff keep by hand: a line is entered once, and struck instead of deleted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, Table, select, update

from logbook.database.upsert import InsertInto, PerDatabase


class HandKeptList:
    """One list: a table with the columns `id`, `key` (unique), `struck_at`, `entered_by` and `entered_at`."""

    def __init__(self, table: Table) -> None:
        """Build the statement that enters a line, once for both databases."""

        def entered(insert: InsertInto) -> Any:
            return insert(table).on_conflict_do_nothing(index_elements=["key"]).returning(table.c.id)

        self._table = table
        self._enter = PerDatabase(entered)

    def enter(
        self,
        conn: Connection,
        same: Iterable[str],
        values: Mapping[str, object],
        entered_by: int,
        now: datetime,
    ) -> int | None:
        """Enter a line and return its number; None while one with the very same words `same` stands."""
        key = hashlib.sha256("\n".join(same).encode()).hexdigest()
        row = {**values, "key": key, "entered_by": entered_by, "entered_at": now}
        number: int | None = conn.execute(self._enter.on(conn), row).scalar()
        return number

    def strike(self, conn: Connection, number: int, now: datetime) -> bool:
        """Take a line out of lists and counts; it stays in the database. False where it is gone already.

        Its words may be entered anew from then on.
        """
        here = (self._table.c.id == number, self.standing())
        done = conn.execute(update(self._table).where(*here).values(struck_at=now, key=f"struck:{number}"))
        return bool(done.rowcount)

    def standing(self) -> ColumnElement[bool]:
        """The condition that a line was not struck."""
        return self._table.c.struck_at.is_(None)

    def newest(self, columns: Sequence[Column[Any]], limit: int, before: int | None) -> Select[Any]:
        """The newest lines that stand; `before` is the number of the last one shown."""
        query = select(*columns).where(self.standing()).order_by(self._table.c.id.desc()).limit(limit)
        return query if before is None else query.where(self._table.c.id < before)
