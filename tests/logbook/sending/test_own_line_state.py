"""Whether citizens can reach the office's own line, as its process says: within minutes an alarm when not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logbook.database.engine import Database
from logbook.sending import own_line_state
from tests.conftest import NOW


def names(database: Database, minutes: float) -> list[str]:
    with database.reading() as conn:
        return [alarm.name for alarm in own_line_state.alarms(conn, NOW + timedelta(minutes=minutes))]


@pytest.mark.row("F-24")
def test_a_line_nobody_can_reach_is_an_alarm_within_five_minutes(database: Database) -> None:
    assert names(database, 0) == []  # it never ran: this office has none
    with database.writing() as conn:
        own_line_state.write(conn, NOW, answers=True, registered=True, calls=2)
    assert names(database, 1) == []
    assert names(database, 3) == ["line_silent"]  # its process says nothing any more
    with database.writing() as conn:
        own_line_state.write(conn, NOW + timedelta(minutes=3), answers=True, registered=False, calls=0)
        state = own_line_state.read(conn)
    assert state is not None
    assert (state.calls, state.well(NOW), state.reached_at) == (0, False, NOW)
    assert names(database, 3.1) == ["line_unregistered"]
    with database.writing() as conn:
        own_line_state.write(conn, NOW + timedelta(minutes=4), answers=True, registered=True, calls=0)
    assert names(database, 4.1) == []
