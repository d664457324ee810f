"""One PostgreSQL database for many tests: each finds it as it was migrated, none waits for a new one."""

from __future__ import annotations

import contextlib
from typing import LiteralString
from uuid import uuid4

import psycopg
from psycopg import Connection, sql
from psycopg.pq import TransactionStatus
from sqlalchemy.engine import URL

_SHAPE = """
SELECT count(*), sum(hashtext(what)::bigint) FROM (
  SELECT concat('class ', oid, relname) AS what FROM pg_class
    WHERE oid >= 16384 AND relkind IN ('r', 'i', 'S', 'v')
  UNION ALL SELECT concat('trigger ', oid, tgenabled) FROM pg_trigger
  UNION ALL SELECT concat('constraint ', oid) FROM pg_constraint WHERE oid >= 16384
  UNION ALL SELECT concat('function ', oid) FROM pg_proc WHERE oid >= 16384
  UNION ALL SELECT concat('namespace ', nspname) FROM pg_namespace WHERE nspname !~ '^pg_'
  UNION ALL SELECT concat('column ', attrelid, attname, attnotnull, atttypid) FROM pg_attribute
    WHERE attrelid >= 16384 AND attnum > 0 AND NOT attisdropped
) AS everything
"""
"""What a test may have done to the tables themselves."""

_OTHERS_LEAVE = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
  AND pid <> ALL (%s)
"""

_EMPTY = """
DO $$
DECLARE
  each record;
BEGIN
  FOR each IN SELECT oid::regclass::text AS name FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
  LOOP
    EXECUTE format('DELETE FROM %s', each.name);
  END LOOP;
END $$
"""
"""Rows one by one, with keys and triggers asleep: to truncate costs a new file for each table and index."""
_KEPT = 8
EMPTIED = "emptied_"
"""How the name of such a database begins."""
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
_NUMBERS = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'"


class KeptConnections:
    """Connections that a test closed, for the next test: a new server process reads its catalogue anew."""

    def __init__(self) -> None:
        self._kept: list[tuple[object, Connection]] = []
        self.wanted = True

    def take(self, how: object) -> Connection | None:
        """A kept connection that was opened in the same way; None where there is none."""
        for each in list(self._kept):
            if each[0] == how:
                with contextlib.suppress(ValueError):  # another thread was quicker
                    self._kept.remove(each)
                    return each[1]
        return None

    def keep(self, how: object, conn: Connection) -> bool:
        """Whether this connection is as good as new now, and kept."""
        if not self.wanted or len(self._kept) >= _KEPT or conn.closed:
            return False
        if conn.info.transaction_status != TransactionStatus.IDLE:
            return False
        try:
            conn.isolation_level = conn.read_only = conn.deferrable = None
            conn.autocommit = True
            conn.execute("DISCARD ALL")
            conn.autocommit = False
        except psycopg.Error:
            return False
        self._kept.append((how, conn))
        return True

    @property
    def processes(self) -> list[int]:
        """The server's processes behind them."""
        return [conn.info.backend_pid for _how, conn in self._kept]

    def close(self) -> None:
        """Give all of them back."""
        while self._kept:
            self._kept.pop()[1].close()


class EmptiedDatabase:
    """A copy of the migrated database `template` on `server`, put back before each test."""

    def __init__(self, server: URL, template: str, kept: KeptConnections | None = None) -> None:
        self._server, self._template = server, template
        self._kept = kept or KeptConnections()
        self._name = ""
        self._conn: Connection | None = None
        self._shape: object = None
        self._rows: dict[str, bytes] = {}
        self._numbers = sql.Composed([])

    def ready(self, *, alone: bool = False) -> URL:
        """The address of the database as the migrations leave it; who is still connected is thrown out.

        With `alone` nobody is connected afterwards, and no connection of the test is kept for the next.
        """
        self._kept.wanted = not alone
        if alone:
            self._kept.close()
        if not self._name or not self._put_back():
            self._begin()
        if alone:
            self._leave()
        return self._server.set(database=self._name)

    def drop(self) -> None:
        """Remove the database."""
        self._leave()
        self._kept.close()
        if self._name:
            with self._connected("postgres") as conn:
                conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(self._name)))
            self._name = ""

    def _begin(self) -> None:
        self.drop()
        name = f"{EMPTIED}{uuid4().hex}"
        made = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        with self._connected("postgres") as conn:
            conn.execute(made.format(sql.Identifier(name), sql.Identifier(self._template)))
        self._name = name
        conn = self._connection()
        self._shape = conn.execute(_SHAPE).fetchone()
        self._rows = {table: _copied(conn, table) for (table,) in conn.execute(_TABLES).fetchall()}
        self._numbers = sql.SQL("SELECT {}").format(
            sql.SQL(", ").join(
                sql.SQL("setval({}, {}, {})").format(
                    sql.Literal(f'public."{sequence}"'), sql.Literal(last or 1), sql.Literal(bool(last))
                )
                for sequence, last in conn.execute(_NUMBERS).fetchall()
            )
        )

    def _put_back(self) -> bool:
        """Whether the tables could be emptied: not when a test changed the tables themselves."""
        conn = self._connection()
        try:
            conn.execute(_OTHERS_LEAVE, (self._kept.processes,))
        except psycopg.OperationalError:  # a test had every connection closed
            self._leave()
            conn = self._connection()
            conn.execute(_OTHERS_LEAVE, (self._kept.processes,))
        if conn.execute(_SHAPE).fetchone() != self._shape:
            return False
        with conn.transaction():
            conn.execute(_EMPTY)
            conn.execute(self._numbers)
            for table, rows in self._rows.items():
                if rows:
                    with conn.cursor().copy(_copy("COPY {} FROM STDIN", table)) as copy:
                        copy.write(rows)
        return True

    def _connection(self) -> Connection:
        """The one connection that empties; kept, for its server process knows the tables."""
        if self._conn is None:
            self._conn = self._connected(self._name)
            self._conn.execute("SET session_replication_role = replica")
        return self._conn

    def _leave(self) -> None:
        if self._conn is not None:
            self._conn.close()
            self._conn = None

    def _connected(self, database: str) -> Connection:
        address = self._server.set(database=database, drivername="postgresql")
        return psycopg.connect(address.render_as_string(hide_password=False), autocommit=True)


def _copied(conn: Connection, table: str) -> bytes:
    with conn.cursor().copy(_copy("COPY {} TO STDOUT", table)) as copy:
        return b"".join(bytes(block) for block in copy)


def _copy(statement: LiteralString, table: str) -> sql.Composed:
    return sql.SQL(statement).format(sql.Identifier(table))
