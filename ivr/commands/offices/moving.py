"""Exports an office, moves it into another installation, keeps the folder of one that left in the archive.

Nothing is ever deleted. While an office moves it is paused: callers hear an apology, nothing works for it.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
import yaml

from ivr.commands.offices import books
from ivr.commands.offices.folder import NotMovedError, private
from logbook.clock import Clock
from logbook.offices.environment import DATA, ENV_FILE
from logbook.process.free_name import free_name

if TYPE_CHECKING:
    from logbook.offices.register import OfficeEntry, Offices

ARCHIVE = "archive"
LETS_GO_SECONDS = 2.5
"""Longer than every process takes to see that an office is paused, and to close its book."""
_LEFT_OUT = shutil.ignore_patterns("tongdai.db*", "backups", "*.lock")


@dataclass(frozen=True, slots=True)
class Moved:
    """Where the office is now, where its old folder is kept, and how long it did not answer."""

    folder: Path
    kept: Path
    seconds: float
    tickets: int
    calls: int


def export(entry: OfficeEntry, folder: Path) -> Path:
    """Write the office as it stands now into one .tar file and return it (ClickException).

    The book in it is a file, whatever it is here: unpacked below offices/ the office runs.
    """
    now = Clock().now()
    below = private(folder.expanduser().absolute())
    file = free_name(now, lambda second: below / f"tongdai-{entry.code}-{second}.tar")
    with tempfile.TemporaryDirectory(prefix=f".{entry.code}-", dir=file.parent) as name:
        copy = Path(name) / entry.code
        _copy_folder(entry, copy)
        books.copied(books.address_of(entry), copy / DATA / books.FILE, now)
        books.tell(copy / ENV_FILE, None)
        unfinished = file.with_suffix(".part")
        with tarfile.open(unfinished, "w") as tar:
            tar.add(copy, entry.code)
        unfinished.chmod(0o600)
        unfinished.rename(file)
    return file


def move(offices: Offices, entry: OfficeEntry, target: Path, database: str | None = None) -> Moved:
    """Move the office into the installation `target`; NotMovedError leaves it where it was.

    `database` is where its book goes, "sqlite" or an address of PostgreSQL; None: a file moves along, a
    database stays where it is.
    """
    there = _accepts(target, entry)
    address = books.wanted(entry, database)
    coming = private(there) / f".{entry.code}.{secrets.token_hex(4)}"
    with _paused(entry, "Chưa chuyển, đơn vị vẫn ở chỗ cũ", coming) as seconds:
        _copy_folder(entry, coming)
        file = coming / DATA / books.FILE
        with books.carried(books.address_of(entry), file, address, Clock().now()) as (tickets, calls):
            books.tell(coming / ENV_FILE, address)
            pause(coming, paused=False)
            coming.rename(there / entry.code)
    kept = to_archive(offices.folder, entry.code, "moved")
    return Moved(there / entry.code, kept, seconds[0], tickets, calls)


def change_database(entry: OfficeEntry, database: str) -> Moved:
    """Carry the office's book into another database, the office stays; NotMovedError leaves all as it was.

    A book that was a file is kept beside under another name, one of PostgreSQL in a schema of its own.
    """
    if f"{books.ADDRESS}_{entry.code}" in os.environ:
        raise NotMovedError(f"biến {books.ADDRESS}_{entry.code} đang được đặt; hãy bỏ nó trước.")
    source, address, now = books.address_of(entry), books.wanted(entry, database), Clock().now()
    file, env_file = entry.folder / DATA / books.FILE, entry.folder / ENV_FILE
    if address == source or (address is None and file.exists()):
        raise NotMovedError("Sổ đã ở đó.")
    kept = free_name(now, lambda second: file.with_name(f"{file.name}.moved-{second}"))
    coming = file.with_name(f"{file.name}.coming")
    with _paused(entry, "Chưa đổi, sổ vẫn ở chỗ cũ", coming) as seconds:
        with books.carried(source, coming, address, now) as (tickets, calls):
            if address is None:
                coming.rename(file)
            books.tell(env_file, address)
        if address is not None and file.exists():
            file.rename(kept)
        pause(entry.folder, paused=entry.paused)
    return Moved(entry.folder, kept, seconds[0], tickets, calls)


@contextmanager
def _paused(entry: OfficeEntry, otherwise: str, unfinished: Path) -> Iterator[list[float]]:
    """The office is closed meanwhile; yields a list that has the seconds afterwards.

    After an exception it is as it was, and NotMovedError says why.
    """
    begun = time.monotonic()
    pause(entry.folder, paused=True)
    seconds: list[float] = []
    try:
        time.sleep(LETS_GO_SECONDS)
        yield seconds
        seconds.append(time.monotonic() - begun)
    except BaseException as problem:
        shutil.rmtree(unfinished, ignore_errors=True)
        for ending in ("", "-wal", "-shm"):
            with suppress(OSError):
                unfinished.with_name(unfinished.name + ending).unlink()
        pause(entry.folder, paused=entry.paused)
        if isinstance(problem, NotMovedError | click.ClickException | OSError):
            raise NotMovedError(f"{otherwise}: {problem}") from None
        raise


def _copy_folder(entry: OfficeEntry, target: Path) -> None:
    """The office's folder without its book."""
    shutil.copytree(entry.folder, target, ignore=_LEFT_OUT)
    private(target / DATA)


def to_archive(installation: Path, code: str, what: str) -> Path:
    """Put an office's folder into the installation's archive and return where it is kept."""
    from logbook.offices.register import OFFICES

    below = private(installation / ARCHIVE)
    kept = free_name(Clock().now(), lambda second: below / f"{code}-{what}-{second}")
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
