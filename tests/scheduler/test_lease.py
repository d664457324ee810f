"""The scheduler's lease: one works, the other stands by and takes over."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection

from logbook.clock import Clock
from logbook.database.engine import Database
from scheduler.lease import Lease
from tests.one_kind import on_postgresql
from tests.suite.waiting import until


class SetClock(Clock):
    """A clock a test turns by hand, wall and watch together."""

    def __init__(self, start: datetime) -> None:
        super().__init__(start)
        self.passed = 0.0

    def monotonic(self) -> float:
        return getattr(self, "passed", 0.0)

    def of(self, _conn: Connection) -> datetime:
        return self.now()


@pytest.mark.row("F-20")
def test_a_standby_takes_over_when_the_first_stops_renewing(database: Database, now: datetime) -> None:
    clock = SetClock(now)
    first, second = Lease(database, clock, "a", now=clock.of), Lease(database, clock, "b", now=clock.of)
    assert first.keep()
    assert not second.keep()
    assert (first.held(), second.held()) == (True, False)
    clock.passed = 29
    assert not second.keep()
    clock.passed = 30
    assert not first.held()
    assert second.keep()
    assert not first.keep()


def test_a_lease_let_go_is_taken_at_once(database: Database, now: datetime) -> None:
    clock = SetClock(now)
    first, second = Lease(database, clock, "a", now=clock.of), Lease(database, clock, "b", now=clock.of)
    first.keep()
    first.let_go()
    assert not first.held()
    assert second.keep()


class SetBack(Clock):
    """A clock whose wall is set back while its watch goes on."""

    def __init__(self, start: datetime) -> None:
        super().__init__()
        self.wall, self.watch = start, 0.0

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.watch

    def of(self, _conn: Connection) -> datetime:
        return self.now()


class ByTheWall(Lease):
    """A planted bug: judged by the clock on the wall."""

    wall_until: datetime

    def keep(self) -> bool:
        self.wall_until = self.clock.now() + timedelta(seconds=30)
        return super().keep()

    def held(self) -> bool:
        return self._epoch is not None and self.clock.now() < self.wall_until


@pytest.mark.row("F-13")
@pytest.mark.parametrize(("kind", "both"), [(Lease, False), (ByTheWall, True)])
def test_an_hour_set_back_leaves_one_that_works_and_a_lease_by_the_wall_is_found_out(
    database: Database, now: datetime, kind: type[Lease], both: bool
) -> None:
    clock = SetBack(now)
    first, second = kind(database, clock, "a", now=clock.of), kind(database, clock, "b", now=clock.of)
    assert first.keep()
    clock.wall, clock.watch = now - timedelta(hours=1), 1.0
    assert not second.keep()  # another may hold it yet, whatever the wall says
    clock.watch = 31.0
    assert second.keep()
    assert (first.held() and second.held()) is both


class Apart(Clock):
    """The clock of a machine that goes wrong by so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.wrong = timedelta(seconds=seconds)

    def now(self) -> datetime:
        return super().now() + self.wrong

    def of(self, _conn: Connection) -> datetime:
        return self.now()


@on_postgresql
@pytest.mark.row("S6")
@pytest.mark.row("F-28")
@pytest.mark.parametrize("careless", [False, True])
def test_two_machines_whose_clocks_differ_never_both_hold_the_lease(
    database: Database, careless: bool
) -> None:
    both = []
    for number, seconds in enumerate((1, -1, 45, -45, 60, -60, 600, -600)):
        clocks = Apart(0), Apart(seconds)
        first, second = (
            Lease(database, clock, owner, name=f"s{number}", now=clock.of if careless else None)
            for clock, owner in zip(clocks, "ab", strict=True)
        )
        assert first.keep()
        for lease in (second, first, second):
            lease.keep()
            both += [seconds] if first.held() and second.held() else []
    assert bool(both) is careless


@on_postgresql
@pytest.mark.row("S6")
def test_a_runner_whose_clock_is_wrong_takes_over_when_the_other_is_gone(database: Database) -> None:
    first = Lease(database, Apart(0), "a", seconds=0.2)
    second = Lease(database, Apart(-45), "b", seconds=0.2)
    assert first.keep()
    assert until(second.keep)
    assert not first.held()


@pytest.mark.row("F-13")
def test_a_clock_set_back_less_than_two_leases_leaves_the_holder_alone(
    database: Database, now: datetime
) -> None:
    clock = SetBack(now)
    first, second = (Lease(database, clock, owner, now=clock.of) for owner in "ab")
    assert first.keep()
    clock.wall -= timedelta(seconds=45)
    for watch in (5.0, 10.0, 20.0):
        clock.watch = watch
        assert first.keep()
        assert not second.keep()
