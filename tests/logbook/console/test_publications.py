"""Publishing an answer on the pages: written, refused by the gate, approved by a second person, withdrawn."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from logbook.accounts import accounts, audit_log
from logbook.database.tables import publications as rows
from logbook.database.tables import tickets as ticket_rows
from logbook.ids import PersonId
from logbook.installation import Installation
from logbook.publications import publications
from logbook.publications.gate import GateRefusedError
from logbook.publications.publications import NotPublishableError, PublicationState
from logbook.tickets.tickets import Ticket
from tests.logbook.console.cases import by_phone, change, person_id, token_of
from tests.logbook.console.conftest import SignIn

GOOD = {
    "summary": "Người dân phản ánh mương thoát nước ở thôn Đông bị tắc.",
    "answer": "Mương đã được nạo vét xong.",
    "place": "thôn Đông",
}


def write(browser: FlaskClient, code: str, version: object = 0, **words: str) -> TestResponse:
    form = {"form_token": token_of(browser), "version": str(version), **GOOD, **words}
    return browser.post(f"/console/publications/{code}", data=form)


def approve(browser: FlaskClient, code: str, version: int) -> TestResponse:
    form = {"form_token": token_of(browser), "version": str(version)}
    return browser.post(f"/console/publications/{code}/approve", data=form)


def public(installation: Installation) -> list[str]:
    with installation.database.reading() as conn:
        return [one.summary for one in publications.shown(conn, 99)]


def answered(installation: Installation, code: str = "482913") -> Ticket:
    ticket = by_phone(installation, code, state="answered")
    return change(
        installation,
        ticket,
        "write",
        content="Tôi là Hùng ở nhà số 7, mương trước nhà tôi tắc hai tuần nay rồi mà không ai đến xem cả.",
        caller_name="Nguyễn Văn Hùng",
        caller_address="nhà số 7, thôn Đông",
    )


@pytest.mark.row("002-27")
def test_an_answer_is_written_by_one_person_and_stands_in_public_when_another_approved_it(
    installation: Installation, signed_in: SignIn
) -> None:
    answered(installation)
    clerk, head = signed_in("clerk"), signed_in("head_of_office")
    assert "/console/publications/482913" in clerk.get("/console/tickets/482913").text
    assert write(clerk, "482913").status_code == 303
    assert public(installation) == []
    assert "chờ duyệt" in head.get("/console/publications").text
    assert approve(head, "482913", 1).status_code == 303
    assert public(installation) == [GOOD["summary"]]
    page = clerk.get("/console/publications/482913").text
    assert "đang công khai" in page
    with installation.database.reading() as conn:
        acts = [line.act for line in audit_log.recent(conn, 9, subject="publication:1")]
    assert acts == ["publish", "write_publication"]


@pytest.mark.row("002-27")
def test_words_that_say_who_somebody_is_are_named_and_nothing_of_them_is_kept(
    installation: Installation, signed_in: SignIn
) -> None:
    answered(installation)
    clerk = signed_in("clerk")
    told = {
        "summary": "Ông Hùng phản ánh mương bị tắc.",
        "answer": "Đã gọi lại số 0912 345 678.",
        "place": "nhà số 7, thôn Đông",
    }
    for field, words in told.items():
        answer = write(clerk, "482913", 0, **{field: words})
        assert answer.status_code == 400, field
        assert "Những chữ sau có thể làm lộ một người" in answer.text
        assert words in answer.text
    assert "<mark>Ông Hùng</mark>" in write(clerk, "482913", summary=told["summary"]).text
    with installation.database.reading() as conn:
        assert conn.execute(select(rows.c.id)).first() is None


@pytest.mark.row("002-27")
def test_whoever_wrote_a_word_of_it_does_not_approve_it_and_a_changed_text_is_read_again(
    installation: Installation, signed_in: SignIn
) -> None:
    answered(installation)
    clerk, head, chairman = signed_in("clerk"), signed_in("head_of_office"), signed_in("chairman")
    write(head, "482913")
    write(clerk, "482913", 1, answer="Mương đã được nạo vét và đậy nắp.")
    refused = approve(head, "482913", 2)
    assert refused.status_code == 400
    assert "Người viết không duyệt lời của mình" in refused.text
    assert approve(chairman, "482913", 1).status_code == 409
    assert public(installation) == []
    assert approve(clerk, "482913", 2).status_code == 403
    assert approve(chairman, "482913", 2).status_code == 303
    assert public(installation) != []
    assert write(clerk, "482913", 3).status_code == 400


@pytest.mark.row("002-27")
def test_what_was_public_is_withdrawn_at_once_with_a_reason_and_a_trace(
    installation: Installation, signed_in: SignIn
) -> None:
    answered(installation)
    clerk, head = signed_in("clerk"), signed_in("head_of_office")
    write(clerk, "482913")
    approve(head, "482913", 1)
    form = {"form_token": token_of(clerk), "why": " "}
    assert clerk.post("/console/publications/482913/withdraw", data=form).status_code == 400
    form["why"] = "Có người nhận ra nơi xảy ra."
    assert clerk.post("/console/publications/482913/withdraw", data=form).status_code == 303
    assert public(installation) == []
    with installation.database.reading() as conn:
        newest = audit_log.recent(conn, 1, subject="publication:1")[0]
    assert (newest.act, newest.who, newest.reason) == ("withdraw_publication", "clerk", form["why"])
    assert "Có người nhận ra" in head.get("/console/publications/482913").text
    write(clerk, "482913", 3)
    assert approve(head, "482913", 4).status_code == 303
    assert public(installation) == [GOOD["summary"]]


NEVER: tuple[dict[str, Any], ...] = (
    *(
        {"kind": kind}
        for kind in ("denunciation", "formal_complaint", "emergency", "nuisance", "unclassified")
    ),
    *({"state": "guided"}, {"conflict": True}, {"subject_ids": frozenset({1})}),
    *({"answer": None}, {"state": "classified"}),
)


@pytest.mark.row("002-27")
def test_what_is_never_public_is_neither_written_nor_approved_nor_left_standing(
    installation: Installation, signed_in: SignIn
) -> None:
    signed_in("clerk"), signed_in("head_of_office")
    for at, columns in enumerate(NEVER):
        _never(installation, answered(installation, f"{482000 + at}"), columns)


def _never(installation: Installation, ticket: Ticket, columns: dict[str, Any]) -> None:
    changed = update(ticket_rows).where(ticket_rows.c.id == ticket.id)
    kept = {name: getattr(ticket, name) for name in columns}
    draft = publications.PublicDraft(**GOOD)
    settings, now = installation.settings, installation.clock.now()

    def alter(values: dict[str, Any]) -> Ticket:
        with installation.database.writing() as conn:
            conn.execute(changed.values(**values))
            row = conn.execute(select(*Ticket.columns()).where(ticket_rows.c.id == ticket.id)).one()
            return Ticket.of_row(row)

    with installation.database.reading() as conn:
        people = {one: _person(installation, conn, one) for one in ("clerk", "head_of_office")}
    altered = alter(columns)
    with installation.database.writing() as conn, pytest.raises(NotPublishableError):
        publications.write(conn, altered, draft, 0, settings, people["clerk"], now)
    ordinary = alter(kept)
    with installation.database.writing() as conn:
        number = publications.write(conn, ordinary, draft, 0, settings, people["clerk"], now)
    alter(columns)
    with installation.database.writing() as conn, pytest.raises(NotPublishableError):
        publications.publish(conn, number, 1, settings, people["head_of_office"], now)
    alter(kept)
    with installation.database.writing() as conn:
        publications.publish(conn, number, 1, settings, people["head_of_office"], now)
    assert public(installation) == [GOOD["summary"]]
    alter(columns)
    assert public(installation) == []


@pytest.mark.row("002-27")
def test_the_gate_looks_again_when_it_is_published_since_the_case_may_have_changed(
    installation: Installation, signed_in: SignIn
) -> None:
    ticket = answered(installation)
    signed_in("clerk"), signed_in("head_of_office")
    settings, now = installation.settings, installation.clock.now()
    with installation.database.writing() as conn:
        clerk, head = (_person(installation, conn, one) for one in ("clerk", "head_of_office"))
        draft = publications.PublicDraft("Có người nêu việc do Gấm bán nước gây ồn.", "Đã nhắc nhở.", "")
        number = publications.write(conn, ticket, draft, 0, settings, clerk, now)
    change(installation, ticket, "write", content="khác", caller_name="Lê Thị Gấm")
    with installation.database.writing() as conn, pytest.raises(GateRefusedError):
        publications.publish(conn, number, 1, settings, head, now)
    with installation.database.writing() as conn:  # words that came in by another way than `write`
        conn.execute(update(rows).values(summary="Ông Hùng ở nhà số 7."))
    with installation.database.writing() as conn, pytest.raises(GateRefusedError):
        publications.publish(conn, number, 1, settings, head, now)
    assert public(installation) == []


@pytest.mark.row("T-10")
def test_whoever_may_not_see_the_case_does_not_see_what_is_written_of_it(
    installation: Installation, signed_in: SignIn
) -> None:
    ticket = answered(installation)
    clerk, chairman = signed_in("clerk"), signed_in("chairman")
    write(clerk, "482913")
    assert "482913" in chairman.get("/console/publications").text
    change(installation, ticket, "concern", subject_ids=[person_id(installation, "chairman")], conflict=True)
    assert "482913" not in chairman.get("/console/publications").text
    assert chairman.get("/console/publications/482913").status_code == 404
    assert approve(chairman, "482913", 1).status_code == 404


def test_one_function_alone_makes_something_public() -> None:
    house = Path(__file__).parents[3]
    owners = []
    for path in [file for room in ("logbook", "ivr", "scheduler") for file in (house / room).rglob("*.py")]:
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                text = ast.unparse(function)
                if (
                    "'state': PublicationState.PUBLISHED" in text
                    or "state=PublicationState.PUBLISHED" in text
                ):
                    owners.append(function.name)
    assert owners == ["publish"]
    assert {one.value for one in PublicationState} == {"draft", "published", "withdrawn"}


def _person(installation: Installation, conn: Any, login: str) -> Any:

    return accounts.find(conn, PersonId(person_id(installation, login)))
