"""Brings every office's book up to date after a start, one after the other, while the telephone answers.

A book is upgraded when its office is asked for. Those that nobody asks for must be upgraded as well: the
scheduler works for them. A book that cannot be is named in the log, and the others go on.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping

import structlog

from ivr.offices.cells import Cells
from ivr.offices.opening import open_book
from ivr.running.prepare import REFUSALS, prepare, refusal
from logbook.database.engine import DatabaseBusyError
from logbook.database.trouble import sentence
from logbook.offices.register import OfficeEntry, OfficeRegister
from logbook.process import memory
from logbook.settings.errors import SettingsError
from logbook.texts.catalogue import Catalogue, load_texts

PAUSE_SECONDS = 0.05
"""Between two books: callers go first."""
AGAIN_SECONDS = 10.0
log = structlog.get_logger("ivr.offices")


class Upkeep:
    """Prepares each office's book once, and those of offices that come later."""

    def __init__(self, register: OfficeRegister, cells: Cells, environ: Mapping[str, str]) -> None:
        """Nothing is prepared yet."""
        self._register, self._cells, self._environ = register, cells, environ
        self._stop = threading.Event()
        self._done: dict[str, OfficeEntry] = {}

    def begin(self) -> None:
        """Run in a thread until `end`."""
        threading.Thread(target=self.run, name="upkeep", daemon=True).start()

    def end(self) -> None:
        """Begin with no other book."""
        self._stop.set()

    def run(self) -> None:
        """Look at the register again and again."""
        while not self._stop.is_set():
            self.look()
            self._stop.wait(AGAIN_SECONDS)

    def look(self) -> int:
        """Prepare whatever is not prepared yet; how many were."""
        waiting = [one for one in self._register.now() if self._done.get(one.code) != one and not one.paused]
        if not waiting:
            return 0
        texts = load_texts()
        prepared = 0
        for entry in waiting:
            if self._stop.is_set():
                break
            prepared += self._prepare(entry, texts)
            self._stop.wait(PAUSE_SECONDS)
        memory.give_back()
        return prepared

    def _prepare(self, entry: OfficeEntry, texts: Mapping[str, Catalogue]) -> bool:
        why = ""
        if entry.code not in self._cells.open_codes():
            why = self._tried(entry, texts)
        if why:
            if self._cells.unprepared.get(entry.code) != why:
                log.error("office not prepared", office=entry.code, problem=why)
            self._cells.unprepared[entry.code] = why
            return False
        self._cells.unprepared.pop(entry.code, None)
        self._done[entry.code] = entry
        return True

    def _tried(self, entry: OfficeEntry, texts: Mapping[str, Catalogue]) -> str:
        try:
            hotline = open_book(entry, self._environ, texts)
            try:
                prepare(hotline)
            finally:
                hotline.database.close()
        except REFUSALS as problem:
            return refusal(problem)
        except (SettingsError, DatabaseBusyError, OSError) as problem:
            return str(problem)
        except Exception as problem:
            return sentence(problem) or str(problem)
        return ""
