"""Opens the database, SQLite or PostgreSQL: one transaction per request or job."""

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, QueuePool, event
from sqlalchemy.exc import DBAPIError, OperationalError, TimeoutError  # noqa: A004
from sqlalchemy.pool import ConnectionPoolEntry

from logbook import database_address
from logbook.clock import Clock
from logbook.database import postgresql_engine, schema
from logbook.database.held_once import compiled_statements, sqlite_dialect
from logbook.database.schema import SchemaError
from logbook.database.sqlite_copy import copy_sqlite
from logbook.database.utc_datetime import UtcDateTime
from logbook.database.writers_queue import WritersQueue

__all__ = ["Database", "DatabaseBusyError", "SchemaError", "UtcDateTime"]

PAUSE_TIMES, LONGEST_PAUSE = 3.0, 0.1
"""How long a writer that gives way stands back: so many times its own transaction, in seconds at most."""
AMONG_MANY_KIB = 256
"""Pages of a book that a connection keeps where a process has many books open."""
Cursor = Any
"""A DBAPI connection as the drivers hand it out; they share no type."""


class DatabaseBusyError(Exception):
    """The database is locked, full, read-only or gone for now; nothing is known to be stored, ask again.

    A commit that broke off may still have happened (FACT-9): only natural keys show it.
    """


class Database:
    """One office's database; two of them can stand side by side in one process."""

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 12,
        wait_seconds: float = 10.0,
        comes_later: bool = False,
        give_way: Callable[[float], object] | None = None,
        cache_kib: int | None = None,
    ) -> None:
        """Prepare `url` (sqlite:///file or postgresql://) without connecting.

        `pool_size` is the number of threads that talk to PostgreSQL; `wait_seconds` is how long a transaction
        waits for others before DatabaseBusyError (F-08). ValueError for any other database, OSError where a
        SQLite file cannot be made; with `comes_later` that is DatabaseBusyError when somebody connects.
        `give_way` (seconds) waits after a transaction that found another process writing: a burst of small
        writes beside the line otherwise halves what callers are answered (P1). `cache_kib` bounds the pages
        that a connection to SQLite keeps, where many databases are open; None leaves its own 2 MB.
        """
        self.url = database_address.understood(url)
        self._wait = wait_seconds
        self._cache = () if cache_kib is None else (f"cache_size=-{cache_kib:d}",)
        self._give_way = give_way
        self._monotonic = Clock().monotonic
        self._writers = threading.Lock()
        if self.is_sqlite:
            self.file = Path(str(self.url.database))
            try:
                _private_file(self.file)
            except OSError:
                if not comes_later:
                    raise
            self._queue = WritersQueue(self.file)
            self._writer = self._sqlite_engine("BEGIN IMMEDIATE", "journal_mode=WAL", "foreign_keys=ON")
            self._reader = self._sqlite_engine("BEGIN", "query_only=ON")
        else:
            self._writer = postgresql_engine.made(self.url, pool_size, wait_seconds)
            self._reader = self._writer.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is one file of SQLite."""
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """SQLite: the turn of a writer, without a transaction, for what works on the whole file.

        Writers who come meanwhile wait in the same fair queue. Raises DatabaseBusyError.
        """
        begun = self._monotonic()
        if not self._writers.acquire(timeout=self._wait):
            raise DatabaseBusyError("another writer of this process did not finish in time")
        try:
            with _busy_is_said(), self._queue.turn(self._wait / 2 - (self._monotonic() - begun)):
                yield
        finally:
            self._writers.release()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction that may write; committed at the end, rolled back by any exception.

        On SQLite one writer of this process at a time, and one process after the other, before BEGIN
        IMMEDIATE: its own busy handler lets single writers starve. Half of the patience is for the queue, so
        that a process that is stopped in it keeps nobody from writing. Raises DatabaseBusyError.
        """
        if not self.is_sqlite:
            with _busy_is_said(), self._writer.begin() as connection:
                yield connection
            return
        begun = self._monotonic()
        if not self._writers.acquire(timeout=self._wait):
            raise DatabaseBusyError("another writer of this process did not finish in time")
        try:
            with (
                _busy_is_said(),
                self._writer.connect() as connection,
                self._queue.turn(self._wait / 2 - (self._monotonic() - begun)) as met_another,
            ):
                turn = self._monotonic()
                self._wait_no_longer_than(connection, self._wait - (turn - begun))
                with connection.begin():
                    yield connection
                held = self._monotonic() - turn
            if met_another and self._give_way is not None:
                self._give_way(min(held * PAUSE_TIMES, LONGEST_PAUSE))
        finally:
            self._writers.release()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One transaction that sees one moment and cannot write; raises DatabaseBusyError."""
        with _busy_is_said(), self._reader.begin() as connection:
            yield connection

    def upgrade(self, now: datetime, *, while_restoring: bool = False) -> str | None:
        """Bring the tables to the revision this program knows; `now` names the safety copy.

        Returns the path of the copy made beforehand (SQLite with tables), else None. All or nothing: an
        interrupted upgrade leaves the old tables (F-17). Raises SchemaError, DatabaseBusyError, and
        BackupFailedError or UnsoundBackupError when the copy cannot be made.
        """
        copy: Path | None = None
        if self.is_sqlite and not self.at_head() and self.revision() is not None:
            copy = self.file.with_name(f"{self.file.name}.before-upgrade-{now:%Y%m%dT%H%M%S%f}Z")
            copy_sqlite(self.file, copy)
        if self.is_sqlite:
            self._upgrade_sqlite()
        else:
            with _busy_is_said(), self._writer.begin() as connection:
                schema.wait_in_line(connection)
                if not while_restoring:
                    schema.refuse_half_restored(connection)
                schema.upgrade(connection)
        return None if copy is None else str(copy)

    def _upgrade_sqlite(self) -> None:
        # Rebuilding a parent table with foreign keys on would empty its children, without an error.
        engine = self._sqlite_engine("BEGIN IMMEDIATE", "journal_mode=WAL", "foreign_keys=OFF")
        try:
            with _busy_is_said(), self._queue.turn(self._wait / 2), engine.begin() as connection:
                schema.upgrade(connection)
                schema.refuse_orphans(connection)
        finally:
            engine.dispose()

    def at_head(self) -> bool:
        """Whether the tables are exactly the ones this program knows.

        SchemaError when they are newer, and while the database stands aside for a restore.
        """
        with self.reading() as connection:
            schema.refuse_half_restored(connection)
            return schema.at_head(connection)

    def shares_connections(self) -> bool:
        """Whether PgBouncer stands between and is not in session mode; raises DatabaseBusyError."""
        with _busy_is_said():
            return not self.is_sqlite and postgresql_engine.shares_connections(self._writer)

    def revision(self) -> str | None:
        """The revision the tables stand at; None for an empty database."""
        with self.reading() as connection:
            return schema.revision(connection)

    def rest(self) -> None:
        """Give back the connections that nobody uses; at any time, they come again when they are needed."""
        self._reader.dispose()
        self._writer.dispose()

    def close(self) -> None:
        """Give back every connection."""
        self.rest()
        if self.is_sqlite:
            self._queue.close()

    def _wait_no_longer_than(self, connection: Connection, seconds: float) -> None:
        waits_less = seconds < self._wait - 0.05
        if waits_less or connection.info.get("waits_less"):
            _run(
                connection.connection.dbapi_connection,
                f"PRAGMA busy_timeout={max(1, int(seconds * 1000))}",
            )
            connection.info["waits_less"] = waits_less

    def _sqlite_engine(self, begin: str, *extra: str) -> Engine:
        dialect = sqlite_dialect()
        where, how = dialect.create_connect_args(self.url)
        pragmas = (f"busy_timeout={int(self._wait * 1000)}", "synchronous=FULL", *self._cache, *extra)

        def connect() -> Cursor:
            self._there()
            return dialect.connect(*where, timeout=self._wait, **how)

        def on_connect(raw: Cursor, record: ConnectionPoolEntry) -> None:
            record.info["begin"] = begin
            raw.isolation_level = None
            for pragma in pragmas:
                self._insist(raw, f"PRAGMA {pragma}")

        # The pool never queues: writers are let in one by one, readers are as many as threads.
        pool = QueuePool(connect, pool_size=12, max_overflow=-1, dialect=dialect)
        options = {"compiled_cache": compiled_statements()}
        engine = Engine(pool, dialect, self.url, hide_parameters=True, execution_options=options)
        event.listen(engine, "connect", on_connect)
        return engine

    def _there(self) -> None:
        """Before each new connection: a new file is private; DatabaseBusyError without its disk."""
        try:
            _private_file(self.file)
        except OSError as problem:
            raise sqlite3.OperationalError(str(problem)) from problem

    def _insist(self, raw: Cursor, statement: str) -> None:
        """Run `statement` again while the file is locked: the switch to WAL does not wait by itself."""
        by = self._monotonic() + self._wait
        while True:
            try:
                return _run(raw, statement)
            except sqlite3.OperationalError as problem:
                if "locked" not in str(problem) or self._monotonic() >= by:
                    raise
                time.sleep(0.02)


@contextmanager
def _busy_is_said() -> Iterator[None]:
    try:
        yield
    except (OperationalError, TimeoutError) as error:
        raise DatabaseBusyError(str(error)) from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise DatabaseBusyError(str(error)) from error
        raise


def _private_file(file: Path) -> None:
    """Make folder (0700) and file (0600) when they are missing; SQLite's side files copy the file's mode."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not file.exists():
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))


def _run(raw: Cursor, statement: str) -> None:
    cursor = raw.cursor()
    cursor.execute(statement)
    cursor.close()
