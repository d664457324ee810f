"""A folder of photographs into the database: what is sure is entered, what is unsure waits for a person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from logbook.accounts import audit_log
from logbook.database.engine import Database
from logbook.ratings.instruments import Instrument
from logbook.ratings.paper import judging, readings
from logbook.ratings.paper.judging import JudgedReading, Standing
from logbook.ratings.paper.photo import MOST_BYTES, PhotoRefusedError
from logbook.ratings.paper.readings import Found, ReadingProblem


@dataclass(frozen=True, slots=True)
class RefusedPhoto:
    """A file, the number of the slip in it where one was read, and why it was not entered."""

    file: str
    number: str
    problem: ReadingProblem


@dataclass(slots=True)
class FolderResult:
    """How many slips of a folder were new, known already, left to be asked, and what was refused."""

    photos: int = 0
    new: int = 0
    unchanged: int = 0
    asked: int = 0
    errors: list[RefusedPhoto] = field(default_factory=list)

    @property
    def refused(self) -> int:
        """How many slips or photographs did not go in."""
        return len(self.errors)


class _DryRunError(Exception):
    """Takes back what a trial run wrote."""


def files_of(folder: Path) -> list[Path]:
    """Return the files of a folder by name, hidden ones and folders left out."""
    found = (one for one in folder.iterdir() if one.is_file() and not one.name.startswith("."))
    return sorted(found, key=lambda one: one.name)


def store(
    database: Database,
    instrument: Instrument,
    agency: str,
    files: Sequence[Path],
    who: str,
    now: datetime,
    *,
    dry_run: bool = False,
    progress: Callable[[int], object] = lambda _: None,
) -> FolderResult:
    """Read the photographs, each in a transaction of its own; the same folder again enters nothing twice."""
    result = FolderResult()
    for file in files:
        sha256, found = _read(file)
        try:
            with database.writing() as conn:
                readings.keep(conn, sha256, file.name, found, None, now)
                _settle(conn, sha256, file.name, instrument, agency, who, now, result)
                if dry_run:
                    raise _DryRunError
        except _DryRunError:
            pass
        result.photos += 1
        progress(1)
    return result


def _read(file: Path) -> tuple[str, Found]:
    if file.stat().st_size > MOST_BYTES:
        most = str(MOST_BYTES // 1024 // 1024)
        return readings.digest(str(file).encode()), PhotoRefusedError("too_large", most=most)
    content = file.read_bytes()
    return readings.digest(content), readings.try_reading(content)


def _settle(
    conn: Connection,
    sha256: str,
    name: str,
    instrument: Instrument,
    agency: str,
    who: str,
    now: datetime,
    result: FolderResult,
) -> None:
    judged = judging.judge(conn, readings.of_photograph(conn, sha256), instrument, agency)
    entered = judging.confirm(conn, judged, instrument, None, now)
    result.new += len(entered)
    if entered:
        numbers = ", ".join(slip.number for slip in entered)
        audit_log.write(conn, who, "confirm_photos", "slips", now, "", count=len(entered), numbers=numbers)
    for one in judged:
        if one.standing is Standing.KNOWN:
            result.unchanged += 1
        elif one.standing is Standing.ASKED:
            result.asked += 1
        elif one.standing is not Standing.SURE:
            readings.drop(conn, one.reading.id)
            result.errors.append(RefusedPhoto(name, one.reading.number, _why(one)))


def _why(one: JudgedReading) -> ReadingProblem:
    if one.reasons:
        return one.reasons[0]
    return ReadingProblem("photo_differs", {"number": one.reading.number})
