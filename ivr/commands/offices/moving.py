"""Exports an office, moves it into another installation, keeps the folder of one that left in the archive.

Nothing is ever deleted. While an office moves it is paused: callers hear an apology, nothing works for it.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
import yaml

from ivr.commands.offices.folder import private
from logbook.database_address import of_file

if TYPE_CHECKING:
    from logbook.database.engine import Database
    from logbook.offices.register import OfficeEntry, Offices

ARCHIVE = "archive"
LETS_GO_SECONDS = 2.5
"""Longer than every process takes to see that an office is paused, and to close its book."""
_COMMITS_OF_OTHERS = "PRAGMA data_version"
_BOOK = ("tongdai.db", "tongdai.db-wal", "tongdai.db-shm")
_LEFT_OUT = shutil.ignore_patterns("tongdai.db*", "backups", "*.lock")


class NotMovedError(Exception):
    """The office stands where it stood, and answers; the text says why, in Vietnamese."""


@dataclass(frozen=True, slots=True)
class Moved:
    """Where the office is now, where its old folder is kept, and how long it did not answer."""

    folder: Path
    kept: Path
    seconds: float
    tickets: int
    calls: int


def export(entry: OfficeEntry, folder: Path) -> Path:
    """Write the office as it stands now into one .tar file and return it; ClickException on PostgreSQL."""
    from logbook.clock import Clock

    stamp = f"{Clock().now():%Y%m%dT%H%M%SZ}"
    file = private(folder.expanduser().absolute()) / f"tongdai-{entry.code}-{stamp}.tar"
    with tempfile.TemporaryDirectory(prefix=f".{entry.code}-", dir=file.parent) as name:
        copy = Path(name) / entry.code
        _copy(entry, copy)
        unfinished = file.with_suffix(".part")
        with tarfile.open(unfinished, "w") as tar:
            tar.add(copy, entry.code)
        unfinished.chmod(0o600)
        unfinished.rename(file)
    return file


def move(offices: Offices, entry: OfficeEntry, target: Path) -> Moved:
    """Move the office into the installation `target`; NotMovedError leaves it where it was."""
    there = _accepts(target, entry)
    coming = private(there) / f".{entry.code}.{secrets.token_hex(4)}"
    begun = time.monotonic()
    pause(entry.folder, paused=True)
    try:
        time.sleep(LETS_GO_SECONDS)
        with _quiet(entry):
            _copy(entry, coming)
            tickets, calls = _checked(coming)
            pause(coming, paused=False)
        coming.rename(there / entry.code)
    except BaseException as problem:
        shutil.rmtree(coming, ignore_errors=True)
        pause(entry.folder, paused=entry.paused)
        if isinstance(problem, NotMovedError | click.ClickException | OSError):
            raise NotMovedError(f"Chưa chuyển, đơn vị vẫn ở chỗ cũ: {problem}") from None
        raise
    seconds = time.monotonic() - begun
    kept = to_archive(offices.folder, entry.code, "moved")
    return Moved(there / entry.code, kept, seconds, tickets, calls)


def to_archive(installation: Path, code: str, what: str) -> Path:
    """Put an office's folder into the installation's archive and return where it is kept."""
    from logbook.clock import Clock
    from logbook.offices.register import OFFICES

    kept = private(installation / ARCHIVE) / f"{code}-{what}-{Clock().now():%Y%m%dT%H%M%SZ}"
    (installation / OFFICES / code).rename(kept)
    return kept


def pause(folder: Path, *, paused: bool) -> None:
    """Write whether the office is closed; every process sees it within seconds."""
    from logbook.offices.register import OFFICE

    file = folder / OFFICE
    told = yaml.safe_load(file.read_text(encoding="utf-8"))
    told["paused"] = paused
    unfinished = file.with_name(f".{OFFICE}.{secrets.token_hex(4)}")
    unfinished.write_text(yaml.safe_dump(told, allow_unicode=True, sort_keys=False), encoding="utf-8")
    unfinished.chmod(0o600)
    unfinished.replace(file)


def _accepts(target: Path, entry: OfficeEntry) -> Path:
    """The folder of offices there; NotMovedError where it is no installation or the office would clash."""
    from logbook.offices.register import INSTALLATION, OFFICES, read_offices

    if not (target / INSTALLATION).is_file():
        raise NotMovedError(f"{target} không phải là thư mục cài đặt: thiếu {INSTALLATION}.")
    there = read_offices(target)
    if entry.code in there.entries or (target / OFFICES / entry.code).exists():
        raise NotMovedError(f"Nơi nhận đã có đơn vị {entry.code}.")
    if (other := there.of_number(entry.number)) is not None:
        raise NotMovedError(f"Ở nơi nhận, số của đơn vị đã là của {other.code}.")
    return target / OFFICES


@contextmanager
def _quiet(entry: OfficeEntry) -> Iterator[None]:
    """NotMovedError where somebody who began before the pause wrote into the book meanwhile.

    Whatever is acknowledged stands in the copy, or the office does not move.
    """
    from logbook.offices.environment import settings_of

    database = _open(settings_of(entry, os.environ).database_url)
    database.close()
    before = None
    with closing(sqlite3.connect(database.file, isolation_level=None)) as book:
        with suppress(sqlite3.Error):  # a book that cannot be read cannot be copied, which says so
            before = book.execute(_COMMITS_OF_OTHERS).fetchone()
        yield
        if book.execute(_COMMITS_OF_OTHERS).fetchone() != before:
            raise NotMovedError("có việc đang ghi dở vào sổ trong lúc sao chép; xin chạy lại lệnh này.")


def _copy(entry: OfficeEntry, target: Path) -> None:
    """The office's folder with its book of one moment; ClickException where that cannot be copied."""
    from logbook.database.sqlite_copy import BackupFailedError, UnsoundBackupError, copy_sqlite
    from logbook.offices.environment import DATA, settings_of

    database = _open(settings_of(entry, os.environ).database_url)
    try:
        shutil.copytree(entry.folder, target, ignore=_LEFT_OUT)
        private(target / DATA)
        copy_sqlite(database.file, target / DATA / _BOOK[0])
    except (BackupFailedError, UnsoundBackupError) as problem:
        raise click.ClickException(f"Không sao chép được sổ của đơn vị: {problem}") from problem
    finally:
        database.close()


def _open(url: str) -> Database:
    from logbook.database.engine import Database

    database = Database(url)
    if not database.is_sqlite:
        database.close()
        raise click.ClickException(
            "Sổ của đơn vị ở PostgreSQL: chuyển bằng tongdai backup, rồi tongdai restore ở máy mới."
        )
    return database


def _checked(folder: Path) -> tuple[int, int]:
    """How many tickets and calls the copy has; NotMovedError where a chain of it is broken."""
    from sqlalchemy import func, select

    from logbook.accounts import audit_log
    from logbook.database.tables import calls, tickets
    from logbook.offices.environment import DATA
    from logbook.tickets import history

    database = _open(of_file(folder / DATA / _BOOK[0]))
    try:
        with database.reading() as conn:
            if history.verify(conn) is not None or audit_log.verify(conn) is not None:
                raise NotMovedError("lịch sử trong sổ đã bị sửa; hãy chạy: tongdai verify")
            found = [
                conn.execute(select(func.count()).select_from(one)).scalar_one() for one in (tickets, calls)
            ]
    finally:
        database.close()
    return int(found[0]), int(found[1])
