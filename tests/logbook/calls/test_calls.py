"""Calls: every repetition finds what was written, every order of callbacks ends alike."""

import dataclasses
from datetime import datetime, timedelta
from itertools import permutations

import pytest
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import IntegrityError

from logbook.calls import calls, legs
from logbook.calls.calls import Call
from logbook.database.engine import Database
from logbook.database.tables import calls as calls_table
from logbook.database.tables import consents
from logbook.database.tables import legs as legs_table
from logbook.ids import CallId


def begun(conn: Connection, now: datetime, sid: str = "CA1", caller_raw: str = "+84912345678") -> Call:
    return calls.begin(
        conn,
        sid=sid,
        direction="inbound",
        caller_raw=caller_raw,
        caller_number="+84912345678",
        called="+842583842102",
        language="vi",
        place="{}",
        time_shift=0,
        now=now,
    )


def kept(conn: Connection, call: Call, number: int, now: datetime) -> None:
    calls.keep_turn(
        conn,
        call,
        number=number,
        heard='{"keys":"4"}',
        said='["menu"]',
        place=f'{{"at":{number}}}',
        place_name="menu",
        answer=f"<Response>{number}</Response>",
        next_turn=number + 1,
        now=now,
    )


def test_a_call_value_has_the_columns_of_its_table_in_order() -> None:
    assert [field.name for field in dataclasses.fields(Call)] == [column.name for column in calls_table.c]


@pytest.mark.row("T-02")
def test_a_call_begun_twice_is_one_call_as_it_stood(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        first = begun(conn, now)
        kept(conn, first, 0, now)
    with database.writing() as conn:
        again = begun(conn, now + timedelta(seconds=3), caller_raw="somebody else")
        assert conn.execute(select(func.count()).select_from(calls_table)).scalar_one() == 1
    assert again == dataclasses.replace(first, turn=1, place='{"at":0}')


@pytest.mark.row("T-02")
def test_a_turn_is_answered_once_and_the_answer_can_be_given_again(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        call = begun(conn, now)
        kept(conn, call, 0, now)
    with database.writing() as conn:
        assert calls.answer_of(conn, call.id, 0) == "<Response>0</Response>"
        assert calls.answer_of(conn, call.id, 1) is None
    with pytest.raises(IntegrityError), database.writing() as conn:
        kept(conn, call, 0, now)


def test_an_unknown_call_is_nobody(database: Database) -> None:
    with database.writing() as conn:
        assert calls.take(conn, "CA\x00unknown") is None


def test_what_outsiders_send_is_stored_or_cut_but_never_an_error(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        call = begun(conn, now, caller_raw="a\x00b\ud800c\n" + "Đ" * 500)
        heard = calls.hear_status(conn, call, "com\x00pleted", 0, 0, now)
        calls.hear_status(conn, heard, "completed", 2**63, 2**64, now)
        legs.leg_ended(conn, call.id, 1, "busy\x00", 2**63, "CA\x00", now)
        stored = calls.take(conn, "CA1")
    assert stored is not None
    assert stored.caller_raw == ("abc\n" + "Đ" * 500)[:128]
    assert stored.status_sequence == 2**31 - 1
    assert stored.duration == 2**31 - 1


@pytest.mark.row("F-04")
def test_status_callbacks_in_any_order_and_twice_end_alike(database: Database, now: datetime) -> None:
    seen = [("ringing", 0, None), ("in-progress", 1, None), ("completed", 2, 61), ("failed", 1, None)]
    ends = set()
    with database.writing() as conn:
        for number, order in enumerate(permutations(seen)):
            call = begun(conn, now, sid=f"CA{number}")
            for status, sequence, duration in (*order, order[0], order[2]):
                call = calls.hear_status(conn, call, status, sequence, duration, now)
            assert call == calls.take(conn, call.sid)
            ends.add((call.status, call.status_sequence, call.duration, call.ended_at))
    assert ends == {("completed", 2, 61, now)}


def test_the_first_reason_a_call_ended_for_stays(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        call = begun(conn, now)
        calls.end(conn, call.id, "hung_up", now)
        calls.end(conn, call.id, "finished", now + timedelta(seconds=5))
        ended = calls.take(conn, "CA1")
    assert ended is not None
    assert (ended.outcome, ended.ended_at) == ("hung_up", now)


def test_only_what_a_call_may_teach_is_noted(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        call = begun(conn, now)
        calls.note(conn, call.id, purpose="complaint", caller_type="organisation")
        noted = calls.take(conn, "CA1")
        with pytest.raises(ValueError, match="sid"):
            calls.note(conn, call.id, sid="CA2")
    assert noted is not None
    assert (noted.purpose, noted.caller_type, noted.language) == ("complaint", "organisation", "vi")


@pytest.mark.row("000-01")
def test_a_call_reads_back_turn_by_turn_with_the_legs_it_rang(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        call = begun(conn, now)
        for number in range(3):
            kept(conn, call, number, now + timedelta(seconds=number))
        for _ in range(2):
            legs.ring(conn, call.id, 2, "van_phong", "+842583842111", now)
        legs.leg_ended(conn, call.id, 2, "completed", 42, "CA9", now)
        legs.leg_ended(conn, call.id, 2, "busy", 0, None, now)
        assert conn.execute(select(func.count()).select_from(legs_table)).scalar_one() == 1
    with database.reading() as conn:
        timeline = calls.timeline(conn, call.id)
        assert calls.timeline(conn, CallId(call.id + 1)) is None
    assert timeline is not None
    assert [turn.number for turn in timeline.turns] == [0, 1, 2]
    assert [(leg.person_id, leg.outcome, leg.seconds) for leg in timeline.legs] == [
        ("van_phong", "completed", 42)
    ]


def test_the_newest_calls_come_first_page_by_page(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        for number in range(5):
            begun(conn, now, sid=f"CA{number}")
    with database.reading() as conn:
        first = calls.recent(conn, 2)
        second = calls.recent(conn, 2, before=first[-1].id)
    assert [call.sid for call in (*first, *second)] == ["CA4", "CA3", "CA2", "CA1"]


def test_a_consent_is_kept_with_wording_and_key_and_never_changed(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        call = begun(conn, now)
        for key, given in (("1", True), ("2", False)):
            calls.consent(
                conn,
                call_id=call.id,
                turn=4,
                purpose="complaint",
                wording_version="2026-1",
                key=key,
                given=given,
                now=now,
            )
        rows = conn.execute(select(consents.c.key, consents.c.given, consents.c.wording_version)).all()
    assert [tuple(row) for row in rows] == [("1", True, "2026-1")]
