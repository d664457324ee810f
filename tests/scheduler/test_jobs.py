"""The timetable: ticks in Vietnamese time, never dropped, never ended by a failure."""

from datetime import timedelta

import pytest

from logbook.clock import ZONE
from logbook.database import DatabaseBusy
from scheduler.jobs import Job, guarded, ticking


@pytest.mark.row("F-05")
def test_ticks_are_never_dropped_for_being_late_and_never_pile_up() -> None:
    scheduler = ticking([Job("a", 5, lambda: None)])
    scheduler.start(paused=True)
    try:
        (job,) = scheduler.get_jobs()
        assert (job.misfire_grace_time, job.coalesce, job.max_instances) == (None, True, 1)
        assert job.trigger.interval == timedelta(seconds=5)
        assert scheduler.timezone is ZONE
    finally:
        scheduler.shutdown()


@pytest.mark.parametrize("error", [DatabaseBusy("locked"), ZeroDivisionError()])
def test_a_failing_tick_is_said_and_survived(error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise error

    guarded(Job("a", 5, fail))()
    assert "next tick tries again" in capsys.readouterr().out
