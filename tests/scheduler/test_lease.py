"""The scheduler's lease: one works, the other stands by and takes over."""

from datetime import datetime

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
