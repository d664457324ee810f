"""The scheduler's lease: one works, the other stands by and takes over."""

from datetime import datetime, timedelta

import pytest

from logbook.clock import Clock
from logbook.database import Database
from scheduler.lease import Lease


class SetClock(Clock):
    """A clock a test turns by hand, wall and watch together."""

    def __init__(self, start: datetime) -> None:
        super().__init__(start)
        self.passed = 0.0

    def monotonic(self) -> float:
        return getattr(self, "passed", 0.0)


@pytest.mark.row("F-20")
def test_a_standby_takes_over_when_the_first_stops_renewing(database: Database, now: datetime) -> None:
    clock = SetClock(now)
    first, second = Lease(database, clock, "a"), Lease(database, clock, "b")
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
    first, second = Lease(database, clock, "a"), Lease(database, clock, "b")
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
    first, second = kind(database, clock, "a"), kind(database, clock, "b")
    assert first.keep()
    clock.wall, clock.watch = now - timedelta(hours=1), 31.0
    assert second.keep()
    assert (first.held() and second.held()) is both
