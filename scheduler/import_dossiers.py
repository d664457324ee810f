"""Imports the files of dossiers that people ordered on the page, part by part (002-32)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from logbook.clock import Clock
from logbook.database.engine import Database, DatabaseBusyError
from logbook.dossiers import uploads


@dataclass(frozen=True, slots=True)
class ImportsDue:
    """Everything that importing uploaded files needs."""

    database: Database
    clock: Clock

    def run_once(self, have_lease: Callable[[], bool]) -> int:
        """Import part after part while `have_lease()`; return how many were done. DatabaseBusyError.

        A file that cannot be imported is given up, so that the next one is not kept waiting by it.
        """
        done = 0
        try:
            while have_lease() and self._any() and uploads.import_next(self.database, self.clock.now()):
                done += 1
        except DatabaseBusyError:
            raise
        except Exception:
            structlog.get_logger("scheduler").exception("a file of dossiers could not be imported")
            with self.database.writing() as conn:
                uploads.give_up(conn, self.clock.now())
        if have_lease():
            self._sweep()
        return done

    def _any(self) -> bool:
        """Looked at without keeping callers from writing."""
        with self.database.reading() as conn:
            return uploads.any_ordered(conn)

    def _sweep(self) -> None:
        now = self.clock.now()
        with self.database.reading() as conn:
            if not uploads.any_old(conn, now):
                return
        with self.database.writing() as conn:
            uploads.forget_old(conn, now)
