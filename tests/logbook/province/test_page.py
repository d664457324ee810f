"""The province's page and files: every figure names its office and report; no office is reachable."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from docx import Document
from flask import Flask
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from werkzeug.test import Client

from ivr import province_app
from ivr.province_app import Province
from logbook.accounts import accounts
from logbook.accounts.rights import PROVINCE, PROVINCE_ROLES, ROLES, Act, Person, may
from logbook.console.registry import console_blueprint
from logbook.database.engine import Database
from logbook.database.tables import journal
from logbook.ids import PersonId
from logbook.installation import Installation
from logbook.offices.register import OfficeRegister
from logbook.province import register
from tests.logbook.offices.made import make_installation
from tests.logbook.province.conftest import PASSWORD
from tests.logbook.province.made import DECEMBER_4, document, part

Enter = Callable[[], FlaskClient]
OWN = {
    "account",
    "change_language",
    "change_password",
    "drop_kept",
    "drop_second_factor",
    "end_other_sessions",
    "keep_second_factor",
    "province_document",
    "province_office",
    "province_workbook",
    "second_factor_now",
    "second_factor_page",
    "sign_in_now",
    "sign_in_page",
    "sign_out",
    "static",
    "today",
}
"""Every page of the province: signing in, the own account, figures."""


@pytest.mark.row("T-28")
def test_the_province_sees_the_month_of_every_office_and_who_is_missing(officer: Enter) -> None:
    page = officer().get("/console/").get_data(as_text=True)
    for words in (
        "Số liệu đã xác nhận tháng 11/2026, tỉnh Khánh Hòa",
        "2/3 đơn vị đã xác nhận báo cáo tháng.",
        "Chưa có báo cáo của 1 đơn vị: Phường Nha Trang.",
        "Xã Đại Lãnh",
        "Báo cáo số 17, xác nhận 03/12/2026",
        "18/20",
        "50/50",
    ):
        assert words in page, words
    assert "95%" in page


def test_one_office_shows_every_figure_its_report_and_what_is_hidden(officer: Enter) -> None:
    browser = officer()
    page = browser.get("/console/office/22504?month=2026-11").get_data(as_text=True)
    for words in ("Xã Đại Lãnh, tháng 11/2026", document().figures.report_hash, "38/40", "dưới 5", "210"):
        assert words in page, words
    assert "chưa xác nhận báo cáo" in browser.get("/console/office/22366?month=2026-11").get_data(
        as_text=True
    )
    for odd in (
        "/console/office/22507",
        "/console/office/x?month=2026-11",
        "/console/office/22504?month=2020-01",
    ):
        assert browser.get(odd).status_code == 404, odd


def test_a_month_is_chosen_and_nonsense_shows_the_last_one(officer: Enter) -> None:
    browser = officer()
    assert "tháng 10/2026" in browser.get("/console/?month=2026-10").get_data(as_text=True)
    for odd in ("", "2026-13", "x", "2026-11%27", "9999999"):
        assert "tháng 11/2026" in browser.get(f"/console/?month={odd}").get_data(as_text=True), odd


def test_a_correction_counts_and_says_so(officer: Enter, province: Installation) -> None:
    later = document(version=2, report=18, issued_at=document().figures.issued_at + timedelta(hours=1))
    with province.database.writing() as conn:
        register.take(conn, later.as_text().encode(), DECEMBER_4)
    page = officer().get("/console/").get_data(as_text=True)
    assert "Báo cáo số 18, xác nhận 03/12/2026, lần 2" in page


def test_a_sum_adds_only_what_is_shown_and_says_of_how_many_offices(
    officer: Enter, province: Installation
) -> None:
    hidden = document("22366", criteria=(part(None, None), part(38, 40)))
    with province.database.writing() as conn:
        register.take(conn, hidden.as_text().encode(), DECEMBER_4)
    page = officer().get("/console/").get_data(as_text=True)
    assert "380/400, của 2 đơn vị" in page
    assert "dưới 5" in page


@pytest.mark.row("T-10")
def test_a_province_whose_book_cannot_be_opened_says_so_and_keeps_nobody_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(province_app, "OPENING_SECONDS", 0.01)
    pages = Province(OfficeRegister(make_installation(tmp_path)), {"TONGDAI_MODE": "demo"})
    closed, close = list[Database](), Database.close

    def noted(database: Database) -> None:
        closed.append(database)
        close(database)

    monkeypatch.setattr(Database, "close", noted)
    file = tmp_path / "province" / "tongdai.db"
    file.parent.mkdir()
    file.write_bytes(b"no database at all" * 400)
    assert Client(pages).get("/console/").status_code == 503
    assert len(closed) == 1
    file.unlink()
    with pages._lock:  # somebody opens it, for however long
        assert Client(pages).get("/console/").status_code == 503
    assert Client(pages).get("/console/").status_code == 303


def test_nothing_of_an_offices_console_is_reachable_for_the_province(
    officer: Enter, province_app: Flask, province: Installation
) -> None:
    office = Flask("office", static_folder=None)
    office.register_blueprint(console_blueprint(province))
    own = {rule.endpoint for rule in province_app.url_map.iter_rules()}
    browser = officer()
    others = [rule for rule in office.url_map.iter_rules() if rule.endpoint not in own]
    addresses = {re.sub("<[^>]*>", "1", rule.rule) for rule in others}
    reached = [
        (method, address)
        for address in sorted(addresses)
        for method in ("GET", "POST")
        if browser.open(address, method=method).status_code < 400
    ]
    assert (reached, len(addresses) > 100) == ([], True)
    assert own - {"front"} == {f"console.{one}" for one in OWN}


@pytest.mark.row("T-10")
def test_the_provinces_role_may_do_nothing_in_an_office_and_no_office_role_anything_here(
    province_app: Flask, province: Installation
) -> None:
    who = Person(PersonId(1), "tinh", "T", "", PROVINCE, "vi", True, must_change_password=False)
    assert {act for act in Act if may(who, act)} == {Act.OWN_ACCOUNT, Act.SEE_PROVINCE}
    assert not ROLES.keys() & PROVINCE_ROLES.keys()
    assert [role for role in ROLES if may(replace(who, role=role), Act.SEE_PROVINCE)] == []
    with province.database.writing() as conn:
        accounts.add(
            conn,
            login="ct",
            name="C",
            role="chairman",
            password=PASSWORD,
            now=DECEMBER_4,
            must_change_password=False,
        )
    browser = province_app.test_client()
    browser.post("/console/sign-in", data={"login": "ct", "password": PASSWORD})
    pages = ("/console/", "/console/office/22504", "/console/document", "/console/workbook")
    assert [browser.get(one).status_code for one in pages] == [403] * 4
    assert [province_app.test_client().get(one).status_code for one in pages] == [303] * 4


def test_the_document_and_the_workbook_say_what_the_page_says(officer: Enter, province: Installation) -> None:
    browser = officer()
    letter = Document(io.BytesIO(browser.get("/console/document?month=2026-11").data))
    text = "\n".join(one.text for one in letter.paragraphs)
    assert "Chưa có báo cáo của 1 đơn vị: Phường Nha Trang." in text
    assert "Tỷ lệ hài lòng chung: 95% (380/400 ý kiến hợp lệ, của 2 đơn vị)." in text
    cells = [[cell.text for cell in row.cells] for table in letter.tables for row in table.rows]
    report = "Báo cáo số 17, xác nhận 03/12/2026"
    assert ["1", "Xã Vạn Ninh", report, "95% (190/200)", "18/20", "50/50"] in cells
    book = CalamineWorkbook.from_filelike(io.BytesIO(browser.get("/console/workbook?month=2026-11").data))
    assert book.sheet_names == ["Đơn vị", "Tiêu chí, thời hạn", "Diễn biến", "Chưa báo cáo"]
    rows = [list(row) for row in book.get_sheet_by_name("Đơn vị").to_python()]
    assert ["Xã Vạn Ninh", report, 190, 200, 95, 18, 20, 50, 50, 210, 190, 22, 20, 0, 99] in rows
    assert ["22366", "Phường Nha Trang"] in book.get_sheet_by_name("Chưa báo cáo").to_python()
    with province.database.reading() as conn:
        acts = conn.execute(select(journal.c.act, journal.c.subject)).all()
    assert [tuple(one) for one in acts if one.act == "download_province"] == [
        ("download_province", "month:2026-11")
    ] * 2
