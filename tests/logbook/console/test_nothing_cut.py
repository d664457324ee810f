"""No words of anybody are cut in silence: stored whole, or refused with numbers and given back whole."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from ivr.commands.closing import close
from logbook.database.tables import obstacles, people
from logbook.installation import Installation
from logbook.plain_text import TooLongError, whole_text
from logbook.tickets import history
from logbook.tickets.verbs.verb import ANSWER_LIMIT
from tests.logbook.console.cases import by_phone, change, read, send, token_of
from tests.logbook.console.conftest import SignIn

TEMPLATES = Path(__file__).parents[3] / "logbook" / "console" / "templates" / "console"


@pytest.mark.row("B-11")
def test_more_words_than_a_ticket_holds_are_refused_with_numbers_and_come_back_whole(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket, clerk = by_phone(installation, state="classified"), signed_in("clerk")
    change(installation, ticket, "write", content="ă" * 19_900)
    change(installation, ticket, "ask_more", question="Ở đâu?")
    more = "bổ sung " * 41 + "hết ở đây"
    refused = send(clerk, ticket.code, "supply", content=more)
    text = html.unescape(refused.text)
    assert refused.status_code == 400
    assert f"dài {19_900 + 2 + len(more)} chữ, chỗ này nhận nhiều nhất 20000 chữ" in text
    assert more in text
    kept = read(installation, ticket)
    assert (kept.state, len(kept.content or "")) == ("waiting_for_caller", 19_900)
    assert send(clerk, ticket.code, "supply", content="đ" * 98).status_code == 303
    assert len(read(installation, ticket).content or "") == 20_000


@pytest.mark.row("B-11")
def test_every_form_with_words_refuses_what_does_not_fit_and_gives_it_back(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket = by_phone(installation, code="482913", state="classified")
    head, administrator = signed_in("head_of_office"), signed_in("administrator")
    version = str(ticket.version)
    long = "dài lắm " * 3000
    entered = {
        "channel": "walk_in",
        "caller_type": "individual",
        "content": "Đèn",
        "name": "Bảy",
        "address": "Đông",
    }
    forms = [
        (head, "/console/tickets/482913/write", {"version": version, "content": "x"}, ("content", "summary")),
        (head, "/console/tickets/482913/note", {"version": version}, ("reason",)),
        (
            head,
            "/console/tickets/482913/transfer",
            {"version": version, "to": "Sở", "reason": "vì"},
            ("to", "reason"),
        ),
        (head, "/console/tickets/482913/ask_more", {"version": version}, ("question",)),
        (head, "/console/tickets/482913/answer", {"version": version}, ("answer",)),
        (head, "/console/tickets/482913/instruct", {"version": version}, ("instruction",)),
        (head, "/console/tickets/new", entered, ("content", "summary", "name", "address")),
        (head, "/console/reports/obstacles", {"text": "mạng", "owner": "VNPT"}, ("text", "owner")),
        (head, "/console/keeping/hold", {"code": "482913", "reason": "vì"}, ("reason",)),
        (
            head,
            "/console/calendar/days",
            {"day": "2026-12-07", "worked": "no", "reason": "bão", "document": "số"},
            ("document",),
        ),
        (head, "/console/tickets/views", {"query": "which=all"}, ("name",)),
        (
            administrator,
            "/console/people/new",
            {"login": "moi", "role": "clerk", "name": "Mới"},
            ("name", "title"),
        ),
    ]
    wrong = []
    with installation.database.reading() as conn:
        before = len(history.of(conn, ticket.id))
    for browser, path, good, names in forms:
        for name in names:
            form = {"form_token": token_of(browser), **good, name: long}
            answer = browser.post(path, data=form)
            back = answer.status_code == 400 and long.strip() in html.unescape(answer.text)
            numbers = str(len(long.strip())) in answer.text or "calendar" in path
            if not (back and numbers):
                wrong.append((path, name, answer.status_code, back))
    assert wrong == []
    with installation.database.reading() as conn:
        assert len(history.of(conn, ticket.id)) == before
        assert conn.execute(select(func.count()).select_from(obstacles)).scalar() == 0
        assert conn.execute(select(func.count()).where(people.c.login == "moi")).scalar() == 0


@pytest.mark.row("B-11")
def test_a_browser_cuts_no_pasted_words_either() -> None:
    words = re.compile(r"<textarea\b[^>]*maxlength", re.DOTALL)
    cutting = [file.name for file in TEMPLATES.rglob("*.html") if words.search(file.read_text("utf-8"))]
    assert cutting == []


@pytest.mark.row("B-11")
def test_a_reason_to_close_the_line_that_is_too_long_is_refused_on_the_command_line_too() -> None:
    done = CliRunner().invoke(close, ["bão " * 200])
    assert done.exit_code == 2
    assert "dài 799 chữ, nhận nhiều nhất 500 chữ" in done.output


def test_whole_words_are_measured_as_they_will_be_stored() -> None:
    assert whole_text(" e\u0302\u0301\r\n ", 1) == "ế"
    with pytest.raises(TooLongError) as refused:
        whole_text("một hai", 3)
    assert (refused.value.given, refused.value.limit) == (7, 3)
    assert ANSWER_LIMIT == 4000
