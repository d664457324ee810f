"""Callbacks: a promise is one per call, the longest waiting first, until it is settled."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from logbook import callbacks, recordings
from logbook.database import Database


def test_a_callback_is_owed_once_per_call_from_the_first_moment(
    database: Database, phone: Any, record: Any, now: datetime
) -> None:
    with database.writing() as conn:
        first, second = phone(conn, "CA1", None), phone(conn, "CA2")
        recording = record(conn, first, "a")
        callbacks.owe(conn, second, "asked", "+84912345678", now + timedelta(minutes=1))
        callbacks.owe(conn, first, "missed", None, now)
        callbacks.owe(conn, first, "message", "+84900000000", now + timedelta(hours=1), recording.id)
        owed = callbacks.owed(conn)
        assert recordings.unclaimed(conn, first.id, 3) is None
        with pytest.raises(ValueError, match="reason"):
            callbacks.owe(conn, first, "whim", None, now)
    assert [(one.reason, one.number, one.owed_since) for one in owed] == [
        ("message", "+84900000000", now),
        ("asked", "+84912345678", now + timedelta(minutes=1)),
    ]


def test_a_settled_callback_is_owed_no_more_and_settled_once(
    database: Database, phone: Any, now: datetime
) -> None:
    with database.writing() as conn:
        call = phone(conn)
        callbacks.owe(conn, call, "asked", None, now)
        assert callbacks.settle(conn, call.id, now)
        assert not callbacks.settle(conn, call.id, now)
        assert callbacks.owed(conn) == []


def test_a_promise_made_again_after_the_first_was_kept_is_owed_from_then_on(
    database: Database, phone: Any, now: datetime
) -> None:
    later = now + timedelta(minutes=3)
    with database.writing() as conn:
        call = phone(conn)
        callbacks.owe(conn, call, "missed", None, now)
        callbacks.settle(conn, call.id, now)
        again = callbacks.owe(conn, call, "missed", None, later)
        assert (again.state, again.owed_since, again.settled_at) == ("owed", later, None)
        assert [one.id for one in callbacks.owed(conn)] == [again.id]
