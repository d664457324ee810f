"""Tickets: opened once, found by code, proved by number or PIN, moved only by the table."""

import dataclasses
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Text, func, select

from logbook.accounts import accounts
from logbook.calls import calls, ratings
from logbook.calls.calls import Call
from logbook.database.engine import Database
from logbook.database.errors import StaleVersionError
from logbook.database.tables import ticket_groups
from logbook.database.tables import tickets as table
from logbook.tickets import history, open_by_phone, tickets
from logbook.tickets.lifecycle import TicketState, TransitionRefusedError
from logbook.tickets.open_by_phone import OpenedTicket
from logbook.tickets.tickets import Ticket, TicketHead
from logbook.tickets.verbs.registry import verbs
from logbook.tickets.verbs.verb import Leads
from tests.town_hall import move

SECRET = "a secret of the office"
Complain = Callable[..., OpenedTicket]
ENOUGH: dict[str, Any] = {
    "kind": "feedback",
    "to": "phong_kinh_te",
    "question": "Đường nào?",
    "content": "Đường thôn Đông",
    "answer": "Đã sửa đường.",
    "outcome": "resolved",
    "cause": "Cống bị tắc.",
    "remedy": "Đã nạo vét.",
    "urgent": True,
    "group_id": None,
    "what": "accepted",
    "instruction": "Giải quyết trong tuần này.",
}


def test_a_ticket_value_has_the_columns_of_its_table_and_a_head_all_but_the_long_ones() -> None:
    names = {field.name for field in dataclasses.fields(Ticket)}
    assert names - {"beginning"} == {column.name for column in table.c}
    long = {column.name for column in table.c if isinstance(column.type, Text)}
    assert names - {field.name for field in dataclasses.fields(TicketHead)} == long


@pytest.mark.row("000-01")
def test_a_spoken_ticket_begins_new_and_unclassified_with_its_caller_type(
    database: Database, phone: Any, complain: Complain
) -> None:
    with database.writing() as conn:
        opened = complain(conn, phone(conn))
    assert (opened.ticket.state, opened.ticket.kind, opened.ticket.caller_type) == (
        "new",
        "unclassified",
        "individual",
    )
    assert len(opened.code) == 6
    assert opened.code.isdecimal()
    assert tickets.spoken_state(opened.ticket) == "received"


@pytest.mark.row("T-02")
def test_the_same_recording_opens_one_ticket_with_one_code(
    database: Database, phone: Any, record: Any, complain: Complain
) -> None:
    with database.writing() as conn:
        call = phone(conn, number=None)
        recording = record(conn, call, "a")
        first = complain(conn, call, recording.id)
    with database.writing() as conn:
        again = complain(conn, call, recording.id)
        other = complain(conn, call, record(conn, call, "b").id)
    assert (again.code, again.pin, again.ticket.id) == (first.code, first.pin, first.ticket.id)
    assert other.ticket.id != first.ticket.id
    assert other.pin != first.pin or other.code != first.code


@pytest.mark.row("T-02")
def test_without_a_recording_a_call_and_response_open_one_ticket(
    database: Database, phone: Any, complain: Complain, now: datetime
) -> None:
    with database.writing() as conn:
        call = phone(conn)
        ratings.install_set(
            conn,
            key="s",
            version=1,
            title="S",
            scale_min=1,
            scale_max=5,
            asked=[ratings.StoredCriterion("tc1", "Một", "Hỏi?")],
            now=now,
        )
        response = ratings.begin_response(conn, call.id, "s", 1, now)
        rated = [complain(conn, call, response_id=response).ticket.id for _ in range(2)]
        unrated = [complain(conn, call).ticket.id for _ in range(2)]
    assert len(set(rated)) == len(set(unrated)) == 1
    assert set(rated) != set(unrated)


def test_two_threads_opening_for_one_recording_make_no_double(
    database: Database, phone: Any, record: Any, complain: Complain
) -> None:
    with database.writing() as conn:
        call = phone(conn)
        recordings = [record(conn, call, digit) for digit in "0123456789"]
    codes: dict[int, set[str]] = {recording.id: set() for recording in recordings}
    failures: list[BaseException] = []

    def open_all() -> None:
        try:
            for recording in recordings:
                with database.writing() as conn:
                    codes[recording.id].add(complain(conn, call, recording.id).code)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=open_all) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert all(len(given) == 1 for given in codes.values())
    with database.reading() as conn:
        assert conn.execute(select(func.count()).select_from(table)).scalar_one() == len(recordings)
        assert history.verify(conn) is None


def test_a_code_drawn_twice_is_drawn_again(
    database: Database, phone: Any, record: Any, complain: Complain
) -> None:
    drawn = iter(["111111", "111111", "111111", "222222"])
    with database.writing() as conn:
        call = phone(conn)
        first = complain(conn, call, record(conn, call, "a").id, draw=lambda: next(drawn))
        second = complain(conn, call, record(conn, call, "b").id, draw=lambda: next(drawn))
        assert (first.code, second.code) == ("111111", "222222")
        with pytest.raises(RuntimeError):
            complain(conn, call, record(conn, call, "c").id, draw=lambda: "111111")


@pytest.mark.row("T-12")
@pytest.mark.row("T-11")
def test_a_code_needs_the_last_four_digits_of_the_number_or_the_pin(
    database: Database, phone: Any, complain: Complain
) -> None:
    with database.writing() as conn:
        known = complain(conn, phone(conn))
        hidden = complain(conn, phone(conn, "CA2", None))
        assert known.pin is None
        assert hidden.pin is not None
        found = tickets.find(conn, hidden.code)
        assert tickets.find(conn, hidden.code + "0") is None
        assert tickets.find(conn, "\x00²²²²²") is None
    assert found == hidden.ticket
    assert hidden.pin not in (found.pin_digest or "")[:4] or found.pin_digest != hidden.pin
    assert open_by_phone.proves(known.ticket, "5678", SECRET)
    assert open_by_phone.proves(hidden.ticket, hidden.pin, SECRET)
    right = sum(open_by_phone.proves(hidden.ticket, f"{guess:04d}", SECRET) for guess in range(10_000))
    assert right == 1
    for wrong in ("", "678", "²³¼½", "\ud800", "0912345678", "0000"):
        assert not open_by_phone.proves(known.ticket, wrong, SECRET)
    assert not open_by_phone.proves(hidden.ticket, hidden.pin, "another secret")


def test_every_verb_moves_only_from_the_states_of_the_table(
    database: Database, phone: Any, complain: Complain, now: datetime
) -> None:
    with database.writing() as conn:
        ticket = complain(conn, phone(conn)).ticket
        group_id = _group(conn, now)
        for state in TicketState:
            for verb, row in verbs().items():
                details = _details(verb, ticket) | ({"group_id": group_id} if verb == "join_group" else {})
                savepoint = conn.begin_nested()
                conn.execute(table.update().where(table.c.id == ticket.id).values(state=state))
                if state in row.from_states:
                    moved = move(conn, ticket.id, verb, actor="an", reason="vì", now=now, **details)
                    assert moved.state == (state if isinstance(row.leads, Leads) else row.leads)
                    assert moved.version == ticket.version + 1
                else:
                    with pytest.raises(TransitionRefusedError):
                        move(conn, ticket.id, verb, actor="an", reason="vì", now=now, **details)
                savepoint.rollback()


def _group(conn: Connection, now: datetime) -> int:
    maker = accounts.add(conn, login="an", name="An", role="clerk", password="0123456789", now=now)
    return int(
        conn.execute(
            ticket_groups.insert()
            .values(title="Đường", made_by=maker, made_at=now)
            .returning(ticket_groups.c.id)
        ).scalar_one()
    )


def _details(verb: str, ticket: Ticket) -> dict[str, Any]:
    details = {field: ENOUGH.get(field) for field in verbs()[verb].needed()}
    if verb == "extend":
        details["answer_due_at"] = ticket.answer_due_at + timedelta(days=1)
    if verb == "guide":
        details["kind"] = "denunciation"
    if verb == "close":
        details |= {"outcome": "not_ours", "to": "Sở Xây dựng"}
    return details


@pytest.mark.parametrize("verb", sorted(verbs()))
def test_a_verb_without_its_reason_or_its_fields_is_refused(
    database: Database, phone: Any, complain: Complain, now: datetime, verb: str
) -> None:
    row = verbs()[verb]
    with database.writing() as conn:
        ticket = complain(conn, phone(conn)).ticket
        conn.execute(table.update().where(table.c.id == ticket.id).values(state=sorted(row.from_states)[0]))
        details = _details(verb, ticket)
        if row.needs_reason():
            with pytest.raises(TransitionRefusedError, match="reason"):
                move(conn, ticket.id, verb, actor="an", reason=" ", now=now, **details)
        for field in row.needed():
            for nothing in (None, "  "):
                with pytest.raises(TransitionRefusedError):
                    move(
                        conn, ticket.id, verb, actor="an", reason="vì", now=now, **{**details, field: nothing}
                    )
        for field in row.choices:
            with pytest.raises(TransitionRefusedError, match="cannot be"):
                move(conn, ticket.id, verb, actor="an", reason="vì", now=now, **{**details, field: "khác"})


def test_a_ticket_goes_its_whole_way_and_its_history_tells_it(
    database: Database, phone: Any, complain: Complain, now: datetime
) -> None:
    with database.writing() as conn:
        ticket = complain(conn, phone(conn)).ticket

        def do(verb: str, reason: str = "", **details: Any) -> Ticket:
            return move(conn, ticket.id, verb, actor="clerk", reason=reason, now=now, **details)

        assert do("classify", kind="proposal").kind == "proposal"
        do("assign", to="ba")
        assert tickets.spoken_state(do("ask_more", question="Ở đâu?")) == "need_more"
        assert do("supply", content="Thôn Đông").state == "assigned"
        due = ticket.answer_due_at + timedelta(days=3)
        assert do("extend", "phức tạp", answer_due_at=due).answer_due_at == due
        with pytest.raises(TransitionRefusedError):
            do("extend", "phức tạp", answer_due_at=due)
        assert do("answer", answer="Đã\x00 sửa.").answer == "Đã sửa."
        closed = do("close", outcome="resolved", cause="Cống bị tắc.", remedy="Đã nạo vét.")
        assert (closed.closed_at, closed.outcome) == (now, "resolved")
        assert tickets.spoken_state(closed) == "closed_resolved"
        assert do("reopen", "chưa xong").closed_at is None
        seen = history.of(conn, ticket.id)
        assert history.verify(conn) is None
    verbs = ["open", "classify", "assign", "ask_more", "supply", "extend", "answer", "close", "reopen"]
    assert [event.verb for event in seen] == verbs
    assert [event.number for event in seen] == list(range(1, 10))


def test_a_clerk_who_saw_an_older_ticket_is_told_so(
    database: Database, phone: Any, complain: Complain, now: datetime
) -> None:
    with database.writing() as conn:
        ticket = complain(conn, phone(conn)).ticket
        move(conn, ticket.id, "note", actor="a", reason="gọi lại", now=now, expected_version=1)
        with pytest.raises(StaleVersionError):
            move(conn, ticket.id, "note", actor="b", reason="khác", now=now, expected_version=1)


def test_the_tickets_of_a_call_are_found_by_it_and_in_the_list(
    database: Database, phone: Any, record: Any, complain: Complain
) -> None:
    with database.writing() as conn:
        call: Call = phone(conn)
        ticket = complain(conn, call).ticket
        assert [one.id for one in tickets.of_call(conn, call.id)] == [ticket.id]
        assert [one.id for one in tickets.recent(conn, 5)] == [ticket.id]
        assert tickets.recent(conn, 5, before=ticket.id) == []
        assert calls.take(conn, "CA1") == call
