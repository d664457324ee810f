"""Copies a running SQLite file, with the rows of one moment."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass


class UnsoundBackupError(Exception):
    """The copy is not what it should be; one just made was removed."""


class BackupFailedError(Exception):
    """No copy could be made (disk, program or server); what was half made was removed."""


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy `source` into the new file `target` (0600, flushed to disk).

    Raises FileExistsError, BackupFailedError when `source` cannot be read or the disk is full,
    UnsoundBackupError. Copying the file itself is no backup while it is in use (F-16). The
    copy is written anew from one moment's rows, so that pages that were freed, with what was erased, are not
    in it (T-22).
    """
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    try:
        with contextlib.closing(sqlite3.connect(source, timeout=10, isolation_level=None)) as running:
            running.execute("VACUUM INTO ?", (str(target),))
        with contextlib.closing(sqlite3.connect(target)) as copy:
            verdict = copy.execute("PRAGMA integrity_check").fetchone()[0]
        if verdict != "ok":
            raise UnsoundBackupError(str(verdict)[:500])
        flush(target)
    except BaseException as problem:
        target.unlink(missing_ok=True)
        if isinstance(problem, sqlite3.Error):
            raise BackupFailedError(f"{type(problem).__name__}: {problem}") from problem
        raise


def flush(file: Path) -> None:
    """Make a file survive a power cut."""
    with file.open("rb+") as opened:
        os.fsync(opened.fileno())
