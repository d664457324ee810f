"""Processes that write into one SQLite file go one after the other, and the queue never stops anybody."""

import contextlib
import logging
import statistics
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import structlog

from logbook.database import rate_limits
from logbook.database.engine import LONGEST_PAUSE, Database
from logbook.database.writers_queue import NEXT, WritersQueue
from tests.one_kind import on_sqlite
from tests.suite.waiting import PATIENCE, until

DAY = timedelta(days=1)
GREEDY = """
import sys, time
from datetime import datetime, timedelta
from logbook.database import rate_limits
from logbook.database.engine import LONGEST_PAUSE, Database

database, now = Database(sys.argv[1]), datetime.fromisoformat(sys.argv[2])
while True:
    with database.writing() as conn:
        rate_limits.spend(conn, "greedy", timedelta(days=1), 10**9, now)
        time.sleep(0.02)
"""


@contextlib.contextmanager
def greedy(database: Database, now: datetime) -> Iterator["subprocess.Popen[bytes]"]:
    """Another process that takes the lock again as soon as it has let it go."""
    command = [sys.executable, "-c", GREEDY, str(database.url), now.isoformat()]
    with subprocess.Popen(command) as process:
        try:
            assert until(lambda: taken(database, now), every=0.01)
            yield process
        finally:
            process.kill()


def taken(database: Database, now: datetime) -> int:
    with database.reading() as conn:
        return rate_limits.used(conn, "greedy", DAY, now)


def overtaken(database: Database, now: datetime, times: int) -> list[int]:
    """How often the greedy process came before us, each time that we wanted to write."""
    found = []
    for _ in range(times):
        before = taken(database, now)
        with database.writing() as conn:
            found.append(rate_limits.used(conn, "greedy", DAY, now) - before)
    return found


@on_sqlite
@pytest.mark.row("P1")
def test_a_process_that_comes_back_at_once_does_not_overtake_one_that_waits(
    database: Database, now: datetime
) -> None:
    with greedy(database, now):
        assert statistics.median(overtaken(database, now, 15)) <= 5


@on_sqlite
@pytest.mark.row("P1")
def test_a_writer_killed_in_its_turn_keeps_nobody_waiting(database: Database, now: datetime) -> None:
    with greedy(database, now) as process:
        process.kill()
        process.wait(PATIENCE)
        queue = WritersQueue(database.file)
        assert queue._take(0), "both locks are free at once, for the system lets them go"
        queue.close()
        with database.writing() as conn:
            assert rate_limits.spend(conn, "mine", DAY, 5, now)


@on_sqlite
@pytest.mark.row("P1")
def test_one_who_is_stopped_in_the_queue_keeps_nobody_from_writing(database: Database, now: datetime) -> None:
    impatient = Database(str(database.url), wait_seconds=0.4)
    with contextlib.closing(impatient), WritersQueue(database.file).turn(1), impatient.writing() as conn:
        assert rate_limits.spend(conn, "mine", DAY, 5, now)


@on_sqlite
@pytest.mark.row("P1")
def test_where_no_lock_file_can_be_made_writing_goes_on_and_it_is_said_once(
    database: Database, now: datetime
) -> None:
    database.file.with_name(database.file.name + NEXT).mkdir()
    with structlog.testing.capture_logs() as said:
        for _ in range(2):
            with database.writing() as conn:
                assert rate_limits.spend(conn, "mine", DAY, 5, now)
    (line,) = said
    assert line["log_level"] == logging.getLevelName(logging.WARNING).lower()
    assert line["file"].endswith(NEXT)


@on_sqlite
@pytest.mark.row("P1")
def test_a_lock_file_that_was_removed_is_made_again_for_all(database: Database, now: datetime) -> None:
    file = database.file.with_name(database.file.name + NEXT)
    queue, entered = WritersQueue(database.file), threading.Event()
    with queue.turn(1):
        pass
    file.unlink()
    with database.writing():
        assert file.exists()

        def come() -> None:
            with queue.turn(PATIENCE):
                entered.set()

        waiting = threading.Thread(target=come)
        waiting.start()
        assert not entered.wait(0.1)
    assert entered.wait(PATIENCE)
    waiting.join()


@on_sqlite
@pytest.mark.row("P1")
def test_a_process_that_gives_way_stands_back_after_it_met_another_writer(
    database: Database, now: datetime
) -> None:
    paused: list[float] = []
    polite = Database(str(database.url), give_way=paused.append)
    with contextlib.closing(polite):
        with polite.writing() as conn:
            rate_limits.spend(conn, "polite", DAY, 10, now)
        assert paused == []
        with greedy(database, now):
            overtaken(polite, now, 5)
    assert paused
    assert all(0 < seconds <= LONGEST_PAUSE for seconds in paused)
