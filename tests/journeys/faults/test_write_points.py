"""A process is killed at every point where one call is written: nothing is lost, nothing is torn (F-02)."""

import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from logbook.database.engine import Database
from logbook.database.tables import calls, recordings, tickets, turns
from logbook.tickets import history
from tests.journeys.faults.storm import Rows, gist_of, open_line
from tests.journeys.one_complaint import LAST, NEVER, REQUESTS, SPOKEN, Told, lines, tell

WRITES = ("pwrite64", "fdatasync", "fsync", "ftruncate", "unlink")
EVERY = 4
"""Of the points outside the request that opens the ticket, every fourth is tried."""
TABLES = ("calls", "turns", "consents", "recordings", "tickets", "ticket_events")
KILLED = -9


@dataclass(frozen=True)
class Point:
    """The `number`-th system call of one kind in a run of the call."""

    call: str
    number: int


@dataclass(frozen=True)
class Ending:
    """How a run ended: what the provider had been answered by then, and the exit code."""

    told: Sequence[Told]
    process: int
    code: int


class Teller:
    """Places the call on one database after the other under strace, each time in a new process."""

    def __init__(self, strace: str, practice: Path) -> None:
        self.trace = practice.with_name("trace")
        writes = ",".join(WRITES)
        self._process = subprocess.Popen(
            [
                *(strace, "-f", "-qq", "-o", str(self.trace), "-e", f"trace={writes},getppid"),
                *("-e", f"inject={writes}:signal=KILL:when={LAST}"),
                *(sys.executable, "-m", "tests.journeys.one_complaint", str(practice)),
            ],
            cwd=Path(__file__).parents[3],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def tell(self, book: Path, call: str = NEVER, dies_at: int = 0) -> Ending:
        """Place the call on `book`, killed when the `dies_at`-th system call `call` is about to be made."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{book} {call} {dies_at}\n")
        self._process.stdin.flush()
        seen = []
        for line in self._process.stdout:
            match line.split():
                case "told", path, status, digest:
                    seen.append(Told(path, int(status), digest))
                case "gone", process, code:
                    return Ending(seen, int(process), int(code))
        raise AssertionError("the teller itself is gone")

    def close(self) -> None:
        """Let the teller end."""
        self._process.communicate()


def points_of(trace: Path, process: int) -> list[list[Point]]:
    """Every write of a run by the request it belongs to; the last belong to closing the database."""
    made: Counter[str] = Counter()
    found: list[list[Point]] = [[]]
    for line in trace.read_text().splitlines():
        step = re.match(rf"{process} +(\w+)\(", line)
        if step is None:
            continue
        if step[1] == "getppid":
            found.append([])
        else:
            made[step[1]] += 1
            found[-1].append(Point(step[1], made[step[1]]))
    return found


def points_to_try(points: Sequence[Sequence[Point]], filing: int) -> list[Point]:
    """All points of the request that opens the ticket, and every few of the others."""
    before = [point for request in points[:filing] for point in request]
    after = [point for request in points[filing + 1 :] for point in request]
    return [*before[::EVERY], *points[filing], *after[::EVERY]]


def filing_request(book: Path) -> int:
    """Which request opens the ticket."""
    with closing(Database(f"sqlite:///{book}")) as database:
        for number, _ in enumerate(tell(lines(book.parent)(database))):
            with database.reading() as conn:
                if conn.execute(select(func.count()).select_from(tickets)).scalar_one():
                    return number
    raise AssertionError("no request opened a ticket")


def missing(book: Database, seen: Sequence[Told], filing: int) -> list[Told]:
    """What was acknowledged and is not in the database."""
    with book.reading() as conn:
        answers = {row.number: row.answer for row in conn.execute(select(turns.c.number, turns.c.answer))}
        spoken = set(conn.execute(select(recordings.c.sid)).scalars())
        ended = conn.execute(select(calls.c.outcome)).scalar()
        opened = conn.execute(select(func.count()).select_from(tickets)).scalar_one()

    def kept(number: int, each: Told) -> bool:
        if number >= filing and opened != 1:
            return False
        if each.path == "/ivr/status":
            return ended is not None
        if each.path.startswith("/ivr/recording"):
            return spoken == {SPOKEN}
        answer = answers.get(int("0" + each.path.removeprefix("/ivr/voice").removeprefix("/ivr/turn/")), "")
        return each.digest == sha256(answer.encode()).hexdigest()

    return [each for number, each in enumerate(seen) if not kept(number, each)]


def state_of(book: Database) -> Rows:
    """What the database says in the end; fails when it is unsound or its history does not hold."""
    with book.reading() as conn:
        assert list(conn.execute(text("PRAGMA integrity_check")).scalars()) == ["ok"]
        assert history.verify(conn) is None
        return gist_of(conn, TABLES)


@pytest.mark.row("F-02")
def test_killed_at_any_point_of_writing_the_call_is_whole_after_the_retries(
    migrated_file: Path, tmp_path: Path, strace: str
) -> None:
    new = tmp_path / "new.db"
    shutil.copyfile(migrated_file, new)
    with closing(Database(f"sqlite:///{new}")) as database:
        open_line(database, tmp_path)
    filing = filing_request(shutil.copyfile(new, tmp_path / "filing.db"))
    line_on = lines(tmp_path)
    with closing(Teller(strace, shutil.copyfile(new, tmp_path / "practice.db"))) as calls_reported:
        whole = calls_reported.tell(shutil.copyfile(new, tmp_path / "whole.db"))
        assert (whole.code, len(whole.told)) == (0, len(REQUESTS))
        with closing(Database(f"sqlite:///{tmp_path}/whole.db")) as database:
            undisturbed = state_of(database)
        tried = points_to_try(points_of(calls_reported.trace, whole.process), filing)
        killed = 0
        for point in tried:
            book = shutil.copyfile(new, tmp_path / f"{point.call}-{point.number}.db")
            ending = calls_reported.tell(book, point.call, point.number)
            killed += ending.code == KILLED
            with closing(Database(f"sqlite:///{book}")) as database:
                assert missing(database, ending.told, filing) == [], point
                again = list(tell(line_on(database)))
                assert again[: len(ending.told)] == ending.told, point
                assert {each.status for each in again} <= {200, 204}, point
                assert state_of(database) == undisturbed, point
    assert undisturbed["tickets"] != []
    assert undisturbed["told"] == [(SPOKEN,)]
    assert len(tried) >= 40
    assert killed >= len(tried) - 2, "a telling may need a write less than another"
