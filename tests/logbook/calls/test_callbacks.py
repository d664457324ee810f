"""Callbacks: a promise is one per call, the longest waiting first, until it is settled."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from logbook.accounts import accounts
from logbook.calls import callbacks
from logbook.database.engine import Database
from logbook.database.errors import StaleVersionError
from logbook.recordings import unfiled


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
        assert unfiled.unclaimed(conn, first.id, 3) is None
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


def test_the_queue_goes_on_after_the_last_one_shown_and_done_ones_are_the_latest_first(
    database: Database, phone: Any, now: datetime
) -> None:
    with database.writing() as conn:
        called = [phone(conn, f"CA{number}") for number in range(5)]
        rows = [callbacks.owe(conn, call, "asked", None, now) for call in called]
        assert callbacks.owed(conn, 2) == rows[:2]
        assert callbacks.owed(conn, 9, after=rows[1]) == rows[2:]
        for minutes, call in enumerate(called[:3]):
            callbacks.settle(conn, call.id, now + timedelta(minutes=minutes))
        done = callbacks.settled(conn, 2)
        assert [one.id for one in done] == [rows[2].id, rows[1].id]
        assert [one.id for one in callbacks.settled(conn, 9, before=done[-1])] == [rows[0].id]


def test_a_call_by_hand_settles_or_counts_and_keeps_the_note(
    database: Database, phone: Any, now: datetime
) -> None:
    with database.writing() as conn:
        person = accounts.add(
            conn, login="lan", name="Lan", role="clerk", password="correct horse battery", now=now
        )
        row = callbacks.owe(conn, phone(conn), "asked", None, now)

        def tried(version: int, note: str, *, talked: bool) -> callbacks.Callback:
            callbacks.tried_by_hand(
                conn, row.id, version, talked=talked, note=note, person_id=person, now=now
            )
            found = callbacks.find(conn, row.id)
            assert found is not None
            return found

        first = tried(0, "máy bận", talked=False)
        assert (first.state, first.tries, first.note, first.owner_id) == ("owed", 1, "máy bận", person)
        assert callbacks.owners(conn, [first]) == {person: "Lan"}
        with pytest.raises(StaleVersionError):
            tried(0, "lần hai", talked=True)
        second = tried(first.version, " ", talked=True)
        assert (second.state, second.settled_at, second.tries, second.note) == ("settled", now, 2, "máy bận")
        with pytest.raises(StaleVersionError):
            tried(second.version, "", talked=False)


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
