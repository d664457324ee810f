"""The national portal: a ticket's code there, the form that passes a case on, the list to compare."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from docx import Document
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from werkzeug.test import TestResponse

from logbook.accounts import audit_log
from logbook.database.tables import portal_codes
from logbook.installation import Installation
from logbook.retention import erasure
from logbook.tickets import history
from logbook.tickets.portal import codes
from tests.logbook.console.cases import by_phone, change, read, send, token_of
from tests.logbook.console.conftest import SignIn

CODE = "PAKN.20261125.0012"


def kept(installation: Installation) -> dict[int, str]:
    with installation.database.reading() as conn:
        return {row.ticket_id: row.code for row in conn.execute(select(portal_codes))}


def acts(installation: Installation, act: str) -> list[dict[str, Any]]:
    with installation.database.reading() as conn:
        return [json.loads(entry.details) for entry in audit_log.recent(conn, 50, act=act)]


def form(browser: FlaskClient, code: str, **fields: object) -> TestResponse:
    data = {"form_token": token_of(browser)} | fields
    return browser.post(f"/console/tickets/{code}/transfer.docx", data=data)


def words(answer: TestResponse) -> str:
    document = Document(io.BytesIO(answer.data))
    cells = [cell for table in document.tables for row in table.rows for cell in row.cells]
    paragraphs = [*document.paragraphs, *(one for cell in cells for one in cell.paragraphs)]
    return "\n".join(one.text for one in paragraphs)


@pytest.mark.row("000-13")
def test_a_clerk_notes_the_portals_code_finds_the_ticket_by_it_and_takes_it_off(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket = by_phone(installation, state="classified")
    by_phone(installation, "111111")
    clerk = signed_in("clerk")
    answer = send(clerk, ticket.code, "portal", portal_code=" mã PAKN: pakn.20261125 . 0012 ")
    assert answer.status_code == 303
    assert kept(installation) == {ticket.id: CODE}
    page = clerk.get(f"/console/tickets/{ticket.code}").text
    assert page.count(CODE) >= 3, "beside the title, in the form, in the history"
    for asked in (CODE, "pakn.20261125.0012", f"mã {CODE}"):
        for which in ("open", "all"):
            found = clerk.get("/console/tickets", query_string={"q": asked, "which": which}).text
            assert ticket.code in found, (asked, which)
            assert "111111" not in found, (asked, which)
    send(clerk, ticket.code, "portal", portal_code=CODE)
    send(clerk, ticket.code, "portal", portal_code=" ")
    assert kept(installation) == {}
    assert len(acts(installation, "portal_code")) == 2, "the same code again is nothing done"
    with installation.database.reading() as conn:
        said = [event.reason for event in history.of(conn, ticket.id) if event.verb == "note"]
        assert history.verify(conn) is None
    assert [CODE in reason for reason in said] == [True, True]


@pytest.mark.row("000-13")
def test_a_code_of_another_shape_or_of_another_ticket_is_refused_and_kept_as_it_was_typed(
    signed_in: SignIn, installation: Installation
) -> None:
    first, second = by_phone(installation), by_phone(installation, "111111")
    clerk = signed_in("clerk")
    send(clerk, first.code, "portal", portal_code=CODE)
    for wrong in ("ABC", "khong-so", "<b>1234</b>", "1" * 41, "a b 1", "MÃ-SỐ-1", "-1234", "12..34", "1234/"):
        answer = send(clerk, second.code, "portal", portal_code=wrong)
        assert answer.status_code == 400, wrong
        assert "Mã chỉ gồm" in answer.text
        assert "<b>1234" not in answer.text
    taken = send(clerk, second.code, "portal", portal_code=CODE.lower())
    assert (taken.status_code, "phiếu khác" in taken.text, CODE.lower() in taken.text) == (400, True, True)
    assert kept(installation) == {first.id: CODE}
    stale = {"form_token": token_of(clerk), "version": str(second.version), "portal_code": "PAKN.2"}
    change(installation, second, "note")
    assert clerk.post(f"/console/tickets/{second.code}/portal", data=stale).status_code == 409
    assert kept(installation) == {first.id: CODE}


@pytest.mark.row("T-10")
def test_a_denunciation_has_no_code_no_form_and_no_place_in_the_list(
    signed_in: SignIn, installation: Installation
) -> None:
    guided = by_phone(installation, state="guided")
    conflict = by_phone(installation, "111111", state="classified")
    change(installation, conflict, "concern", conflict=True)
    shown = by_phone(installation, "222222", state="classified")
    closed = by_phone(installation, "333333", state="closed")
    head = signed_in("head_of_office")
    assert send(head, guided.code, "portal", portal_code=CODE).status_code in (400, 403, 404)
    assert form(head, guided.code).status_code in (403, 404)
    with installation.database.writing() as conn, pytest.raises(codes.CodeRefusedError, match="guided"):
        codes.put(conn, guided, CODE, installation.clock.now())
    assert form(head, conflict.code).status_code == 404
    assert kept(installation) == {}
    answer = head.post("/console/tickets/portal.xlsx", data={"form_token": token_of(head)})
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    listed = {str(row[1]) for row in rows[1:]}
    assert listed == {shown.code}
    assert not listed & {guided.code, conflict.code, closed.code}


@pytest.mark.row("002-34")
def test_the_form_passes_a_case_on_with_the_caller_only_where_that_is_asked_for(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket = by_phone(installation, state="classified")
    who = {"caller_name": "Trần Thị B", "caller_address": "thôn 2"}
    change(installation, ticket, "write", content="Đường sụt.\n\nĐã hai tuần.", **who)
    clerk = signed_in("clerk")
    send(clerk, ticket.code, "portal", portal_code=CODE)
    bare = form(clerk, ticket.code, to="Sở Xây dựng tỉnh Khánh Hòa")
    assert bare.status_code == 200
    assert bare.headers["Cache-Control"] == "no-store"
    text = words(bare)
    for expected in (
        "PHIẾU CHUYỂN", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "/PC-UBND", f": {CODE}", ticket.code,
        "Kính gửi: Sở Xây dựng tỉnh Khánh Hòa", "Đường sụt.", "Đã hai tuần.", "20/2008/NĐ-CP", "CHỦ TỊCH",
    ):  # fmt: skip
        assert expected in text, expected
    assert [word for word in ("Trần Thị B", "thôn 2", "0912", "345678") if word in text] == []
    full = words(form(clerk, ticket.code, to="Sở Xây dựng", with_caller="1"))
    assert [word for word in ("Trần Thị B", "thôn 2", "0912") if word not in full] == []
    assert [one["with_caller"] for one in acts(installation, "transfer_form")] == [True, False]
    head = signed_in("head_of_desk")
    assert form(head, ticket.code, with_caller="1").status_code in (403, 404)
    long = form(clerk, ticket.code, to="x" * 201)
    assert (long.status_code, "x" * 201 in long.text) == (400, True)


@pytest.mark.row("002-34")
def test_who_brought_a_case_without_a_name_never_stands_on_the_form(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket = by_phone(installation, state="classified")
    from logbook.database.tables import tickets as table

    with installation.database.writing() as conn:
        conn.execute(table.update().where(table.c.id == ticket.id).values(anonymous=True, caller_name="Bà C"))
    clerk = signed_in("clerk")
    text = words(form(clerk, ticket.code, with_caller="1"))
    assert "không nêu tên" in text
    assert "Bà C" not in text
    assert "0912" not in text
    assert acts(installation, "transfer_form") == [{"with_caller": False}]


@pytest.mark.row("002-34")
def test_the_list_of_open_cases_holds_codes_and_deadlines_and_no_person(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket = by_phone(installation, state="transferred")
    change(installation, ticket, "write", content="=1+1 của bà D", caller_name="Bà D")
    clerk = signed_in("clerk")
    send(clerk, ticket.code, "portal", portal_code="0012345")
    page = clerk.get("/console/tickets").text
    assert "/console/tickets/portal.xlsx" in page
    answer = clerk.post("/console/tickets/portal.xlsx", data={"form_token": token_of(clerk)})
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    titles, row = book.get_sheet_by_index(0).to_python()
    assert titles[:3] == ["STT", "Mã phiếu", "Mã PAKN"]
    assert row[1:4] == [ticket.code, "0012345", "phản ánh"]
    assert row[-2:] == ["đã chuyển", "Sở Xây dựng"]
    everything = str([book.get_sheet_by_index(at).to_python() for at in range(2)])
    assert [word for word in ("bà D", "Bà D", "0912", "345678") if word in everything] == []
    (noted,) = acts(installation, "export")
    assert (noted["rows"], noted["format"]) == (1, "xlsx")
    assert clerk.post("/console/tickets/portal.xlsx").status_code in (400, 403)
    assert signed_in("team_member").post("/console/tickets/portal.xlsx").status_code in (400, 403)


@pytest.mark.row("002-34")
def test_the_code_goes_with_the_words_of_its_ticket(signed_in: SignIn, installation: Installation) -> None:
    ticket = by_phone(installation, state="closed")
    send(signed_in("clerk"), ticket.code, "portal", portal_code=CODE)
    assert kept(installation) == {ticket.id: CODE}
    with installation.database.writing() as conn:
        erasure.erase_ticket(conn, ticket.id, "B4", installation.clock.now())
        assert history.verify(conn) is None
    assert kept(installation) == {}
    assert CODE not in str(read(installation, ticket))
    with installation.database.reading() as conn:
        assert CODE not in str([event.reason for event in history.of(conn, ticket.id)])


def test_codes_are_read_however_they_are_written() -> None:
    good = {
        "pakn.2026-12": "PAKN.2026-12",
        " 12/34_A ": "12/34_A",
        "Mã: 1234": "1234",
        "Mã số 1234": "1234",
        "H54.15–2026": "H54.15-2026",
        "１２３４": "1234",
        "PAKN 0012": "0012",
        "PAKN-0012": "PAKN-0012",
        "H54 . 15\t-\u00a02026": "H54.15-2026",
    }
    assert {given: codes.typed(given) for given in good} == good
    bad = ["", "PAKN", "12", "a" * 40, "1234 5678", "12\n34", "mã", "12--34", "é1234", "1234;"]
    assert [one for one in bad if codes.typed(one) is not None] == []


def test_a_form_full_of_blanks_is_no_code_and_keeps_nobody_waiting() -> None:
    assert codes.typed("A" + " " * 60_000 + "1") is None  # a pattern that tries every blank takes a minute
