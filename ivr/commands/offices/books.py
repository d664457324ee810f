"""The book of an office that moves: where it is, where it goes, and how nothing written is left behind."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ivr.commands.offices.folder import NotMovedError
from logbook.database_address import of_file, understood

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from logbook.database.engine import Database
    from logbook.offices.register import OfficeEntry

ADDRESS = "TONGDAI_DATABASE_URL"
FILE = "tongdai.db"
IN_A_FILE = "sqlite"
"""What is typed for a book in the office's own folder."""
_COMMITS_OF_OTHERS = "PRAGMA data_version"
_OWN_LINE = re.compile(rf"^{ADDRESS}=.*\n?", re.MULTILINE)


def address_of(entry: OfficeEntry) -> str:
    """Where the office's book is (SettingsError)."""
    from logbook.offices.environment import settings_of

    return settings_of(entry, os.environ).database_url


def wanted(entry: OfficeEntry, typed: str | None) -> str | None:
    """The address of PostgreSQL the book is to have, None for a file; NotMovedError for anything else."""
    if typed is None:
        typed = address_of(entry)
        return None if understood(typed).get_backend_name() == "sqlite" else typed
    if typed == IN_A_FILE:
        return None
    return postgresql(typed)


def postgresql(typed: str) -> str:
    """The address of PostgreSQL that was typed; NotMovedError for anything else."""
    with suppress(ValueError):
        url = understood(typed)
        if url.get_backend_name() != "sqlite":
            return url.render_as_string(hide_password=False)
    raise NotMovedError("--database phải là sqlite hoặc postgresql://người-dùng:mật-khẩu@máy/tên")


def shown(address: str) -> str:
    """An address without its password."""
    return understood(address).render_as_string().replace("postgresql+psycopg", "postgresql")


def tell(env_file: Path, address: str | None) -> None:
    """Write into the office's own variables where its book is; None: in its folder."""
    text = _OWN_LINE.sub("", env_file.read_text("utf-8") if env_file.exists() else "")
    if address is not None:
        text = f"{text.rstrip()}\n{ADDRESS}={address}\n"
    unfinished = env_file.with_name(f".{env_file.name}.part")
    unfinished.touch(mode=0o600)
    unfinished.write_text(text, "utf-8")
    unfinished.replace(env_file)


@contextmanager
def carried(source: str, file: Path, address: str | None, now: datetime) -> Iterator[tuple[int, int]]:
    """Carry the book at `source` to `address`, or into `file`; yields its tickets and calls.

    What the caller does meanwhile belongs to the move: after an exception in it the book stays where it was.
    A book that keeps its address is looked at and no more. Raises NotMovedError, ClickException.
    """
    from logbook.database.engine import Database, DatabaseBusyError
    from logbook.database.trouble import sentence
    from logbook.retention import change_database as work

    begun = Database(source)
    try:
        if not begun.is_sqlite and address == source:
            with begun.reading() as conn:
                counted = work.demand_whole(conn)
            yield counted
        elif begun.is_sqlite:
            with _watched(begun) as demand_quiet, _arrived(begun, file, address, now) as counted:
                demand_quiet()
                yield counted
        else:
            with work.left_behind(begun) as conn, _filled(conn, file, address, now) as counted:
                yield counted
    except work.NotCarriedError as problem:
        raise NotMovedError(str(problem)) from None
    except DatabaseBusyError as problem:
        raise NotMovedError(sentence(problem) or str(problem)) from None
    finally:
        begun.close()


def copied(source: str, file: Path, now: datetime) -> None:
    """Write the book of one moment into a new file, while it runs; ClickException."""
    from logbook.database.engine import Database, DatabaseBusyError
    from logbook.database.trouble import sentence
    from logbook.retention import change_database as work

    begun = Database(source)
    try:
        if begun.is_sqlite:
            _copy_file(begun, file)
            return
        with begun.reading() as conn, closing(Database(of_file(file))) as target:
            work.carry(conn, target, now)
    except (work.NotCarriedError, DatabaseBusyError) as problem:
        said = sentence(problem) or str(problem)
        raise click.ClickException(f"Không sao chép được sổ của đơn vị: {said}") from None
    finally:
        begun.close()


@contextmanager
def _arrived(source: Database, file: Path, address: str | None, now: datetime) -> Iterator[tuple[int, int]]:
    if address is None:
        _copy_file(source, file)
        yield _checked(of_file(file))
        return
    with source.reading() as conn, _filled(conn, file, address, now) as counted:
        yield counted


@contextmanager
def _filled(conn: Connection, file: Path, address: str | None, now: datetime) -> Iterator[tuple[int, int]]:
    """The book of `conn` in a database of its own; that is empty again after an exception."""
    from logbook.database.engine import Database
    from logbook.retention import change_database as work

    place = address or of_file(file)
    with closing(Database(place)) as target:
        work.carry(conn, target, now)
        target.close()  # a file is whole without its log from here on
        try:
            yield _checked(place)
        except BaseException:
            if not target.is_sqlite:
                work.empty_again(target)
            raise


def _checked(address: str) -> tuple[int, int]:
    from logbook.database.engine import Database
    from logbook.retention.change_database import demand_whole

    with closing(Database(address)) as database, database.reading() as conn:
        return demand_whole(conn)


def _copy_file(source: Database, file: Path) -> None:
    from logbook.database.sqlite_copy import BackupFailedError, UnsoundBackupError, copy_sqlite

    source.close()
    try:
        copy_sqlite(source.file, file)
    except (BackupFailedError, UnsoundBackupError) as problem:
        raise click.ClickException(f"Không sao chép được sổ của đơn vị: {problem}") from problem


@contextmanager
def _watched(database: Database) -> Iterator[Callable[[], None]]:
    """Yields what raises NotMovedError where somebody who began before the pause wrote into the file since.

    Whatever is acknowledged stands in the copy, or the office does not move.
    """
    before = None
    with closing(sqlite3.connect(database.file, isolation_level=None)) as book:
        with suppress(sqlite3.Error):  # a book that cannot be read cannot be copied, which says so
            before = book.execute(_COMMITS_OF_OTHERS).fetchone()

        def demand_quiet() -> None:
            if book.execute(_COMMITS_OF_OTHERS).fetchone() != before:
                raise NotMovedError("có việc đang ghi dở vào sổ trong lúc sao chép; xin chạy lại lệnh này.")

        yield demand_quiet
