"""The list of calls and one call's timeline: filtered, paged, masked, and closed to whom it concerns."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from logbook.accounts import audit_log
from logbook.calls import calls, legs
from logbook.calls.calls import Call
from logbook.database.engine import Database
from logbook.database.tables import calls as calls_table
from logbook.database.tables import people as people_table
from logbook.database.tables import tickets as tickets_table
from logbook.ids import TicketId
from logbook.installation import Installation
from logbook.recordings import recordings
from logbook.search import calls as call_search
from logbook.tickets import open_by_phone
from logbook.tickets.restricted import guided
from tests.logbook.console.cases import token_of
from tests.logbook.console.conftest import SignIn, form_token

Phone = Callable[..., Call]
NUMBER = "0912.345.678"


@pytest.fixture
def told(database: Database, phone: Phone, now: datetime) -> Call:
    """A call with a private turn, a clerk rung in vain, a consent and a recording."""
    with database.writing() as conn:
        call = phone(conn)
        for number, heard, said in (
            (0, "{}", ["greeting_open", "menu"]),
            (1, json.dumps({"heard": "Keys", "pressed": "••••••"}), ["status_proof", "gone_since"]),
            (2, json.dumps({"heard": "LegEnded", "outcome": "no-answer", "seconds": 0}), ["play"]),
        ):
            calls.keep_turn(
                conn,
                call,
                number=number,
                heard=heard,
                said=json.dumps(said),
                place="{}",
                place_name="menu",
                answer="<Response/>",
                next_turn=number + 1,
                now=now + timedelta(seconds=number),
            )
        legs.ring(conn, call.id, 2, "truc-1", "+84905111111", now)
        legs.leg_ended(conn, call.id, 2, "no-answer", 0, None, now + timedelta(seconds=25))
        calls.consent(
            conn,
            call_id=call.id,
            turn=1,
            purpose="complaint",
            wording_version="v1",
            key="1",
            given=True,
            now=now,
        )
        recordings.hear_of(
            conn, call_id=call.id, turn=2, sid="RE" + "a" * 32, seconds=65, purpose="complaint", now=now
        )
        calls.note(conn, call.id, purpose="clerk", outcome="hung_up")
    return call


def concern(database: Database, ticket_id: TicketId, login: str) -> None:
    with database.writing() as conn:
        person = conn.execute(people_table.select().where(people_table.c.login == login)).one()
        conn.execute(
            tickets_table.update()
            .where(tickets_table.c.id == ticket_id)
            .values(subject_ids=frozenset([person.id]))
        )


def test_a_call_is_told_turn_by_turn_with_private_keys_as_dots(signed_in: SignIn, told: Call) -> None:
    page = signed_in("clerk").get(f"/console/calls/{told.id}").text
    assert "Bấm phím ••••••" in page
    assert (
        "Xin kính chào quý khách. Đây là Tổng đài Cải cách hành chính của Ủy ban nhân dân … Chúng tôi" in page
    )
    assert "không nghe máy" in page
    assert "0 trong 1 lần đổ chuông có người nghe" in page
    assert "0:25" in page
    assert "Đồng ý ghi âm (phím 1, mẫu thông báo v1)" in page
    assert "đang tải về từ nhà cung cấp" in page
    assert "gone_since" not in page


def test_numbers_are_masked_until_somebody_asks_and_the_asking_is_in_the_journal(
    signed_in: SignIn, told: Call, installation: Installation
) -> None:
    clerk = signed_in("clerk")
    for page in (clerk.get("/console/calls").text, clerk.get(f"/console/calls/{told.id}").text):
        assert "0912••••••" in page
        assert NUMBER not in page
    answer = clerk.post(f"/console/calls/{told.id}/number", data={"form_token": form_token(page)})
    assert NUMBER in answer.text
    with installation.database.reading() as conn:
        (entry,) = audit_log.recent(conn, 5, act="show_caller")
    assert (entry.who, entry.subject) == ("clerk", f"call:{told.id}")


@pytest.mark.row("T-10")
def test_an_auditor_reads_calls_but_never_a_number(signed_in: SignIn, told: Call) -> None:
    auditor = signed_in("auditor")
    assert 'name="number"' not in auditor.get("/console/calls").text
    assert f"/console/calls/{told.id}" in auditor.get("/console/calls?number=999").text
    token = form_token(auditor.get("/console/calls").text)
    assert auditor.post(f"/console/calls/{told.id}/number", data={"form_token": token}).status_code == 403


@pytest.mark.row("T-10")
def test_whoever_is_complained_about_cannot_open_the_call(
    signed_in: SignIn, told: Call, database: Database, complain: Callable[..., open_by_phone.OpenedTicket]
) -> None:
    with database.writing() as conn:
        ticket = complain(conn, told).ticket
    clerk = signed_in("clerk")
    assert ticket.code in clerk.get(f"/console/calls/{told.id}").text
    concern(database, ticket.id, "clerk")
    page = clerk.get("/console/calls").text
    assert "0912••••••" not in page
    assert "không được xem" in page
    assert clerk.get(f"/console/calls/{told.id}").status_code == 404
    token = form_token(page)
    assert clerk.post(f"/console/calls/{told.id}/number", data={"form_token": token}).status_code == 404
    assert signed_in("head_of_office").get(f"/console/calls/{told.id}").status_code == 200


def test_a_call_about_a_formal_complaint_opens_for_named_viewers_only(
    signed_in: SignIn, told: Call, database: Database, now: datetime
) -> None:
    with database.writing() as conn:
        guided(conn, told, now)
        seal = call_search.seals(conn, [told.id])[told.id]
    assert seal.restricted
    assert signed_in("clerk").get(f"/console/calls/{told.id}").status_code == 404
    signed_in("head_of_office")
    with database.writing() as conn:
        conn.execute(
            people_table.update().where(people_table.c.login == "head_of_office").values(sees_restricted=True)
        )
    assert signed_in("head_of_office").get(f"/console/calls/{told.id}").status_code == 200


def test_the_list_is_filtered_by_purpose_outcome_day_number_and_missed(
    signed_in: SignIn, told: Call, database: Database, phone: Phone
) -> None:
    with database.writing() as conn:
        other = phone(conn, "CA2", "+84987654321")
        calls.note(conn, other.id, purpose="rating", outcome="goodbye")
    clerk = signed_in("clerk")
    first, second = f'/console/calls/{told.id}"', f'/console/calls/{other.id}"'

    def shows(query: str) -> tuple[bool, bool]:
        page = clerk.get(f"/console/calls?{query}").text
        return first in page, second in page

    assert shows("") == (True, True)
    assert shows("purpose=rating") == (False, True)
    assert shows("outcome=hung_up") == (True, False)
    assert shows("missed=1") == (True, False)
    assert shows("number=0987654321") == (False, True)
    assert shows("number=5678") == (True, False)
    assert shows("number=%25%25%25") == (False, False)
    assert shows("from=2026-11-25&to=2026-11-25") == (True, True)
    assert shows("to=2026-11-24") == (False, False)
    assert shows("purpose=nonsense&from=never&before=%C2%B2") == (True, True)


def test_older_calls_are_a_page_further_and_none_is_skipped_or_repeated(
    signed_in: SignIn, database: Database, phone: Phone
) -> None:
    with database.writing() as conn:
        ids = [phone(conn, f"CA{number}").id for number in range(53)]
    clerk = signed_in("clerk")
    page = clerk.get("/console/calls").text
    older = clerk.get(f"/console/calls?before={ids[3]}").text
    assert f"before={ids[3]}" in page
    assert page.count("data-row") == 50
    assert older.count("data-row") == 3
    assert "Cuộc gọi cũ hơn" not in older


@pytest.mark.row("F-19")
@pytest.mark.parametrize("number", ["9223372036854775808", "99999999999999999999999", "0", "x"])
def test_numbers_of_no_call_are_not_found(signed_in: SignIn, number: str) -> None:
    assert signed_in("clerk").get(f"/console/calls/{number}").status_code == 404
    assert signed_in("clerk").get(f"/console/calls?before={number}").status_code == 200


@pytest.mark.row("T-10")
def test_a_call_we_placed_has_no_page_here_however_its_number_is_guessed(
    signed_in: SignIn, database: Database, told: Call
) -> None:
    chairman = signed_in("chairman")
    assert chairman.get(f"/console/calls/{told.id}").status_code == 200
    token = token_of(chairman)
    with database.writing() as conn:
        conn.execute(calls_table.update().values(direction="outbound-api"))
    assert chairman.get(f"/console/calls/{told.id}").status_code == 404
    sent = chairman.post(f"/console/calls/{told.id}/number", data={"form_token": token})
    assert sent.status_code == 404
