"""The journal on the screen."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from logbook import journal
from logbook.console import journal_page
from logbook.installation import Installation
from logbook.tables import journal as table
from tests.logbook.console.conftest import SignIn, form_token

HOUSE = Path(__file__).parents[3]


def verify(browser: FlaskClient) -> str:
    token = form_token(browser.get("/console/journal").text)
    return browser.post("/console/journal/verify", data={"form_token": token}).text


def written_acts() -> Iterator[str]:
    """Every act named in a call of journal.write, and every act handed to the console's own writers."""
    for room in ("logbook", "ivr", "scheduler"):
        for file in (HOUSE / room).rglob("*.py"):
            for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if not isinstance(call, ast.Call):
                    continue
                match call.func:
                    case ast.Attribute(value=ast.Name(id="journal" | "lines"), attr="write"):
                        act = call.args[2]
                    case ast.Name(id="_note" | "_renewed") if len(call.args) >= 4:
                        act = call.args[2]
                    case _:
                        continue
                if isinstance(act, ast.Constant):
                    yield str(act.value)


def test_every_act_that_is_written_has_a_name_in_the_catalogue(installation: Installation) -> None:
    acts = set(written_acts())
    assert {"sign_in", "change_password", "disable_person", "close_line"} <= acts
    named = {key.removeprefix("act_") for key in installation.texts["vi"].sentences if key.startswith("act_")}
    assert acts == named


@pytest.mark.row("T-23")
def test_the_button_says_that_the_journal_is_intact_and_writes_that_it_was_checked(
    installation: Installation, signed_in: SignIn
) -> None:
    auditor = signed_in("auditor")
    assert "còn nguyên vẹn, chưa dòng nào" in verify(auditor)
    with installation.database.reading() as conn:
        assert [(line.act, line.details) for line in journal.recent(conn, 1)] == [
            ("verify", '{"sound": true}')
        ]


@pytest.mark.row("T-23")
def test_the_button_names_the_first_line_that_was_edited(
    installation: Installation, signed_in: SignIn
) -> None:
    auditor = signed_in("auditor")
    with installation.database.writing() as conn:
        for number in range(4):
            journal.write(conn, "lan", "listen", f"call:{number}", installation.clock.now())
        conn.execute(update(table).where(table.c.number == 3).values(who="mai"))
    assert "không còn nguyên vẹn từ dòng 3." in verify(auditor)


def test_the_journal_is_filtered_and_paged_without_a_gap(
    installation: Installation, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_page, "PAGE", 3)
    auditor = signed_in("auditor")
    with installation.database.writing() as conn:
        for number in range(5):
            journal.write(
                conn, "lan", "listen", f"call:{number}", installation.clock.now(), f"lý do {number}"
            )
    first = auditor.get("/console/journal?who=lan").text
    assert [f"lý do {number}" in first for number in range(5)] == [False, False, True, True, True]
    assert "before=4&amp;who=lan" in first
    second = auditor.get("/console/journal?before=4&who=lan").text
    assert [f"lý do {number}" in second for number in range(5)] == [True, True, False, False, False]
    assert "before=" not in second
    assert "lý do 2" in auditor.get("/console/journal?act=listen&subject=call:2").text
    assert "Không có dòng nào" in auditor.get("/console/journal?act=export").text


@pytest.mark.parametrize(
    "query", ["before=²", "before=-1", f"before={2**63}", f"before={'9' * 400}", "who=%00", "act=x"]
)
def test_an_odd_address_is_answered_with_a_page(query: str, signed_in: SignIn) -> None:
    assert signed_in("auditor").get(f"/console/journal?{query}").status_code == 200


@pytest.mark.row("T-06")
def test_what_stands_in_a_line_is_shown_as_text(installation: Installation, signed_in: SignIn) -> None:
    markup = "<script>x</script>"
    with installation.database.writing() as conn:
        journal.write(conn, markup, markup, markup, installation.clock.now(), markup, **{markup: markup})
    page = signed_in("auditor").get("/console/journal").text
    assert "<script>x" not in page
    assert page.count("&lt;script&gt;x") >= 5
