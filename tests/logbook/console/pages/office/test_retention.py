"""Holds and erasure records on the screen: set by the head of the office, read by who reads the audit log."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from logbook.accounts import audit_log
from logbook.console.pages.office import retention
from logbook.database.tables import tickets as rows
from logbook.installation import Installation
from logbook.retention import erasure, legal_holds
from tests.logbook.console.cases import by_phone, person_id, token_of
from tests.logbook.console.conftest import SignIn


def send(browser: FlaskClient, what: str, **fields: str) -> TestResponse:
    return browser.post(f"/console/keeping/{what}", data={"form_token": token_of(browser), **fields})


def lines(installation: Installation) -> list[tuple[str, str]]:
    with installation.database.reading() as conn:
        found = audit_log.recent(conn, 20)
    return [(line.act, line.reason) for line in found if line.act.endswith("_hold")]


def test_a_hold_is_set_shown_and_lifted_with_a_reason(installation: Installation, signed_in: SignIn) -> None:
    by_phone(installation)
    head = signed_in("head_of_office")
    answer = send(head, "hold", code="482913", reason="Thanh tra tỉnh, công văn 12")
    assert answer.status_code == 303
    page = head.get(answer.headers["Location"]).text
    assert "Đã giữ phiếu" in page
    assert re.search(r"482913.*Thanh tra tỉnh, công văn 12.*Đang giữ", page, re.DOTALL)
    assert "Phiếu này đã có lệnh giữ" in followed(head, send(head, "hold", code="482913", reason="x"))
    assert "Đã bỏ lệnh giữ" in followed(head, send(head, "lift", code="482913", reason="đã xong"))
    assert "không có lệnh giữ nào" in followed(head, send(head, "lift", code="482913", reason="x"))
    assert lines(installation) == [("lift_hold", "đã xong"), ("set_hold", "Thanh tra tỉnh, công văn 12")]


def followed(browser: FlaskClient, answer: TestResponse) -> str:
    return browser.get(answer.headers["Location"]).text


@pytest.mark.parametrize(
    ("code", "reason", "said"),
    [
        ("482913", "  ", "xin ghi lý do"),
        ("111111", "vì", "không có phiếu"),
        ("", "vì", "không có phiếu"),
        ("48291\x00", "vì", "không có phiếu"),
        ("4829130", "vì", "không có phiếu"),
    ],
)
@pytest.mark.parametrize("what", ["hold", "lift"])
def test_without_a_reason_or_a_ticket_nothing_is_done_and_what_was_typed_stays(
    installation: Installation, signed_in: SignIn, code: str, reason: str, said: str, what: str
) -> None:
    by_phone(installation)
    answer = send(signed_in("head_of_office"), what, code=code, reason=reason)
    assert (answer.status_code, said in answer.text) == (400, True)
    assert f'value="{reason.strip()}"' in answer.text
    assert lines(installation) == []


@pytest.mark.row("T-10")
def test_a_ticket_about_the_head_of_the_office_is_not_there_for_them(
    installation: Installation, signed_in: SignIn
) -> None:
    ticket = by_phone(installation)
    head = signed_in("head_of_office")
    with installation.database.writing() as conn:
        conn.execute(update(rows).values(subject_ids=frozenset([person_id(installation, "head_of_office")])))
    answer = send(head, "hold", code=ticket.code, reason="vì")
    assert (answer.status_code, "không có phiếu" in answer.text) == (400, True)


@pytest.mark.row("T-10")
def test_the_others_read_without_buttons_and_only_what_they_may_see(
    installation: Installation, signed_in: SignIn
) -> None:
    first, second = by_phone(installation), by_phone(installation, "111222")
    head = signed_in("head_of_office")
    for ticket in (first, second):
        send(head, "hold", code=ticket.code, reason="vì lý do riêng")
    with installation.database.writing() as conn:
        for ticket in (first, second):
            erasure.bury(
                conn, "ticket", ticket.id, "retention.ticket_years = 10", installation.clock.now(), {}
            )
        conn.execute(update(rows).where(rows.c.id == second.id).values(conflict=True))
    page = signed_in("chairman").get("/console/keeping").text
    assert (first.code in page, second.code in page) == (True, False)
    assert (f"phiếu số {first.id}" in page, f"phiếu số {second.id}" in page) == (True, False)
    assert "/keeping/lift" not in page
    assert "/keeping/hold" not in page
    page = signed_in("administrator").get("/console/keeping").text
    assert first.code not in page
    assert "vì lý do riêng" not in page
    assert "retention.ticket_years = 10" in page
    assert signed_in("clerk").get("/console/keeping").status_code == 403


def test_what_was_deleted_stands_there_with_its_rule_and_both_lists_are_paged(
    installation: Installation, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "PAGE", 2)
    now = installation.clock.now()
    head = signed_in("head_of_office")
    tickets = [by_phone(installation, f"50000{number}") for number in range(3)]
    for ticket in tickets:
        send(head, "hold", code=ticket.code, reason="vì")
    with installation.database.writing() as conn:
        for number in range(3):
            rule, when = "retention.recording_months = 24", now + timedelta(minutes=number)
            erasure.bury(conn, "recording", 70 + number, rule, when, {})
        erasure.bury(conn, "strange", 99, "x", now, {})
    page = head.get("/console/keeping").text
    assert [f"Bản ghi âm số {70 + number}" in page for number in range(3)] == [False, False, True]
    assert "strange 99" in page
    assert [ticket.code in page for ticket in tickets] == [False, True, True]
    older = re.findall(r'href="(/console/keeping\?before[^"]+)"', page)
    assert len(older) == 2
    second = [head.get(address.replace("&amp;", "&")).text for address in older]
    assert any(tickets[0].code in one for one in second)
    assert any("Bản ghi âm số 70" in one for one in second)


def test_the_journal_leads_there_and_a_code_in_the_address_is_filled_in(signed_in: SignIn) -> None:
    head = signed_in("head_of_office")
    assert 'href="/console/keeping"' in head.get("/console/journal").text
    assert 'value="482913"' in head.get("/console/keeping?code=482913").text
    assert legal_holds.REASON_LIMIT == 500


@pytest.mark.row("T-22")
def test_what_is_left_of_an_erased_case_can_still_be_opened(
    installation: Installation, signed_in: SignIn
) -> None:
    ticket = by_phone(installation, state="closed")
    with installation.database.writing() as conn:
        erasure.erase_ticket(conn, ticket.id, "retention.ticket_years = 10", installation.clock.now())
    head = signed_in("head_of_office")
    for address in (f"tickets/{ticket.code}", f"calls/{ticket.call_id}", "calls", "tickets?which=all"):
        page = head.get(f"/console/{address}")
        assert page.status_code == 200, address
        assert "345678" not in page.text, address
    assert "còn nguyên vẹn" in head.post("/console/journal/verify", data={"form_token": token_of(head)}).text


def test_the_page_of_an_erased_ticket_says_so_and_asks_for_nothing(
    installation: Installation, signed_in: SignIn
) -> None:
    ticket = by_phone(installation)
    head = signed_in("head_of_office")
    with installation.database.writing() as conn:
        erasure.erase_ticket(conn, ticket.id, "retention.ticket_years = 10", installation.clock.now())
    page = head.get("/console/tickets/482913").text
    assert "đã được xóa khi hết thời hạn lưu" in page
    assert "Hãy nghe ghi âm" not in page
