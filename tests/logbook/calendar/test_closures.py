"""Closures and day overrides: what the calendar gets beside its windows."""

from datetime import date, datetime, timedelta

import pytest

from logbook.calendar import closures
from logbook.calendar.working_days import DayOverride
from logbook.calendar.working_time import Closure
from logbook.database.engine import Database

HOUR = timedelta(hours=1)


def test_only_closures_that_hold_or_will_are_told(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        closures.close_line(conn, now - 2 * HOUR, now, "đã qua", "an", now)
        closures.close_line(conn, now - HOUR, None, "bão", "an", now)
        closures.close_line(conn, now + HOUR, now + 2 * HOUR, "bầu cử", "an", now)
        seen = closures.current_and_coming(conn, now)
        assert seen == [Closure(now - HOUR, None, "bão"), Closure(now + HOUR, now + 2 * HOUR, "bầu cử")]
        assert closures.reopen_line(conn, now) == 1
        assert [one.reason for one in closures.current_and_coming(conn, now)] == ["bầu cử"]
        assert [one.ended_early_at for one in closures.listed(conn)] == [None, now, None]


def test_a_closure_needs_a_reason_and_an_end_after_its_start(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        with pytest.raises(ValueError, match="ends after"):
            closures.close_line(conn, now, now, "bão", "an", now)
        with pytest.raises(ValueError, match="reason"):
            closures.close_line(conn, now, None, " ", "an", now)


def test_the_last_decision_about_a_day_stands(database: Database) -> None:
    day = date(2026, 1, 2)
    with database.writing() as conn:
        closures.override_day(conn, day, worked=True, reason="nhầm", document="1")
        closures.override_day(conn, day, worked=False, reason="hoán đổi", document="12729/VPCP-KGVX")
        assert closures.overrides(conn) == [DayOverride(day, False, "hoán đổi", "12729/VPCP-KGVX")]


def test_only_a_closure_that_has_not_begun_is_called_off(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        holding = closures.close_line(conn, now - HOUR, None, "bão", "an", now)
        coming = closures.close_line(conn, now + HOUR, None, "bầu cử", "an", now)
        assert not closures.cancel_coming(conn, holding, now)
        assert closures.cancel_coming(conn, coming, now)
        assert not closures.cancel_coming(conn, coming, now)
        assert closures.current_and_coming(conn, now) == [Closure(now - HOUR, None, "bão")]


def test_a_decision_about_a_day_can_be_taken_back(database: Database, now: datetime) -> None:
    day = date(2027, 1, 4)
    with database.writing() as conn:
        closures.override_day(conn, day, worked=False, reason="nghỉ bù", document="12/TB")
        assert closures.override_of(conn, day) == DayOverride(
            day, worked=False, reason="nghỉ bù", document="12/TB"
        )
        assert closures.remove_override(conn, day)
        assert not closures.remove_override(conn, day)
        assert closures.override_of(conn, day) is None
