"""A ticket ends only as its outcome allows: rates mean something."""

from __future__ import annotations

import html

import pytest

from logbook.installation import Installation
from logbook.plain_text import is_sentence
from logbook.tickets.lifecycle import TicketOutcome
from logbook.tickets.verbs.close import NEEDS
from tests.logbook.console.cases import by_phone, change, read, send
from tests.logbook.console.conftest import SignIn

GOOD = {
    "resolved": {"cause": "Mưa lớn", "remedy": "Đã nạo vét"},
    "partly": {"cause": "Mưa lớn", "remedy": "Đã nạo vét"},
    "unfounded": {"cause": "Không có thật", "remedy": "Đã giải thích"},
    "not_ours": {"to": "Sở Xây dựng"},
    "withdrawn": {"reason": "Chị Bảy gọi lại xin rút"},
}


@pytest.mark.row("R1")
def test_each_outcome_is_refused_without_what_it_needs_and_keeps_the_words(
    signed_in: SignIn, installation: Installation
) -> None:
    clerk = signed_in("clerk")
    wrong: list[tuple[object, ...]] = []
    for number, outcome in enumerate(NEEDS):
        for lack, value in [(need, value) for need in NEEDS[outcome] for value in ("", "x", "xxxx xxxx")]:
            ticket = by_phone(
                installation, code=f"{number}{len(wrong)}{hash_of(lack + value):04d}", state="classified"
            )
            if lack != "content":
                change(installation, ticket, "write", content="Cống bị tắc.")
            if lack != "answer":
                change(installation, ticket, "answer", answer="Xã đã nạo vét.")
            if lack == "to" and value:
                continue  # a body may have a name of one word
            given = GOOD[outcome] | ({lack: value} if lack not in ("content", "answer") else {})
            refused = send(clerk, ticket.code, "close", outcome=outcome, **given)
            kept = all(word in html.unescape(refused.text) for word in given.values())
            if (refused.status_code, kept, read(installation, ticket).outcome) != (400, True, None):
                wrong.append((outcome, lack, value, refused.status_code))
    assert wrong == []


def hash_of(text: str) -> int:
    return sum(ord(letter) * place for place, letter in enumerate(text, 1)) % 10_000


@pytest.mark.row("R1")
@pytest.mark.row("002-34")
def test_with_it_each_outcome_closes_and_the_page_says_beforehand_what_is_missing(
    signed_in: SignIn, installation: Installation
) -> None:
    clerk = signed_in("clerk")
    bare = by_phone(installation, code="900000", state="classified")
    page = html.unescape(clerk.get(f"/console/tickets/{bare.code}").text)
    assert "phiếu chưa có nội dung" in page
    assert "chưa có câu trả lời" in page
    for number, (outcome, given) in enumerate(GOOD.items()):
        ticket = by_phone(installation, code=f"80000{number}", state="classified")
        if "answer" in NEEDS[TicketOutcome(outcome)]:
            change(installation, ticket, "write", content="Cống bị tắc.")
            change(installation, ticket, "answer", answer="Xã đã nạo vét.")
        assert send(clerk, ticket.code, "close", outcome=outcome, **given).status_code == 303, outcome
        closed = read(installation, ticket)
        assert (closed.state, closed.outcome) == ("closed", outcome)
        assert closed.transferred_to == given.get("to")


@pytest.mark.row("R1")
def test_an_answer_its_caller_rejected_resolves_nothing(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket, clerk = by_phone(installation, state="answered"), signed_in("clerk")
    change(installation, ticket, "write", content="Cống bị tắc.")
    change(installation, ticket, "reject_answer")
    refused = send(clerk, ticket.code, "close", outcome="resolved", **GOOD["resolved"])
    assert (refused.status_code, "chưa hài lòng" in html.unescape(refused.text)) == (400, True)


@pytest.mark.row("R1")
def test_a_wrong_number_is_closed_without_content_or_answer(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket, clerk = by_phone(installation), signed_in("clerk")
    change(installation, ticket, "classify", kind="nuisance")
    assert send(clerk, ticket.code, "close", outcome="unfounded", cause="x").status_code == 400
    assert send(clerk, ticket.code, "close", outcome="resolved", **GOOD["resolved"]).status_code == 400
    assert send(clerk, ticket.code, "close", outcome="unfounded", cause="Gọi nhầm máy").status_code == 303


def test_one_character_is_no_sentence_whatever_it_is_repeated_to() -> None:
    bad = ["", "x", "xxxx", "....", ". . . .", "xxxx xxxx", "abc abc", "1234 5678", "a b", "aa bb aa", "ư ơ"]
    good = ["Mưa lớn", "Cống bị tắc.", "thiếu người", "Power outage", "KHÔNG CÓ THẬT"]
    assert [text for text in bad if is_sentence(text)] == []
    assert [text for text in good if not is_sentence(text)] == []
