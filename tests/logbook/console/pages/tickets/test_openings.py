"""Openings of the letter box on the screen: recorded once, empty ones too, corrected and withdrawn."""

from __future__ import annotations

import html
import json
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from logbook.accounts import audit_log
from logbook.database.tables import openings as rows
from logbook.installation import Installation
from logbook.tickets import history, openings, tickets
from logbook.tickets.openings import Opening
from tests.letter_box import an_opening
from tests.logbook.console.cases import by_phone, person_id, read, send, token_of
from tests.logbook.console.conftest import SignIn

MINUTES: dict[str, Any] = {
    "channel": "letter_box",
    "opened_on": "2026-11-24",
    "opened_by": "Lê Thị Hoa",
    "witnesses": "Trần Văn Ba, công chức tư pháp",
    "found": "0",
    "minutes_number": "07/BB-HT",
}
LETTER: dict[str, Any] = {
    "channel": "letter_box",
    "caller_type": "individual",
    "content": "Đèn đường hỏng.",
    "anonymous": "1",
}
pytestmark = pytest.mark.row("R10")


def record(browser: FlaskClient, **changes: str) -> TestResponse:
    form = MINUTES | changes | {"form_token": token_of(browser)}
    return browser.post("/console/openings/new", data=form)


def change(
    browser: FlaskClient, opening_id: int, version: int, path: str = "", **fields: str
) -> TestResponse:
    form = {"form_token": token_of(browser), "version": version} | fields
    return browser.post(f"/console/openings/{opening_id}{path}", data=form)


def the_opening(installation: Installation, opening_id: int) -> Opening:
    with installation.database.reading() as conn:
        found = openings.find(conn, opening_id)
    assert found is not None
    return found


def words_of(browser: FlaskClient, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200
    return html.unescape(answer.text)


@pytest.mark.row("002-24")
def test_an_opened_but_empty_box_is_recorded_with_who_was_there(
    signed_in: SignIn, installation: Installation
) -> None:
    clerk = signed_in("clerk")
    assert "Ghi 0 khi hòm thư trống" in words_of(clerk, "/console/openings/new")
    address = record(clerk).location
    one = the_opening(installation, int(address.split("?")[0].rsplit("/", 1)[1]))
    assert (one.found, one.opened_on, one.minutes_number) == (0, date(2026, 11, 24), "07/BB-HT")
    shown = ["Lê Thị Hoa", "Trần Văn Ba, công chức tư pháp", "trống", "07/BB-HT", "24/11/2026"]
    for page in (address, "/console/openings", f"/console/openings/{one.id}/print"):
        text = words_of(clerk, page)
        assert [word for word in shown if word not in text] == [], page
    assert "Biên bản mở hòm thư góp ý" in words_of(clerk, f"/console/openings/{one.id}/print")
    with installation.database.reading() as conn:
        line = audit_log.recent(conn, 1)[0]
        assert (line.act, line.subject, line.who) == ("record_opening", f"opening:{one.id}", "clerk")
        assert audit_log.verify(conn) is None
    assert "Ghi lần mở hòm thư" in words_of(signed_in("auditor"), "/console/journal")


def test_three_letters_of_one_opening_point_to_it_and_its_minutes_are_typed_once(
    signed_in: SignIn, installation: Installation
) -> None:
    clerk = signed_in("clerk")
    opening = record(clerk, found="3").location.split("?")[0]
    number = opening.rsplit("/", 1)[1]
    form = words_of(clerk, f"/console/tickets/new?opening={number}&channel=letter_box")
    assert f'<option value="{number}" selected>' in form
    for text in ("Đèn đường hỏng.", "Chợ bẩn.", "Đường ngập."):
        sent = LETTER | {"content": text, "summary": text, "opening": number, "form_token": token_of(clerk)}
        assert clerk.post("/console/tickets/new", data=sent).status_code == 303
    page = words_of(clerk, opening)
    with installation.database.reading() as conn:
        found = tickets.recent(conn, 5)
        assert {ticket.opening_id for ticket in found} == {int(number)}
        assert history.verify(conn) is None
    assert [ticket.code for ticket in found if ticket.code not in page] == []
    listed = words_of(clerk, "/console/openings")
    assert 'data-label="Phiếu đã nhập">3</td>' in listed


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"channel": "walk_in"}, "Xin chọn hòm thư hay sổ góp ý."),
        ({"opened_on": ""}, "Xin ghi ngày mở"),
        ({"opened_on": "2026-11-26"}, "không sau hôm nay"),
        ({"opened_on": "0001-01-01"}, "Xin ghi ngày mở"),
        ({"opened_by": " \x00"}, "Xin ghi người mở."),
        ({"found": ""}, "hòm thư trống thì ghi 0"),
        ({"found": "-1"}, "hòm thư trống thì ghi 0"),
        ({"found": "³"}, "hòm thư trống thì ghi 0"),
        ({"found": "99999999999"}, "hòm thư trống thì ghi 0"),
        ({"opened_by": "a" * 201}, "201"),
        ({"witnesses": "a" * 501}, "501"),
    ],
)
def test_what_is_missing_is_named_and_what_was_typed_is_kept(
    signed_in: SignIn, installation: Installation, change: dict[str, str], told: str
) -> None:
    refused = record(signed_in("clerk"), **change)
    assert refused.status_code == 400
    text = html.unescape(refused.text)
    assert told in text
    assert "07/BB-HT" in text
    with installation.database.reading() as conn:
        assert conn.execute(rows.select()).first() is None


def test_a_correction_keeps_what_stood_there_before_in_the_audit_log_and_the_second_of_two_is_shown_it(
    signed_in: SignIn, installation: Installation
) -> None:
    clerk, head = signed_in("clerk"), signed_in("head_of_office")
    with installation.database.writing() as conn:
        number = an_opening(conn, installation.clock.now())
    assert change(clerk, number, 1, **MINUTES | {"found": "2"}).status_code == 303
    late = change(head, number, 1, **MINUTES | {"opened_by": "Người khác"})
    assert late.status_code == 409
    assert "Có người vừa sửa" in html.unescape(late.text)
    assert 'value="Người khác"' in html.unescape(late.text), "what was typed is kept"
    one = the_opening(installation, number)
    assert (one.found, one.opened_by, one.version) == (2, "Lê Thị Hoa", 2)
    with installation.database.reading() as conn:
        line = audit_log.recent(conn, 1)[0]
    assert line.act == "correct_opening"
    assert json.loads(line.details)["before"]["found"] == 3
    assert change(head, number, 2, **MINUTES | {"found": ""}).status_code == 400


def test_an_opening_recorded_by_mistake_is_withdrawn_with_a_reason_and_never_deleted(
    signed_in: SignIn, installation: Installation
) -> None:
    clerk = signed_in("clerk")
    with installation.database.writing() as conn:
        number = an_opening(conn, installation.clock.now())
    assert change(clerk, number, 1, "/withdraw", why=" ").status_code == 400
    assert change(clerk, number, 1, "/withdraw", why="ghi hai lần").status_code == 303
    assert "đã rút lần mở này" in words_of(clerk, f"/console/openings/{number}")
    assert "ghi hai lần" in words_of(clerk, f"/console/openings/{number}")
    assert "đã rút" in words_of(clerk, "/console/openings")
    assert change(clerk, number, 2, **MINUTES).status_code == 409
    assert change(clerk, number, 2, "/withdraw", why="lần nữa").status_code == 409
    refused = clerk.post(
        "/console/tickets/new", data=LETTER | {"opening": number, "form_token": token_of(clerk)}
    )
    assert refused.status_code == 400
    assert f'<option value="{number}"' not in clerk.get("/console/tickets/new").text


def test_an_opening_tickets_came_from_stays_until_they_are_put_under_the_right_one(
    signed_in: SignIn, installation: Installation
) -> None:
    clerk = signed_in("clerk")
    with installation.database.writing() as conn:
        wrong, right = (an_opening(conn, installation.clock.now()) for _ in range(2))
        elsewhere = an_opening(conn, installation.clock.now(), channel="suggestion_book")
    sent = LETTER | {"opening": wrong, "form_token": token_of(clerk)}
    code = clerk.post("/console/tickets/new", data=sent).location.split("/")[3]
    assert "không rút được" in html.unescape(change(clerk, wrong, 1, "/withdraw", why="nhầm").text)
    emptied = change(clerk, wrong, 1, **MINUTES | {"found": "0"})
    assert (emptied.status_code, "không thể ghi là trống" in html.unescape(emptied.text)) == (400, True)
    assert (
        change(clerk, wrong, 1, **MINUTES | {"channel": "suggestion_book", "found": "1"}).status_code == 400
    )
    assert send(clerk, code, "write", content="Đèn hỏng.", opening=elsewhere).status_code == 400
    assert send(clerk, code, "write", content="Đèn hỏng.", opening=right).status_code == 303
    assert code in words_of(clerk, f"/console/openings/{right}")
    assert code not in words_of(clerk, f"/console/openings/{wrong}")
    assert change(clerk, wrong, 1, "/withdraw", why="nhầm").status_code == 303
    with installation.database.reading() as conn:
        assert history.verify(conn) is None


@pytest.mark.row("T-10")
def test_whoever_a_letter_is_about_does_not_find_it_under_its_opening(
    signed_in: SignIn, installation: Installation
) -> None:
    clerk, head, chairman = signed_in("clerk"), signed_in("head_of_office"), signed_in("chairman")
    with installation.database.writing() as conn:
        number = an_opening(conn, installation.clock.now())
    sent = LETTER | {"opening": number, "form_token": token_of(clerk)}
    code = clerk.post("/console/tickets/new", data=sent).location.split("/")[3]
    send(clerk, code, "concern", concerned=person_id(installation, "chairman"), reason="đọc thư")
    for page in (f"/console/openings/{number}", f"/console/openings/{number}/print"):
        assert code in words_of(head, page)
        assert code not in words_of(chairman, page)
    assert 'data-label="Phiếu đã nhập">0</td>' in words_of(chairman, "/console/openings")


def test_a_ticket_that_came_by_telephone_is_put_under_no_opening(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket, clerk = by_phone(installation), signed_in("clerk")
    with installation.database.writing() as conn:
        number = an_opening(conn, installation.clock.now())
    assert 'name="opening"' not in clerk.get(f"/console/tickets/{ticket.code}").text
    assert send(clerk, ticket.code, "write", content="Đèn hỏng.", opening=number).status_code == 400
    assert read(installation, ticket).opening_id is None


def test_many_openings_are_turned_page_by_page_and_each_stands_once(
    signed_in: SignIn, installation: Installation
) -> None:
    auditor = signed_in("auditor")
    with installation.database.writing() as conn:
        for number in range(33):
            day = date(2026, 11, 1 + number % 5)
            an_opening(conn, installation.clock.now(), day=day, opened_by=f"Người thứ {number:02}")
    first = words_of(auditor, "/console/openings")
    following = first.partition('rel="next" href="')[2].partition('"')[0]
    both = first + words_of(auditor, following)
    assert [number for number in range(33) if both.count(f"Người thứ {number:02}") != 1] == []
    assert auditor.get("/console/openings?before=x.y").status_code == 200
    assert auditor.get("/console/openings/99").status_code == 404
