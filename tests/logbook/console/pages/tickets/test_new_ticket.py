"""Entering a ticket for somebody, and the receipt."""

from __future__ import annotations

import html
import re
from datetime import date
from typing import Any

import pytest

from logbook.installation import Installation
from logbook.tickets import history, open_by_phone, tickets
from logbook.tickets.tickets import Ticket
from tests.letter_box import an_opening
from tests.logbook.console.cases import by_phone, person_id, send, token_of
from tests.logbook.console.conftest import SignIn

WALK_IN: dict[str, Any] = {
    "channel": "walk_in",
    "caller_type": "individual",
    "content": "Bị hẹn lại ba lần.",
    "summary": "Trễ hẹn",
    "name": "Nguyễn Văn Bình",
    "address": "thôn Đông",
    "number": "0912.345.678",
}


def only(installation: Installation) -> Ticket:
    with installation.database.reading() as conn:
        (ticket,) = tickets.recent(conn, 5)
        assert history.verify(conn) is None
        return tickets.of_id(conn, ticket.id)


def test_what_is_entered_becomes_a_ticket_with_a_receipt(
    signed_in: SignIn, installation: Installation
) -> None:
    clerk = signed_in("clerk")
    assert "Nhập phiếu" in clerk.get("/console/tickets/new").text
    sent = clerk.post("/console/tickets/new", data=WALK_IN | {"form_token": token_of(clerk)})
    ticket = only(installation)
    assert sent.location == f"/console/tickets/{ticket.code}/receipt"
    assert (ticket.channel, ticket.caller_number, ticket.caller_name) == (
        "walk_in",
        "+84912345678",
        "Nguyễn Văn Bình",
    )
    assert (ticket.state, ticket.pin_digest, ticket.anonymous) == ("new", None, False)
    with installation.database.reading() as conn:
        times, _ = installation.calendars.now(conn)
        seen = history.of(conn, ticket.id)[0]
    days = installation.settings.complaint.answer_days
    assert ticket.answer_due_at == times.office.add_days(ticket.opened_at, days)
    assert "Bình" not in seen.details
    assert "912345678" not in seen.details
    page = clerk.get(sent.location).text
    assert ticket.code in page
    assert "bốn số cuối" in page


def test_without_a_number_the_receipt_shows_a_pin_the_hotline_accepts(
    signed_in: SignIn, installation: Installation
) -> None:
    clerk = signed_in("clerk")
    form = WALK_IN | {"number": "", "form_token": token_of(clerk)}
    page = clerk.get(clerk.post("/console/tickets/new", data=form).location).text
    ticket = only(installation)
    codes = re.findall(r'receipt-code">(\d+)<', page)
    assert codes[0] == ticket.code
    secret = installation.settings.secret_key.get_secret_value()
    assert open_by_phone.proves(ticket, codes[1], secret)
    assert ticket.pin_digest is not None
    assert codes[1] not in ticket.pin_digest[:4]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"content": "  "}, "Xin ghi nội dung."),
        ({"name": ""}, "Xin ghi họ tên"),
        ({"number": "", "address": ""}, "Xin ghi địa chỉ hoặc số điện thoại"),
        ({"number": "12"}, "Số điện thoại không đúng"),
        pytest.param({"number": "0258 3842 102"}, "Đây là số máy của cơ quan", marks=pytest.mark.row("B-02")),
        ({"channel": "hotline"}, "Xin chọn nguồn tiếp nhận."),
        ({"caller_type": "x"}, "Xin chọn cá nhân hoặc tổ chức."),
        ({"channel": "letter_box"}, "Xin chọn lần mở"),
        ({"channel": "letter_box", "opening": "99"}, "Xin chọn lần mở"),
        ({"channel": "suggestion_book", "opening": "²"}, "Xin chọn lần mở"),
    ],
)
def test_what_is_missing_is_named_and_what_was_typed_is_kept(
    signed_in: SignIn, installation: Installation, change: dict[str, str], told: str
) -> None:
    clerk = signed_in("clerk")
    refused = clerk.post("/console/tickets/new", data=WALK_IN | change | {"form_token": token_of(clerk)})
    assert refused.status_code == 400
    assert told in html.unescape(refused.text)
    assert 'value="Trễ hẹn"' in refused.text
    with installation.database.reading() as conn:
        assert tickets.recent(conn, 1) == []


def test_anonymous_is_chosen_on_purpose_and_keeps_nothing_of_the_sender(
    signed_in: SignIn, installation: Installation
) -> None:
    clerk, call = signed_in("clerk"), by_phone(installation).call_id
    form = WALK_IN | {"anonymous": "1", "call": call, "form_token": token_of(clerk)}
    sent = clerk.post("/console/tickets/new", data=form)
    with installation.database.reading() as conn:
        ticket = tickets.of_id(conn, tickets.recent(conn, 1)[0].id)
    assert ticket.anonymous
    assert (ticket.caller_name, ticket.caller_address, ticket.caller_number, ticket.caller_raw) == (
        None,
        None,
        None,
        "",
    )
    assert ticket.call_id is None
    assert "Bình" not in ticket.search_text
    assert "không gọi lại" in clerk.get(sent.location).text


@pytest.mark.row("002-24")
@pytest.mark.parametrize("channel", ["letter_box", "suggestion_book"])
def test_box_and_book_keep_the_minutes_of_their_opening(
    signed_in: SignIn, installation: Installation, channel: str
) -> None:
    clerk = signed_in("clerk")
    day = date(2026, 11, 24)
    with installation.database.writing() as conn:
        opening = an_opening(conn, installation.clock.now(), channel=channel, day=day)
        other = an_opening(conn, installation.clock.now(), channel="letter_box", found=0)
    form = WALK_IN | {"channel": channel, "form_token": token_of(clerk)}
    refused = clerk.post("/console/tickets/new", data=form | {"opening": other})
    assert (refused.status_code, "Xin chọn lần mở" in html.unescape(refused.text)) == (400, True)
    sent = clerk.post("/console/tickets/new", data=form | {"opening": opening})
    assert f"opening={opening}" in clerk.get(sent.location).text, "the next letter is one click away"
    ticket = only(installation)
    assert ticket.opening_id == opening
    page = html.unescape(clerk.get(f"/console/tickets/{ticket.code}").text)
    assert "Biên bản mở ngày 24/11/2026: người mở Lê Thị Hoa, số ý kiến 3." in page
    assert ticket.code in clerk.get(f"/console/openings/{opening}").text


def test_a_talk_takes_the_number_of_its_call_without_showing_it(
    signed_in: SignIn, installation: Installation
) -> None:
    clerk, call = signed_in("clerk"), by_phone(installation).call_id
    page = clerk.get(f"/console/tickets/new?call={call}").text
    assert "0912••••••" in page
    assert "345678" not in page
    form = WALK_IN | {"channel": "phone_talk", "number": "", "address": "", "call": call}
    clerk.post("/console/tickets/new", data=form | {"form_token": token_of(clerk)})
    with installation.database.reading() as conn:
        ticket = tickets.recent(conn, 1)[0]
    assert (ticket.call_id, ticket.caller_number) == (call, "+84912345678")


@pytest.mark.row("T-02")
def test_a_form_sent_twice_opens_one_ticket(signed_in: SignIn, installation: Installation) -> None:
    clerk = signed_in("clerk")
    form = WALK_IN | {"form_token": token_of(clerk)}
    assert len({clerk.post("/console/tickets/new", data=form).location for _ in range(3)}) == 1
    assert only(installation).version == 1
    clerk.post("/console/tickets/new", data=form | {"content": "Việc khác."})
    with installation.database.reading() as conn:
        assert len(tickets.recent(conn, 5)) == 2


def test_a_desk_officer_gets_the_receipt_of_what_they_entered_and_of_nothing_else(
    signed_in: SignIn, installation: Installation
) -> None:
    officer, clerk = signed_in("desk_officer"), signed_in("clerk")
    mine = officer.post("/console/tickets/new", data=WALK_IN | {"form_token": token_of(officer)}).location
    form = WALK_IN | {"content": "Khác", "form_token": token_of(clerk)}
    other = clerk.post("/console/tickets/new", data=form).location
    assert officer.get(mine).status_code == 200
    assert officer.get(other).status_code == 404
    code = mine.split("/")[3]
    send(clerk, code, "concern", concerned=person_id(installation, "desk_officer"), reason="đọc đơn")
    assert officer.get(mine).status_code == 404
    assert signed_in("auditor").get("/console/tickets/new").status_code == 403


@pytest.mark.row("T-06")
def test_hostile_text_in_the_form_is_never_alive(signed_in: SignIn, installation: Installation) -> None:
    clerk, payload = signed_in("clerk"), '"></textarea><script>window.__pwned=1</script>'
    form = dict.fromkeys((*WALK_IN, "opening", "call"), payload)
    refused = clerk.post("/console/tickets/new", data=form | {"form_token": token_of(clerk)})
    assert refused.status_code == 400
    assert "<script>window" not in refused.text
    with installation.database.writing() as conn:
        opening = an_opening(conn, installation.clock.now(), opened_by=payload)
    form = WALK_IN | {"channel": "letter_box", "opening": opening}
    form |= {"summary": payload, "name": payload, "address": payload}
    receipt = clerk.post("/console/tickets/new", data=form | {"form_token": token_of(clerk)}).location
    for page in (clerk.get(receipt).text, clerk.get(f"/console/tickets/{only(installation).code}").text):
        assert "<script>window" not in page
