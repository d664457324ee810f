"""Recordings as rows: reported in any order, retried in time, given up where a clerk sees it."""

import dataclasses
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from logbook.database.engine import Database
from logbook.database.tables import recordings as table
from logbook.recordings import recordings, unfiled
from logbook.recordings.recordings import Recording

HOLD = timedelta(seconds=90)


def test_a_recording_value_has_the_columns_of_its_table_in_order() -> None:
    assert [field.name for field in dataclasses.fields(Recording)] == [column.name for column in table.c]


@pytest.mark.row("F-04")
@pytest.mark.parametrize("told", [(None, 9), (9, None), (9, 9, None)])
def test_a_recording_told_of_in_any_order_is_one_row_with_its_length(
    database: Database, phone: Any, now: datetime, told: tuple[int | None, ...]
) -> None:
    with database.writing() as conn:
        call = phone(conn)
        rows = [
            recordings.hear_of(
                conn,
                call_id=call.id,
                turn=3,
                sid="RE" + "a" * 32,
                seconds=seconds,
                purpose="complaint",
                now=now,
            )
            for seconds in told
        ]
    assert len({row.id for row in rows}) == 1
    assert (rows[-1].seconds, rows[-1].state, rows[-1].next_try_at) == (9, "pending", now)


@pytest.mark.row("T-20")
@pytest.mark.parametrize(
    "sid", ["RE../../../etc/passwd", "RE" + "_" * 32, "RE" + "a" * 63, "", "RE" + "²" * 32, "nameless:1:3"]
)
def test_a_sid_of_another_shape_is_refused(database: Database, phone: Any, now: datetime, sid: str) -> None:
    with database.writing() as conn, pytest.raises(ValueError, match="sid"):
        recordings.hear_of(
            conn, call_id=phone(conn).id, turn=3, sid=sid, seconds=1, purpose="complaint", now=now
        )


def test_a_recording_is_unclaimed_until_a_ticket_has_it(
    database: Database, phone: Any, record: Any, complain: Any
) -> None:
    with database.writing() as conn:
        call = phone(conn)
        recording = record(conn, call, "a")
        assert unfiled.unclaimed(conn, call.id, 3) == recording
        assert unfiled.unclaimed(conn, call.id, 4) is None
        complain(conn, call, recording.id)
        assert unfiled.unclaimed(conn, call.id, 3) is None
        recordings.absent(conn, record(conn, call, "b").id, "16102")
        assert unfiled.unclaimed(conn, call.id, 3) is None


def test_a_due_recording_is_claimed_by_one_runner(
    database: Database, phone: Any, record: Any, now: datetime
) -> None:
    with database.writing() as conn:
        record(conn, phone(conn), "a")
        (seen,) = recordings.due(conn, now, 10)
        assert recordings.claim(conn, seen, HOLD, now)
        assert not recordings.claim(conn, seen, HOLD, now)
        assert recordings.due(conn, now, 10) == []
        assert len(recordings.due(conn, now + HOLD, 10)) == 1


@pytest.mark.row("F-15")
def test_a_failing_recording_is_tried_ever_more_seldom_for_a_day_and_then_given_up(
    database: Database, phone: Any, record: Any, now: datetime
) -> None:
    moment, tries = now, []
    stored: Recording | None = None
    with database.writing() as conn:
        recording = record(conn, phone(conn), "a")
        while due := recordings.due(conn, moment, 10):
            tries.append(moment)
            recordings.claim(conn, due[0], HOLD, moment)
            recordings.failed(conn, recording.id, "HTTP 404\x00", moment, 24)
            stored = recordings.find(conn, recording.id)
            assert stored is not None
            moment = stored.next_try_at or moment + timedelta(days=30)
    assert stored is not None
    assert (stored.state, stored.next_try_at, stored.last_error) == ("given_up", None, "HTTP 404")
    pauses = [later - earlier for earlier, later in pairwise(tries)]
    assert pauses[0] == timedelta(seconds=10)
    assert pauses == sorted(pauses)
    assert max(pauses) == timedelta(hours=1)
    assert timedelta(hours=24) <= tries[-1] - now <= timedelta(hours=25)


@pytest.mark.row("F-15")
def test_a_stored_recording_stays_stored_and_only_its_deletion_is_tried_again(
    database: Database, phone: Any, record: Any, now: datetime
) -> None:
    with database.writing() as conn:
        recording = record(conn, phone(conn), "a")
        recordings.stored(
            conn,
            recording.id,
            file_name="2026/11/" + "0" * 32 + ".wav",
            sha256="0" * 64,
            size=10,
            media_type="audio/wav",
            now=now,
            delete_at_provider=True,
        )
        recordings.absent(conn, recording.id, "16101")
        assert len(recordings.due(conn, now, 10)) == 1
        recordings.failed(conn, recording.id, "HTTP 500", now + timedelta(hours=30), 24)
        kept = recordings.by_sid(conn, recording.sid)
        assert kept is not None
        assert (kept.state, kept.next_try_at, kept.provider_deleted_at) == ("stored", None, None)
        recordings.deleted_at_provider(conn, recording.id, now)
        assert recordings.due(conn, now + timedelta(days=9), 10) == []


@pytest.mark.row("F-15")
def test_an_unplayable_recording_is_kept_with_its_error_and_not_asked_for_again(
    database: Database, phone: Any, record: Any, now: datetime
) -> None:
    with database.writing() as conn:
        recording = record(conn, phone(conn), "a")
        recordings.unplayable(conn, recording.id, "neither WAV nor MP3")
        kept = recordings.find(conn, recording.id)
        assert recordings.due(conn, now + timedelta(days=9), 10) == []
    assert kept is not None
    assert (kept.state, kept.last_error) == ("unplayable", "neither WAV nor MP3")
