"""Copies a running SQLite database soundly: by the online backup API, then checked before it counts."""

import contextlib
import os
import sqlite3
from pathlib import Path


class UnsoundBackup(Exception):  # noqa: N818
    """The copy does not pass SQLite's integrity check and was removed."""


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy `source` into the new file `target` (0600, flushed to disk); FileExistsError, UnsoundBackup.

    Copying the file itself is no backup while it is in use (reliability.md, F-16).
    """
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    try:
        with (
            contextlib.closing(sqlite3.connect(source)) as running,
            contextlib.closing(sqlite3.connect(target)) as copy,
        ):
            running.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            verdict = copy.execute("PRAGMA integrity_check").fetchone()[0]
        if verdict != "ok":
            raise UnsoundBackup(str(verdict)[:500])
        _flush(target)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _flush(file: Path) -> None:
    with file.open("rb+") as opened:
        os.fsync(opened.fileno())
