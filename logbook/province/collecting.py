"""Collects the documents that offices put into their folders; no other file of an office is opened."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import structlog

from logbook.database.engine import Database
from logbook.province import register
from logbook.province.register import Taken
from logbook.province.signed import LARGEST, FiguresRefusedError, Refusal

FIGURES = "figures"
"""Where an office's documents stand, within its data folder."""
log = structlog.get_logger("logbook.province")


@dataclass(frozen=True, slots=True)
class CollectedFile:
    """One file that was looked at: what became of it, or why it was refused."""

    file: Path
    taken: Taken | None
    refusal: Refusal | None = None


def folders_of(installation: Path) -> list[Path]:
    """Return where the offices of an installation put their documents."""
    return sorted(installation.glob(f"offices/*/var/{FIGURES}"))


def collect(database: Database, files: Iterable[Path], now: datetime) -> list[CollectedFile]:
    """Take in documents, each in a transaction of its own; return what became of each. DatabaseBusyError."""
    found = []
    for file in files:
        try:
            with file.open("rb") as opened:
                content = opened.read(LARGEST + 1)
            with database.writing() as conn:
                taken = register.take(conn, content, now)[1]
        except FiguresRefusedError as refused:
            found.append(CollectedFile(file, None, refused.refusal))
        except OSError:
            found.append(CollectedFile(file, None, Refusal.UNREADABLE))
        else:
            found.append(CollectedFile(file, taken))
    return found


def documents_in(folders: Iterable[Path]) -> list[Path]:
    """Return the documents in these folders: files called *.json and nothing else."""
    return sorted(file for folder in folders for file in folder.glob("*.json"))


@dataclass
class FigureFolders:
    """The folders of an installation, whose new and changed documents are taken in; for any thread."""

    installation: Path
    database: Database
    _seen: dict[Path, tuple[int, int]] = field(default_factory=dict)
    _said: set[tuple[Path, tuple[int, int], Refusal]] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def look(self, now: datetime) -> list[CollectedFile]:
        """Take in what was not taken in before; a refused document is tried each time, and logged once."""
        if not self._lock.acquire(blocking=False):
            return []
        try:
            signs = {file: _sign(file) for file in documents_in(folders_of(self.installation))}
            new = [file for file, sign in signs.items() if self._seen.get(file) != sign]
            found = collect(self.database, new, now)
            for one in found:
                if one.refusal is None:
                    self._seen[one.file] = signs[one.file]
                elif (refused := (one.file, signs[one.file], one.refusal)) not in self._said:
                    self._said.add(refused)
                    log.warning("figures refused", file=str(one.file), why=one.refusal)
            return found
        finally:
            self._lock.release()


def _sign(file: Path) -> tuple[int, int]:
    try:
        found = file.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size
