"""The timetable: ticks in Vietnamese time, never dropped, never ended by a failure or a clock set back."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest

from logbook.clock import ZONE, Clock
from logbook.database import heartbeats
from logbook.database.engine import Database, DatabaseBusyError
from logbook.settings.loading import load_settings
from scheduler.all_jobs import beating, jobs_of_office
from scheduler.jobs import Job, Watch, Work, guarded, ticking, timetable, watched
from scheduler.lease import Lease
from scheduler.progress import Progress
from tests import frozen
from tests.suite.waiting import PATIENCE

OFTEN = 5.0
"""Seconds; jobs that run more often than that meet a caller's turn again and again."""


@pytest.mark.row("F-05")
def test_ticks_are_never_dropped_for_being_late_and_never_pile_up() -> None:
    scheduler = ticking([Job("a", 5, lambda: None)], Clock())
    scheduler.start(paused=True)
    try:
        (job,) = scheduler.get_jobs()
        assert (job.misfire_grace_time, job.coalesce, job.max_instances) == (None, True, 1)
        assert job.trigger.interval == timedelta(seconds=5)
        assert scheduler.timezone is ZONE
    finally:
        scheduler.shutdown()


@pytest.mark.parametrize("error", [DatabaseBusyError("locked"), ZeroDivisionError()])
def test_a_failing_tick_is_said_and_survived(error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise error

    guarded(Job("a", 5, fail))()
    seen = capsys.readouterr()
    assert "next tick tries again" in seen.out + seen.err


def test_all_work_is_looked_at_from_the_start_on_even_while_one_piece_hangs() -> None:
    hangs, looked = threading.Event(), threading.Event()
    jobs = [Job("hangs", 60, lambda: hangs.wait(PATIENCE)), Job("works", 60, looked.set)]
    scheduler = ticking(jobs, Clock())
    scheduler.start()
    try:
        assert looked.wait(PATIENCE)
    finally:
        hangs.set()
        scheduler.shutdown()


@pytest.mark.row("F-20")
@pytest.mark.row("F-24")
def test_only_who_holds_the_lease_works_and_gives_signs_of_life(database: Database) -> None:
    done: list[str] = []
    mine, other = Lease(database, Clock(), "mine"), Lease(database, Clock(), "other")
    looks: list[str] = []
    for lease, name in ((mine, "mine"), (other, "other")):
        work = Work("w", 5, lambda _held, name=name: looks.append(name))  # type: ignore[misc]
        for job in timetable(lease, [work], done.append, Progress(lease.clock, watched([work]))):
            job.run()
    assert (looks, done) == (["mine"], ["w"])


class Wall(Clock):
    """A clock whose wall can be set while its watch goes on."""

    def __init__(self, moment: datetime) -> None:
        super().__init__()
        self.moment, self.watch = moment, 0.0

    def now(self) -> datetime:
        return self.moment + timedelta(seconds=self.watch)

    def monotonic(self) -> float:
        return self.watch


@pytest.mark.row("F-13")
def test_ticks_come_at_once_when_the_clock_was_set_back(now: datetime) -> None:
    wall = Wall(now)
    scheduler = ticking([Job("a", 3600, lambda: None)], Clock())
    scheduler.start(paused=True)
    try:
        watch = Watch(scheduler, wall)
        wall.watch += 2
        assert not watch.look()
        wall.moment += timedelta(hours=1)
        assert not watch.look()
        wall.moment -= timedelta(hours=2)
        assert watch.look()
        assert scheduler.get_job("a").next_run_time == wall.now()
        assert not watch.look()
    finally:
        scheduler.shutdown()


@pytest.mark.row("F-24")
def test_a_sign_of_life_is_written_at_most_every_twenty_seconds(database: Database, now: datetime) -> None:
    wall = Wall(now)
    done = beating(database, wall)
    written = []
    for _ in range(5):
        done("deliveries")
        with database.reading() as conn:
            written.append(heartbeats.all_of(conn)["deliveries"].at)
        wall.watch += 10
    # PostgreSQL's own clock says when; which looks wrote is what counts.
    assert [written.index(at) for at in written] == [0, 0, 2, 2, 4]


@pytest.mark.row("P1")
@pytest.mark.row("F-24")
def test_signs_of_life_are_written_together_each_with_its_own_moment(
    database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    wall = Wall(now)
    done = beating(database, wall)
    for name in ("deliveries", "terms", "alarms"):
        done(name)  # never heard of: written at once
    writes: list[Database] = []
    writing = Database.writing

    def note(of: Database) -> Any:
        writes.append(of)
        return writing(of)

    monkeypatch.setattr(Database, "writing", note)
    with database.reading() as conn:
        first = heartbeats.all_of(conn)
    for seconds, name in ((5, "terms"), (5, "alarms"), (9, "terms")):
        wall.watch += seconds
        done(name)
    assert writes == []
    wall.watch += 1
    done("deliveries")
    assert len(writes) == 1
    with database.reading() as conn:
        found = heartbeats.all_of(conn)
    last = found["deliveries"].at
    assert {name: (last - beat.at).total_seconds() for name, beat in found.items()} == {
        "deliveries": 0,
        "terms": 1,
        "alarms": 10,
    }
    assert all(found[name].at > first[name].at - timedelta(seconds=11) for name in first)


@pytest.mark.row("P1")
def test_while_nothing_is_due_no_frequent_job_keeps_callers_from_writing(
    database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(now)
    lease = Lease(database, clock, "us")
    lease.keep()
    settings = load_settings(frozen.OFFICE)
    frequent = [one for one in jobs_of_office(settings, database, clock, lease) if one.every <= OFTEN]
    assert len(frequent) >= 5
    writers: list[str] = []
    for work in frequent:
        work.run_once(lambda: True)  # the first time looks at more
        with monkeypatch.context() as watched:
            writing = Database.writing

            def note(of: Database, name: str = work.name, writing: Any = writing) -> Any:
                writers.append(name)
                return writing(of)

            watched.setattr(Database, "writing", note)
            work.run_once(lambda: True)
    assert writers == []


@pytest.mark.row("F-24")
def test_what_was_never_done_or_not_for_eighty_seconds_is_stale(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        heartbeats.beat(conn, "deliveries", now)
        heartbeats.beat(conn, "escalations", now - timedelta(seconds=81))
        assert heartbeats.stale(conn, now) == ["escalations", "terms"]
        assert heartbeats.stale(conn, now + timedelta(seconds=80)) == ["escalations", "terms"]
        assert heartbeats.stale(conn, now + timedelta(seconds=81)) == list(heartbeats.VITAL)


@pytest.mark.row("F-13")
@pytest.mark.row("F-24")
def test_a_sign_of_life_from_before_the_clock_was_set_back_is_none(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        for name in heartbeats.VITAL:
            heartbeats.beat(conn, name, now + timedelta(hours=1))
        assert heartbeats.stale(conn, now) == list(heartbeats.VITAL)
