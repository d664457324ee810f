"""Shows what callers hear while the logbook cannot be written: locks it for a while (demonstration only)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

from sqlalchemy import text

from logbook.database.engine import Database, DatabaseBusyError

LONGEST = 60.0
"""Seconds after which the book is opened again, whatever the call does."""
_BEGIN_SECONDS = 12.0


@contextmanager
def locked(database: Database) -> Iterator[None]:
    """Hold the lock that every webhook needs, meanwhile and LONGEST seconds at most."""
    held, over = Event(), Event()

    def hold() -> None:
        with suppress(DatabaseBusyError), database.writing() as conn:
            if not database.is_sqlite:
                conn.execute(text("LOCK TABLE calls IN ACCESS EXCLUSIVE MODE"))
            held.set()
            over.wait(LONGEST)

    Thread(target=hold, daemon=True, name="locks the book").start()
    held.wait(_BEGIN_SECONDS)
    try:
        yield
    finally:
        over.set()
