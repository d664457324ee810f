"""The audit log on the screen."""

from __future__ import annotations

import ast
import html
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote_plus

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from logbook.accounts import audit_log
from logbook.console.pages.accounts import audit_log as journal_page
from logbook.database.tables import journal as table
from logbook.installation import Installation
from logbook.texts.catalogue import load_texts
from tests.logbook.console.cases import by_phone, person_id
from tests.logbook.console.conftest import SignIn, form_token

HOUSE = Path(__file__).parents[5]


def verify(browser: FlaskClient) -> str:
    token = form_token(browser.get("/console/journal").text)
    return browser.post("/console/journal/verify", data={"form_token": token}).text


def modules() -> list[ast.Module]:
    files = [file for room in ("logbook", "ivr", "scheduler") for file in (HOUSE / room).rglob("*.py")]
    return [ast.parse(file.read_text(encoding="utf-8")) for file in files]


def constants_of(every: list[ast.Module]) -> dict[str, ast.expr]:
    """What stands behind the names in capitals."""
    given = [node for module in every for node in module.body if isinstance(node, ast.Assign)]
    return {
        target.id: node.value for node in given for target in node.targets if isinstance(target, ast.Name)
    }


def written_acts() -> Iterator[str]:
    """Every act named in a call of audit_log.write, and every act handed to the console's own writers."""
    every = modules()
    constants = constants_of(every)
    for module in every:
        for call in ast.walk(module):
            if not isinstance(call, ast.Call):
                continue
            match call.func:
                case ast.Attribute(value=ast.Name(id="audit_log" | "journal" | "lines"), attr="write"):
                    act = call.args[2]
                case ast.Name(id="_note" | "_renewed") if len(call.args) >= 4:
                    act = call.args[2]
                case _:
                    continue
            name = getattr(act, "id", getattr(act, "attr", ""))
            act = constants.get(name, act) if name.isupper() else act
            if isinstance(act, ast.Constant):
                yield str(act.value)


def test_every_act_that_is_written_has_a_name_in_the_catalogue() -> None:
    acts = set(written_acts())
    assert {"sign_in", "change_password", "disable_person", "close_line"} <= acts
    named = {key.removeprefix("act_") for key in load_texts()["vi"].sentences if key.startswith("act_")}
    assert acts == named


def written_subjects() -> Iterator[str]:
    """The kind of every subject handed to audit_log.write, where the call or a name beside it shows it."""
    every = modules()
    constants = constants_of(every)
    for module in every:
        given = {
            target.id: node.value
            for node in ast.walk(module)
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for call in ast.walk(module):
            match call:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="audit_log" | "journal" | "lines"), attr="write")
                ):
                    subject = call.args[3]
                case _:
                    continue
            name = getattr(subject, "id", getattr(subject, "attr", ""))
            subject = given.get(name) or constants.get(name) or subject
            if isinstance(subject, ast.JoinedStr):
                subject = subject.values[0]
            if isinstance(subject, ast.Constant):
                yield str(subject.value).partition(":")[0]


@pytest.mark.row("T-23")
def test_whatever_is_written_about_has_a_name_in_every_language() -> None:
    kinds = set(written_subjects())
    assert {"person", "ticket", "notice", "dossier", "samples"} <= kinds
    for language, catalogue in load_texts().items():
        assert [kind for kind in sorted(kinds) if f"subject_{kind}" not in catalogue.sentences] == [], (
            language
        )


@pytest.mark.row("T-23")
def test_what_nobody_signed_in_did_is_said_in_words(installation: Installation, signed_in: SignIn) -> None:
    auditor = signed_in("auditor")
    with installation.database.writing() as conn:
        for who in ("cli", "scheduler", "retention", "lan"):
            audit_log.write(conn, who, "listen", "notice:2026-11", installation.clock.now())
    shown = html.unescape(auditor.get("/console/journal").text)
    for words in ("dòng lệnh", "máy tự làm", "máy xóa theo hạn lưu", ">lan<", "thông báo tháng 2026-11"):
        assert words in shown, words
    assert ">cli<" not in shown


@pytest.mark.row("T-23")
def test_the_button_says_that_the_journal_is_intact_and_writes_that_it_was_checked(
    installation: Installation, signed_in: SignIn
) -> None:
    auditor = signed_in("auditor")
    assert "còn nguyên vẹn, chưa dòng nào" in verify(auditor)
    with installation.database.reading() as conn:
        assert [(line.act, line.details) for line in audit_log.recent(conn, 1)] == [
            ("verify", '{"sound": true}')
        ]


@pytest.mark.row("T-23")
def test_the_button_names_the_first_line_that_was_edited(
    installation: Installation, signed_in: SignIn
) -> None:
    auditor = signed_in("auditor")
    with installation.database.writing() as conn:
        for number in range(4):
            audit_log.write(conn, "lan", "listen", f"call:{number}", installation.clock.now())
        conn.execute(update(table).where(table.c.number == 3).values(who="mai"))
    assert "không còn nguyên vẹn từ dòng 3." in verify(auditor)


def test_the_journal_is_filtered_and_paged_without_a_gap(
    installation: Installation, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_page, "PAGE", 3)
    auditor = signed_in("auditor")
    with installation.database.writing() as conn:
        for number in range(5):
            audit_log.write(
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


def test_the_list_says_what_people_say_and_takes_the_same_words_for_a_filter(
    installation: Installation, signed_in: SignIn
) -> None:
    ticket, auditor = by_phone(installation, "612270"), signed_in("auditor")
    with installation.database.writing() as conn:
        now = installation.clock.now()
        audit_log.write(conn, "lan", "show_caller", f"ticket:{ticket.id}", now, "việc A1")
        audit_log.write(conn, "lan", "listen", f"recording:{ticket.recording_id}", now, "việc A2")
        audit_log.write(conn, "lan", "listen", "recording:77", now, "việc A3")
        audit_log.write(conn, "quan", "enable_person", f"person:{person_id(installation, 'auditor')}", now)
    page = html.unescape(auditor.get("/console/journal").text)
    assert "ticket:" not in page
    for said in ("phiếu 612270", "tài khoản auditor"):
        assert f">{said}</a>" in page
        assert f'href="/console/journal?subject={quote_plus(said)}"' in page
    for asked in ("612270", "phiếu 612270"):
        found = html.unescape(auditor.get("/console/journal", query_string={"subject": asked}).text)
        assert [one in found for one in ("việc A1", "việc A2", "việc A3")] == [True, True, False]
        assert f'value="{asked}"' in found
    for asked in ("auditor", "tài khoản auditor"):
        found = html.unescape(auditor.get("/console/journal", query_string={"subject": asked}).text)
        assert "việc A1" not in found
        assert found.count('<td data-label="Số"') == 1


@pytest.mark.parametrize(
    "query", ["before=²", "before=-1", f"before={2**63}", f"before={'9' * 400}", "who=%00", "act=x"]
)
def test_an_odd_address_is_answered_with_a_page(query: str, signed_in: SignIn) -> None:
    assert signed_in("auditor").get(f"/console/journal?{query}").status_code == 200


@pytest.mark.row("T-06")
def test_what_stands_in_a_line_is_shown_as_text(installation: Installation, signed_in: SignIn) -> None:
    markup = "<script>x</script>"
    with installation.database.writing() as conn:
        audit_log.write(conn, markup, markup, markup, installation.clock.now(), markup, **{markup: markup})
    page = signed_in("auditor").get("/console/journal").text
    assert "<script>x" not in page
    assert page.count("&lt;script&gt;x") >= 5
