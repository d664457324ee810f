"""Carries a whole book from one database into an empty one: from SQLite to PostgreSQL, back, or between two.

Rows are read and written as this program reads and writes them, then compared on both sides; the search
index is built anew. Both databases have the tables of this program's revision.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, delete, func, insert, inspect, select, text, update

from logbook.accounts import audit_log
from logbook.database import schema, search_index
from logbook.database.engine import Database
from logbook.database.tables import calls, metadata, tickets
from logbook.tickets import history

BATCH = 500


class NotCarriedError(Exception):
    """The book stays where it was; the text says why, in Vietnamese."""


def carry(source: Connection, target: Database, now: datetime) -> None:
    """Put everything that `source` sees into the empty database `target`, in one transaction there.

    NotCarriedError where `source` is behind, `target` holds anything, or a row arrived otherwise; `target`
    is as empty as before then. Raises DatabaseBusyError.
    """
    if not schema.at_head(source):
        raise NotCarriedError("sổ chưa được nâng cấp; hãy chạy: tongdai db upgrade")
    if target.is_sqlite:
        target.upgrade(now)  # a file that nobody else knows yet
    with target.writing() as conn:
        if not target.is_sqlite:
            schema.wait_in_line(conn)
            demand_empty(conn)
            schema.upgrade(conn)
        _fill(source, conn)
        _compare(source, conn)


def demand_empty(conn: Connection) -> None:
    """NotCarriedError where a database of PostgreSQL has tables, be they ours or others'."""
    if inspect(conn).get_table_names():
        raise NotCarriedError("cơ sở dữ liệu nhận không trống; mỗi đơn vị cần một cơ sở dữ liệu riêng")


def demand_whole(conn: Connection) -> tuple[int, int]:
    """How many tickets and calls a book has; NotCarriedError where a chain of it is broken."""
    if history.verify(conn) is not None or audit_log.verify(conn) is not None:
        raise NotCarriedError("lịch sử trong sổ đã bị sửa; hãy chạy: tongdai verify")
    found = [conn.execute(select(func.count()).select_from(one)).scalar_one() for one in (tickets, calls)]
    return int(found[0]), int(found[1])


@contextmanager
def left_behind(source: Database) -> Iterator[Connection]:
    """On PostgreSQL: see the book while nobody writes, and set it aside at the end.

    Whoever is writing is waited for, and whoever comes later finds no tables, so that nothing is acknowledged
    that stands in no copy. After an exception the book is as it was. Raises DatabaseBusyError.
    """
    with source.writing() as conn:
        conn.execute(text("SET LOCAL statement_timeout = 0"))
        conn.execute(text(_KEEP_WRITERS_OUT))
        yield conn
        conn.execute(text(_SET_ASIDE))
        conn.execute(text("CREATE SCHEMA public"))


_KEEP_WRITERS_OUT = """
DO $$
DECLARE
  each record;
BEGIN
  FOR each IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename
  LOOP
    EXECUTE format('LOCK TABLE public.%I IN SHARE MODE', each.tablename);
  END LOOP;
END $$
"""
_SET_ASIDE = """
DO $$
BEGIN
  EXECUTE format('ALTER SCHEMA public RENAME TO moved_%s',
    to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYYMMDD_HH24MISS'));
END $$
"""


def empty_again(target: Database) -> None:
    """Take what was just carried in out of a database of PostgreSQL that was empty before."""
    with target.writing() as conn:
        conn.execute(text("DROP SCHEMA public CASCADE"))
        conn.execute(text("CREATE SCHEMA public"))


def _fill(source: Connection, target: Connection) -> None:
    if target.dialect.name != "sqlite":
        target.execute(text("SET LOCAL statement_timeout = 0"))
    for table in reversed(metadata.sorted_tables):  # what the migrations themselves put in
        target.execute(delete(table))
    for table in metadata.sorted_tables:
        own = [one.parent.name for one in table.foreign_keys if one.column.table is table]
        later: list[dict[str, Any]] = []
        read = source.execute(select(table), execution_options={"yield_per": BATCH})
        for rows in read.mappings().partitions():
            found = [dict(row) for row in rows]
            later += [row for row in found if any(row[name] is not None for name in own)]
            target.execute(insert(table), [row | dict.fromkeys(own) for row in found])
        for row in later:  # a row that names another of its table comes in before it may name it
            which = [column == row[column.name] for column in table.primary_key]
            target.execute(update(table).where(*which).values({name: row[name] for name in own}))
        _count_on(target, table)
    search_index.reindex(target)


def _count_on(target: Connection, table: Table) -> None:
    """On PostgreSQL: new rows get numbers above those that came."""
    counted = table.autoincrement_column
    if counted is None or target.dialect.name == "sqlite":
        return
    highest = target.execute(select(func.max(counted))).scalar()
    if highest is not None:
        sequence = func.pg_get_serial_sequence(table.name, counted.name)
        target.execute(select(func.setval(sequence, highest)))


def _compare(source: Connection, target: Connection) -> None:
    for table in metadata.sorted_tables:
        if _gist(source, table) != _gist(target, table):
            raise NotCarriedError(f"bảng {table.name} không sang được nguyên vẹn")


def _gist(conn: Connection, table: Table) -> tuple[int, int]:
    """The number of rows, and a sum over all of them that does not depend on their order."""
    count = total = 0
    for row in conn.execute(select(table), execution_options={"yield_per": BATCH}):
        values = [sorted(one) if isinstance(one, frozenset) else one for one in row]
        total += int.from_bytes(hashlib.sha256(repr(values).encode()).digest())
        count += 1
    return count, total % 2**256
