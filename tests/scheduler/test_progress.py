"""Alive is not working: who does not get on loses the lease, ends itself, and another takes over."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from sqlalchemy import Connection

from logbook.clock import Clock
from logbook.database import leases
from logbook.database.engine import Database
from logbook.process import time_limit
from logbook.settings.loading import load_settings
from scheduler import __main__ as program
from scheduler import progress as progressing
from scheduler.jobs import LEASE, Work, timetable, watched
from scheduler.lease import Lease
from scheduler.progress import AWAY, STUCK_AFTER, Progress
from tests.suite.waiting import PATIENCE


class SetClock(Clock):
    """A clock a test turns by hand, wall and watch together."""

    def __init__(self, start: datetime) -> None:
        super().__init__(start)
        self.passed = 0.0

    def monotonic(self) -> float:
        return getattr(self, "passed", 0.0)

    def of(self, _conn: Connection) -> datetime:
        return self.now()


def test_work_is_stuck_when_a_step_takes_too_long_and_not_while_its_steps_go_on(now: datetime) -> None:
    clock = SetClock(now)
    progress = Progress(clock, {"deliveries": 2.0})
    progress.begun("deliveries")
    for _ in range(10):
        clock.passed += STUCK_AFTER - 1
        assert progress.stuck() == []
        progress.moved("deliveries")
    clock.passed += STUCK_AFTER + 1
    assert progress.stuck() == ["deliveries"]
    progress.ended("deliveries")
    assert progress.stuck() == []


def test_work_that_is_not_even_begun_any_more_is_stuck_as_well(now: datetime) -> None:
    clock = SetClock(now)
    progress = Progress(clock, {"terms": 30.0})
    clock.passed += STUCK_AFTER + 29
    assert progress.stuck() == []
    clock.passed += 2
    assert progress.stuck() == ["terms"]


@pytest.mark.row("F-30")
def test_a_process_that_was_stopped_itself_blames_nobody_when_it_goes_on(now: datetime) -> None:
    clock = SetClock(now)
    progress = Progress(clock, {"deliveries": 2.0})
    clock.passed += 500
    assert progress.look() == []
    for _ in range(int(STUCK_AFTER / AWAY) + 1):
        clock.passed += AWAY
        found = progress.look()
    assert found == ["deliveries"]


def test_too_many_acts_that_never_end_are_a_reason_to_begin_anew(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    progress = Progress(SetClock(now), {})
    monkeypatch.setattr(time_limit, "abandoned", lambda: 16)
    assert progress.look() == []
    monkeypatch.setattr(time_limit, "abandoned", lambda: 17)
    assert progress.look() == ["17 acts outside"]


def hanging(hangs: threading.Event, release: threading.Event) -> Work:
    """The sender, in a step that never ends."""

    def look(have_lease: Callable[[], bool]) -> None:
        have_lease()
        hangs.set()
        release.wait(2 * PATIENCE)

    return Work("deliveries", 2.0, look)


@pytest.mark.row("S4")
@pytest.mark.row("F-27")
@pytest.mark.parametrize("careless", [False, True])
def test_the_lease_is_renewed_only_while_vital_work_gets_on_and_a_standby_takes_over_within_a_minute(
    database: Database, now: datetime, careless: bool
) -> None:
    clock, hangs, release = SetClock(now), threading.Event(), threading.Event()
    mine, other = Lease(database, clock, "mine", now=clock.of), Lease(database, clock, "other", now=clock.of)
    works = [hanging(hangs, release)]
    progress = Progress(clock, watched(works))
    keep, send = timetable(mine, works, lambda _: None, progress)
    assert (keep.name, send.name) == (LEASE, "deliveries")
    if careless:
        keep = type(keep)(LEASE, keep.every, mine.keep)  # the planted bug: renewed whatever happens
    keep.run()
    sending = threading.Thread(target=send.run)
    sending.start()
    assert hangs.wait(PATIENCE)
    took_over = None
    while took_over is None and clock.passed < 300:
        clock.passed += 10
        keep.run()
        if other.keep():
            took_over = clock.passed
    release.set()
    sending.join()
    assert (took_over is None) is careless
    assert took_over is None or took_over <= STUCK_AFTER + 30  # and at once when the process ends itself


@pytest.fixture
def nobody_left(database: Database) -> Iterator[None]:
    """Threads that a test let hang end before the database is closed, and take their connections along."""
    before = set(threading.enumerate())
    yield
    for left in set(threading.enumerate()) - before:
        left.join(PATIENCE)


@pytest.mark.usefixtures("nobody_left")
@pytest.mark.row("S4")
def test_a_scheduler_that_does_not_get_on_ends_itself_and_gives_the_lease_back(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    hangs, release = threading.Event(), threading.Event()
    monkeypatch.setattr(program, "jobs_of_office", lambda *_: (hanging(hangs, release),))
    monkeypatch.setattr(program, "_LOOK_AGAIN", 0.05)
    monkeypatch.setattr(progressing, "STUCK_AFTER", 0.3)
    monkeypatch.setattr(program, "watched", lambda works: {work.name: work.every for work in works})
    try:
        with pytest.raises(program.StuckError):
            program.run(load_settings(), database, Clock(), threading.Event())
    finally:
        release.set()
    assert hangs.is_set()
    with database.reading() as conn:
        holder = leases.holder(conn, "scheduler")
    assert holder is not None
    assert holder[1] <= Clock().now()


@pytest.mark.usefixtures("nobody_left")
@pytest.mark.row("S4")
def test_told_to_end_a_step_that_hangs_does_not_keep_the_process(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    hangs, release, stop = threading.Event(), threading.Event(), threading.Event()
    monkeypatch.setattr(program, "jobs_of_office", lambda *_: (hanging(hangs, release),))
    monkeypatch.setattr(program, "_LOOK_AGAIN", 0.05)
    monkeypatch.setattr(program, "_LAST_STEPS", 0.2)

    def tell() -> None:
        hangs.wait(PATIENCE)
        stop.set()

    threading.Thread(target=tell).start()
    try:
        with pytest.raises(program.StuckError):
            program.run(load_settings(), database, Clock(), stop)
    finally:
        release.set()


@pytest.mark.row("S4")
def test_work_by_rows_leaves_the_rest_to_its_next_tick_after_a_stretch(
    database: Database, now: datetime
) -> None:
    clock, steps = SetClock(now), 0
    lease = Lease(database, clock, "mine", now=clock.of)

    def look(have_lease: Callable[[], bool]) -> None:
        nonlocal steps
        while have_lease():
            steps += 1
            clock.passed += 20

    works = [Work("recordings", 5.0, look, 30.0)]
    keep, work = timetable(lease, works, lambda _: None, Progress(clock, watched(works)))
    keep.run()
    work.run()
    assert steps == 2
