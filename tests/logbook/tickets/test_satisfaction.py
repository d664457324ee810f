"""The citizen's verdict: once per answer, and never on an answer that is out of date."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from logbook.calls import calls
from logbook.database.engine import Database
from logbook.tickets import open_by_phone, satisfaction, tickets
from logbook.tickets.tickets import Ticket
from tests.town_hall import move


def ticket(conn: Connection, now: datetime) -> Ticket:
    call = calls.begin(
        conn,
        sid="CA1",
        direction="inbound",
        caller_raw="+84912345678",
        caller_number="+84912345678",
        called="+842583842102",
        language="vi",
        place="{}",
        time_shift=0,
        now=now,
    )
    opened = open_by_phone.open_by_phone(
        conn,
        call=call,
        recording_id=None,
        caller_type="individual",
        response_id=None,
        notice_due_at=now,
        answer_due_at=now,
        now=now,
        secret="secret",
    )
    return opened.ticket


def moved(conn: Connection, one: Ticket, now: datetime, verb: str, **details: Any) -> Ticket:
    return move(conn, one.id, verb, actor="an", now=now, **details)


def answered(conn: Connection, now: datetime) -> Ticket:
    one = ticket(conn, now)
    moved(conn, one, now, "classify", kind="feedback")
    return moved(conn, one, now, "answer", answer="Đã sửa.")


def test_only_an_answer_asks_for_a_verdict(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        one = ticket(conn, now)
        assert satisfaction.waiting_answer(conn, one.id) is None
        moved(conn, one, now, "classify", kind="feedback")
        assert satisfaction.waiting_answer(conn, one.id) is None
        assert satisfaction.waiting_answer(conn, moved(conn, one, now, "answer", answer="Đã sửa.").id) == 3


@pytest.mark.parametrize(
    ("satisfied", "verdict", "state"),
    [(True, "satisfied", "answered"), (False, "dissatisfied", "classified")],
)
def test_the_first_verdict_counts_and_the_second_changes_nothing(
    database: Database, now: datetime, *, satisfied: bool, verdict: str, state: str
) -> None:
    with database.writing() as conn:
        one = answered(conn, now)
        assert satisfaction.give(conn, one.id, 3, satisfied=satisfied, now=now, due_anew=now)
        first = tickets.of_id(conn, one.id)
        assert (first.verdict, first.verdict_at, first.state) == (verdict, now, state)
        assert not satisfaction.give(conn, one.id, 3, satisfied=not satisfied, now=now, due_anew=now)
        assert tickets.of_id(conn, one.id) == first
        assert satisfaction.waiting_answer(conn, one.id) is None


def test_a_new_answer_asks_again_and_the_old_one_takes_no_verdict_any_more(
    database: Database, now: datetime
) -> None:
    with database.writing() as conn:
        one = answered(conn, now)
        satisfaction.give(conn, one.id, 3, satisfied=False, now=now, due_anew=now)
        again = moved(conn, one, now, "answer", answer="Đã sửa lại.")
        assert satisfaction.waiting_answer(conn, one.id) == again.events
        assert not satisfaction.give(conn, one.id, 3, satisfied=True, now=now, due_anew=now)
        assert tickets.of_id(conn, one.id) == again
        assert satisfaction.give(conn, one.id, again.events, satisfied=True, now=now, due_anew=now)


def test_a_ticket_opened_again_takes_no_verdict_but_a_closed_one_does(
    database: Database, now: datetime
) -> None:
    with database.writing() as conn:
        one = answered(conn, now)
        moved(conn, one, now, "close", outcome="not_ours", to="Công an xã")
        assert satisfaction.waiting_answer(conn, one.id) == 3
        moved(conn, one, now, "reopen", reason="còn ngập")
        assert satisfaction.waiting_answer(conn, one.id) is None
        assert not satisfaction.give(conn, one.id, 3, satisfied=True, now=now, due_anew=now)


def test_who_is_not_satisfied_is_owed_an_answer_on_a_new_clock(database: Database, now: datetime) -> None:
    due = now + timedelta(days=14)
    with database.writing() as conn:
        one = answered(conn, now)
        assert satisfaction.give(conn, one.id, 3, satisfied=False, now=now, due_anew=due)
        assert tickets.of_id(conn, one.id).answer_due_at == due
        again = moved(conn, one, now, "answer", answer="Đã sửa lại.")
        earlier = due - timedelta(days=1)
        assert satisfaction.give(conn, one.id, again.events, satisfied=False, now=now, due_anew=earlier)
        assert tickets.of_id(conn, one.id).answer_due_at == due
