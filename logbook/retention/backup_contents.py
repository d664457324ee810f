"""Copies one database and opens the copy to check it: a SQLite file or a PostgreSQL dump."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.engine import URL
from sqlalchemy.exc import DatabaseError

from logbook import database_address
from logbook.database import schema
from logbook.database.engine import Database, DatabaseBusyError
from logbook.database.sqlite_copy import BackupFailedError, UnsoundBackupError, copy_sqlite, flush
from logbook.database.tables import calls, metadata, recordings

if TYPE_CHECKING:
    from logbook.database.engine import Database

_COPY = re.compile(rb"COPY public\.(\w+) \((.*)\) FROM stdin;\n")
_VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "service": "PGSERVICE",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}
DUMP_SECONDS = 3600


def copy(database: Database, target: Path) -> Contents:
    """Copy `database` into the new file `target` (0600); check it; BackupFailedError, UnsoundBackupError.

    A copy of tables that are not the ones this program knows does not count.
    """
    if database.is_sqlite:
        copy_sqlite(database.file, target)
        contents = of_sqlite(target)
    else:
        _dump(database.url, target)
        contents = of_dump(target)
        with database.reading() as conn:
            newest = conn.execute(select(func.max(calls.c.started_at))).scalar()
        contents = Contents(contents.revision, contents.rows, newest)
    if contents.revision != schema.head():
        raise UnsoundBackupError(f"the tables are at {contents.revision}, not {schema.head()}")
    return contents


def of_sqlite(file: Path) -> Contents:
    """Open a copied SQLite file and count its rows; UnsoundBackupError unless it is a sound database."""
    with closing(Database(database_address.of_file(file))) as copied:
        try:
            with copied.reading() as conn:
                verdict = conn.exec_driver_sql("PRAGMA integrity_check").scalar()
                revision = schema.revision(conn)
                if verdict != "ok" or revision is None:
                    raise UnsoundBackupError(str(verdict) if verdict != "ok" else "no tables of ours")
                known = {row[0] for row in conn.exec_driver_sql("SELECT name FROM sqlite_schema")}
                rows = {
                    table.name: int(conn.execute(select(func.count()).select_from(table)).scalar_one())
                    for table in metadata.sorted_tables
                    if table.name in known
                }
                newest = conn.execute(select(func.max(calls.c.started_at))).scalar()
        except (DatabaseBusyError, DatabaseError) as problem:
            raise UnsoundBackupError(str(problem).splitlines()[0]) from problem
    return Contents(revision, rows, newest)


def of_dump(file: Path) -> Contents:
    """Read a whole dump through pg_restore and count its rows; UnsoundBackupError when it cannot be read."""
    rows: dict[str, int] = {}
    revision, table = "", ""
    for line in _lines_of(file):
        if table and line == b"\\.\n":
            table = ""
        elif table:
            rows[table] += 1
            revision = line.decode().strip() if table == "alembic_version" else revision
        elif found := _COPY.fullmatch(line):
            table = found[1].decode()
            rows[table] = 0
    missing = [table.name for table in metadata.sorted_tables if table.name not in rows]
    if not revision:
        raise UnsoundBackupError("no tables of ours")
    if revision == schema.head() and missing:
        raise UnsoundBackupError(f"without the table {missing[0]}")
    return Contents(revision, {name: count for name, count in rows.items() if name in metadata.tables}, None)


def sounds(database: Database, copied: Path) -> list[CopiedRecording]:
    """Return the recordings a copy names, read from the copy itself where it can be opened."""
    if not database.is_sqlite:
        return _sounds(database)
    with closing(Database(database_address.of_file(copied))) as opened:
        return _sounds(opened)


def _sounds(database: Database) -> list[CopiedRecording]:
    columns = (recordings.c.file_name, recordings.c.sha256, recordings.c.size)
    query = select(*columns).where(recordings.c.state == "stored").order_by(recordings.c.id)
    with database.reading() as conn:
        return [CopiedRecording(row[0], row[1], row[2]) for row in conn.execute(query) if all(row)]


def program(name: str) -> str:
    """Return where a program of PostgreSQL is; BackupFailedError when it is not installed."""
    found = shutil.which(name)
    if found is None:
        raise BackupFailedError(
            f"{name} is not installed; PostgreSQL is copied and restored by its own programs"
        )
    return found


def surroundings(url: URL) -> dict[str, str]:
    """Return the environment in which PostgreSQL's programs reach `url`; no password stands in a command."""
    given = {"host": url.host, "port": url.port, **url.query}
    named = {_VARIABLES[name]: str(value) for name, value in given.items() if name in _VARIABLES and value}
    details = {"PGUSER": url.username, "PGPASSWORD": url.password, "PGDATABASE": url.database}
    return {**os.environ, **named, **{name: str(value) for name, value in details.items() if value}}


def run(url: URL, *words: str) -> None:
    """Run a program of PostgreSQL to its end; BackupFailedError with its first words of what went wrong."""
    try:
        done = subprocess.run(  # noqa: S603 our own words, and no shell
            [program(words[0]), *words[1:]],
            env=surroundings(url),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=DUMP_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as problem:
        raise BackupFailedError(f"{words[0]}: not done after {DUMP_SECONDS} seconds") from problem
    if done.returncode != 0:
        raise BackupFailedError(f"{words[0]}: {_complaint(done.stderr)[:300]}")


def _complaint(said: str) -> str:
    """The line that names the error; details and hints come after it."""
    lines = said.strip().splitlines() or ["?"]
    return next((line for line in lines if "error: " in line), lines[-1])


def _dump(url: URL, target: Path) -> None:
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    run(url, "pg_dump", "--format=custom", "--schema=public", "--no-password", f"--file={target}")
    flush(target)


def _lines_of(file: Path) -> Iterator[bytes]:
    command = [program("pg_restore"), "--data-only", "--file=-", str(file)]
    with subprocess.Popen(  # noqa: S603 our own words, and no shell
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as reading:
        if reading.stdout is not None:
            yield from reading.stdout
    if reading.returncode != 0:
        raise UnsoundBackupError(f"pg_restore cannot read {file.name}")


@dataclass(frozen=True, slots=True)
class CopiedRecording:
    """One recording of a copy; `size` in bytes, `sha256` in hex."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Contents:
    """What a checked copy of the database holds."""

    revision: str
    rows: Mapping[str, int]
    newest: datetime | None
