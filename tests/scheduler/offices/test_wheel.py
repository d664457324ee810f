"""The wheel turns every office in its time, and one that hangs delays nobody."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from logbook.clock import Clock
from scheduler.jobs import LEASE, Job
from scheduler.offices.wheel import PER_OFFICE, QUIET_SECONDS, Wheel
from tests.suite.waiting import PATIENCE, until


class Watch(Clock):
    """A clock whose monotonic time a test sets."""

    def __init__(self) -> None:
        super().__init__()
        self.at = 0.0

    def monotonic(self) -> float:
        return self.at


@dataclass
class Office:
    """An office whose jobs note that they ran."""

    code: str
    every: Sequence[Job]
    written: object = 0
    rested: list[float] = field(default_factory=list)

    def jobs(self) -> Sequence[Job]:
        return self.every

    def sign(self) -> object:
        return self.written

    def rest(self) -> None:
        self.rested.append(0)


def _noting(ran: list[str], code: str, every: float = 60.0, name: str = "works") -> Job:
    return Job(name, every, lambda: ran.append(code))


def turn_until(wheel: Wheel, done: Callable[[], bool], most: int = 3000) -> None:
    for _ in range(most):
        wheel.turn(0.01)
        if done():
            return
    pytest.fail("not done")


def settle(wheel: Wheel) -> None:
    """Begin whatever is due now and wait until it has run."""
    for _ in range(300):
        wheel.turn(0.0)
        with wheel._turned:
            wheel._turned.wait_for(lambda: not wheel._begun, PATIENCE)
            if not wheel._heap or wheel._heap[0][0] > wheel._clock.monotonic():
                return


@pytest.mark.row("F-27")
def test_an_office_that_hangs_in_every_job_delays_no_other() -> None:
    """Each of its jobs holds a place for a slice of time, and goes on alone afterwards."""
    hangs = threading.Event()
    ran: list[str] = []
    wheel = Wheel(Clock(), slots=1, slice_seconds=0.05)
    stuck = Office("1", [Job(f"stuck {number}", 60, lambda: hangs.wait(PATIENCE)) for number in range(9)])
    others = [Office(str(code), [_noting(ran, str(code))]) for code in range(2, 30)]
    for office in (stuck, *others):
        wheel.put(office)
    try:
        turn_until(wheel, lambda: len(ran) == len(others))
        assert len(wheel._begun) <= PER_OFFICE
    finally:
        hangs.set()
        assert wheel.end(PATIENCE)
    assert sorted(ran) == sorted(one.code for one in others)


@pytest.mark.row("F-27")
def test_what_hangs_at_an_office_keeps_its_lease_and_its_notifications_waiting_no_longer() -> None:
    hangs, hung, ran = threading.Event(), list[str](), list[str]()
    watch = Watch()
    wheel = Wheel(watch, slice_seconds=0.0)

    def hang() -> None:
        hung.append("1")
        hangs.wait(PATIENCE)

    stuck = [Job(f"stuck {number}", 60.0, hang) for number in range(PER_OFFICE + 1)]
    names = (LEASE, "escalations", "deliveries")
    wheel.put(Office("1", [*stuck, *(_noting(ran, name, 10.0, name) for name in names)]))
    try:
        turn_until(wheel, lambda: len(hung) == PER_OFFICE)
        for _ in range(3):
            turn_until(wheel, lambda: len(ran) == len(names))
            turn_until(wheel, lambda: len(wheel._begun) == PER_OFFICE)
            ran.clear()
            watch.at += 20.0
        assert len(hung) == PER_OFFICE
    finally:
        hangs.set()
        assert wheel.end(PATIENCE)


def test_a_job_that_hangs_after_its_office_was_let_go_counts_as_left_behind() -> None:
    hangs = threading.Event()
    wheel = Wheel(Watch())
    wheel.put(Office("1", [Job("hangs", 60.0, lambda: hangs.wait(PATIENCE))]))
    try:
        turn_until(wheel, lambda: len(wheel._begun) == 1)
        assert wheel.left_behind() == 0
        wheel.put(Office("1", [Job("hangs", 60.0, lambda: hangs.wait(PATIENCE))]))
        turn_until(wheel, lambda: len(wheel._begun) == 2)
        assert wheel.left_behind() == 1
    finally:
        hangs.set()
        assert wheel.end(PATIENCE)


def test_a_job_rests_while_nothing_is_written_and_runs_when_something_is() -> None:
    watch, ran = Watch(), []
    wheel = Wheel(watch)
    office = Office("1", [Job("often", 2.0, lambda: ran.append(watch.at)), Job("rarely", 60.0, lambda: None)])
    wheel.put(office)
    for step in range(9):
        watch.at = step * 2.0
        settle(wheel)
    assert ran == [0.0, QUIET_SECONDS], "once at the start, and again when it had rested for long"
    office.written = 1
    watch.at = 18.0
    settle(wheel)
    assert ran[-1] == 18.0
    office.written = None
    for step in range(4):
        watch.at = 20.0 + step * 2.0
        settle(wheel)
    assert ran[3:] == [24.0], "where nobody can tell it runs by the clock"
    wheel.end(PATIENCE)


def test_whoever_takes_the_lease_over_runs_every_job_at_once() -> None:
    watch, held, ran = Watch(), [False], []
    wheel = Wheel(watch)
    lease = Job(LEASE, 10.0, lambda: held[0])
    wheel.put(Office("1", [lease, Job("hourly", 3600.0, lambda: ran.append(watch.at) if held[0] else None)]))
    settle(wheel)
    held[0] = True
    watch.at = 10.0
    settle(wheel)
    assert ran == [10.0]
    wheel.end(PATIENCE)


def test_an_office_that_was_let_go_runs_nothing_more_and_a_failure_ends_nothing() -> None:
    watch, ran = Watch(), []

    def fail() -> None:
        ran.append("failed")
        raise ZeroDivisionError

    wheel = Wheel(watch)
    wheel.put(Office("1", [Job("fails", 60.0, fail)]))
    wheel.put(Office("2", [Job("works", 60.0, lambda: ran.append("worked"))]))
    settle(wheel)
    wheel.drop("2")
    watch.at = 61.0
    settle(wheel)
    assert sorted(ran) == ["failed", "failed", "worked"]
    wheel.end(PATIENCE)


def test_an_office_that_was_let_go_in_the_middle_of_a_job_gives_its_files_back_at_the_jobs_end() -> None:
    """A paused office whose book stayed open could not be restored."""
    begun, goes_on = threading.Event(), threading.Event()

    def works() -> None:
        begun.set()
        goes_on.wait(PATIENCE)

    wheel = Wheel(Watch())
    office = Office("1", [Job("works", 60.0, works)])
    wheel.put(office)
    wheel.turn(0.0)
    assert begun.wait(PATIENCE)
    wheel.drop("1")
    assert office.rested == []
    goes_on.set()
    assert until(lambda: office.rested == [0])
    wheel.end(PATIENCE)


def test_books_nobody_works_on_give_their_files_back() -> None:
    watch = Watch()
    wheel = Wheel(watch, most_open=2)
    offices = [Office(str(code), [Job("works", 60.0, lambda: None)]) for code in range(6)]
    for office in offices:
        wheel.put(office)
    settle(wheel)
    assert sum(bool(one.rested) for one in offices) == 4
    wheel.end(PATIENCE)


def test_the_lease_and_what_notifies_people_go_before_reports_and_copies() -> None:
    ran: list[str] = []
    names = ("reports", "backups", "deliveries", LEASE, "escalations")
    wheel = Wheel(Watch(), slots=1)
    wheel.put(Office("1", [_noting(ran, name, name=name) for name in names]))
    settle(wheel)
    assert ran == ["deliveries", LEASE, "escalations", "reports", "backups"]
    wheel.end(PATIENCE)


def test_what_giving_back_files_writes_wakes_no_job() -> None:
    watch = Watch()
    ran: list[str] = []
    wheel = Wheel(watch, most_open=1)

    class Closing(Office):
        def rest(self) -> None:
            self.written = object()

    offices = [Closing(str(code), [_noting(ran, str(code), 2.0)]) for code in range(3)]
    for office in offices:
        wheel.put(office)
    settle(wheel)
    wheel.turn(0.0)
    watch.at = 3.0
    settle(wheel)
    assert sorted(ran) == ["0", "1", "2"]
    wheel.end(PATIENCE)
