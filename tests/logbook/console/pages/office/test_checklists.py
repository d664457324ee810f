"""Checklists: what is posted where, supplies, equipment, procedures; one mechanism, nothing overwritten."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from logbook.accounts import audit_log
from logbook.clock import Clock
from logbook.console.registry import console_blueprint
from logbook.database.tables import checklist_looks
from logbook.guards import keep_watch
from logbook.installation import Installation
from logbook.settings.lists import ChecklistPart, ListedPart
from tests.browsers import with_browsers
from tests.logbook.console.conftest import PASSWORD, SignIn, form_token

STATE = re.compile(r'name="state\.([a-z0-9_.-]+)"')
SEEN = re.compile(r'name="(seen\.[a-z0-9_.-]+)" value="(\d+)"')


def opened(browser: FlaskClient, key: str, **query: str) -> str:
    answer = browser.get(f"/console/checklists/{key}", query_string=query)
    assert answer.status_code == 200
    return answer.text


def send(browser: FlaskClient, key: str, page: str, /, **fields: str) -> TestResponse:
    """Send the form of a page as it was opened; `fields` are cells by "item.place" or other fields."""
    given = {"form_token": form_token(page), **dict(SEEN.findall(page))}
    for name, value in fields.items():
        is_cell = "." in name and not name.startswith("note.")
        given[f"state.{name}" if is_cell else name] = value
    return browser.post(f"/console/checklists/{key}", data=given)


def tick(browser: FlaskClient, key: str, /, **fields: str) -> None:
    assert send(browser, key, opened(browser, key), **fields).status_code == 303


Later = Callable[..., FlaskClient]


@pytest.fixture
def later(installation: Installation, desk_app: Flask, signed_in: SignIn) -> Later:
    """A browser of somebody in the same office some days later, with other settings perhaps."""

    def sign_in(role: str, days: int = 0, **settings: Any) -> FlaskClient:
        signed_in(role)
        clock = Clock(installation.clock.now() + timedelta(days=days))
        known = dataclasses.replace(installation.settings, **settings)
        app = Flask("later", static_folder=None)
        keep_watch(app)
        app.register_blueprint(
            console_blueprint(dataclasses.replace(installation, clock=clock, settings=known))
        )
        browser = with_browsers(app).test_client()
        sent = {"login": role, "password": PASSWORD}
        assert browser.post("/console/sign-in", data=sent).status_code == 303
        return browser

    return sign_in


@pytest.mark.row("002-05")
def test_seven_things_in_two_places_show_when_each_was_looked_at_and_which_look_is_out_of_date(
    signed_in: SignIn, later: Later
) -> None:
    page = opened(signed_in("clerk"), "niem-yet")
    cells = STATE.findall(page)
    assert len(cells) == 14
    assert len({one.partition(".")[0] for one in cells}) == 7
    assert page.count("chưa kiểm tra</span>") >= 14
    tick(signed_in("clerk"), "niem-yet", **dict.fromkeys(cells, "present"))
    assert "lâu chưa kiểm tra</span>" not in opened(signed_in("clerk"), "niem-yet")
    tick(later("clerk", 20), "niem-yet", **{"tra-cuu.bang": "missing", "note.tra-cuu.trang": "địa chỉ cũ"})
    auditor = later("auditor", 31)
    page = opened(auditor, "niem-yet")
    assert page.count('<span class="state due-soon">lâu chưa kiểm tra</span>') == 12
    assert page.count("25/11/2026") == 12
    assert page.count("15/12/2026") >= 2
    assert "1 ô thiếu" in page
    assert "địa chỉ cũ" in page
    assert "Bảng niêm yết tại Bộ phận Một cửa: 6/7 (85,7 %)" in page
    assert "12 ô lâu chưa kiểm tra" in auditor.get("/console/checklists").text


@pytest.mark.row("002-09")
def test_the_desk_ticks_its_supplies_anew_each_month_and_the_month_before_can_be_read(
    signed_in: SignIn, later: Later
) -> None:
    clerk = signed_in("desk_officer")
    page = opened(clerk, "vat-dung")
    for item in ("Mẫu tờ khai", "Bút viết", "Ghim giấy", "Máy scan", "Ghế ngồi", "Nước uống"):
        assert item in page, item
    cells = dict.fromkeys(STATE.findall(page), "present")
    tick(clerk, "vat-dung", **cells | {"nuoc-uong.mot-cua": "missing"})
    assert "1 ô thiếu" in opened(clerk, "vat-dung")
    clerk = later("desk_officer", 10)
    december = opened(clerk, "vat-dung")
    assert "tháng 12/2026" in december
    assert "7 ô chưa kiểm tra" in december
    november = opened(clerk, "vat-dung", month="2026-11")
    assert "1 ô thiếu" in november
    assert "chưa kiểm tra</span>" not in november
    assert clerk.get("/console/checklists/vat-dung?month=2027-01").status_code == 404


@pytest.mark.row("001-14")
def test_equipment_that_is_missing_is_a_task_on_the_first_page_until_it_is_there(signed_in: SignIn) -> None:
    leader = signed_in("team_leader")
    page = opened(leader, "co-so-vat-chat")
    assert all(word in page for word in ("Máy tính", "Mạng Internet", "Bàn làm việc"))
    cells = dict.fromkeys(STATE.findall(page), "present")
    tick(leader, "co-so-vat-chat", **cells | {"may-tinh.to": "missing", "note.may-tinh.to": "máy đem đi sửa"})
    first = signed_in("clerk").get("/console/").text
    task = "Thiếu: Máy tính (Tổ lấy phiếu và viết hộ), từ ngày 25/11/2026"
    assert task in first
    assert "máy đem đi sửa" in first
    assert task not in signed_in("chairman").get("/console/").text
    tick(leader, "co-so-vat-chat", **{"may-tinh.to": "present"})
    assert task not in signed_in("clerk").get("/console/").text


@pytest.mark.row("002-10")
def test_each_procedure_says_whether_it_is_published_has_a_sample_and_a_proposal_with_share_and_rest(
    signed_in: SignIn,
) -> None:
    clerk = signed_in("clerk")
    page = opened(clerk, "thu-tuc")
    cells = STATE.findall(page)
    assert len(cells) == 3 * 7
    assert "0/7 (0 %)" in page
    samples = {one: "present" for one in cells if one.endswith(".ho-so-mau") and "dat-dai" not in one}
    tick(clerk, "thu-tuc", **samples, **{"cu-tru.cong-khai": "not_needed", "khai-tu.cong-khai": "present"})
    page = opened(clerk, "thu-tuc")
    assert "Có hồ sơ mẫu: 6/7 (85,7 %)</b></summary><p>Chưa có: Thủ tục về đất đai.</p>" in page
    assert "Đã công khai: 1/6 (16,6 %)" in page


def test_two_who_look_at_once_never_cover_each_other_and_nothing_that_was_chosen_is_lost(
    installation: Installation, signed_in: SignIn
) -> None:
    first, second = signed_in("clerk"), signed_in("head_of_office")
    page, other = opened(first, "niem-yet"), opened(second, "niem-yet")
    assert send(first, "niem-yet", page, **{"tra-cuu.bang": "missing"}).status_code == 303
    refused = send(second, "niem-yet", other, **{"tra-cuu.bang": "present", "quy-che.trang": "present"})
    assert refused.status_code == 409
    assert "có người vừa kiểm tra" in refused.text
    assert "Người clerk" in refused.text
    assert refused.text.count("selected") == 2
    with installation.database.reading() as conn:
        rows = conn.execute(select(checklist_looks.c.item, checklist_looks.c.state)).all()
    assert rows == [("tra-cuu", "missing")]
    assert send(second, "niem-yet", refused.text, **{"tra-cuu.bang": "present"}).status_code == 303
    history = second.get("/console/checklists/niem-yet/history?item=tra-cuu&place=bang").text
    assert history.index("Người head_of_office</td>") < history.index("Người clerk</td>")


def test_the_button_for_all_enters_that_what_had_a_result_was_looked_at_again(
    signed_in: SignIn, later: Later
) -> None:
    tick(signed_in("clerk"), "niem-yet", **{"tra-cuu.bang": "missing", "note.tra-cuu.bang": "mờ chữ"})
    browser = later("clerk", 40)
    assert "lâu chưa kiểm tra</span>" in opened(browser, "niem-yet")
    tick(browser, "niem-yet", all="same")
    page = opened(browser, "niem-yet")
    assert "lâu chưa kiểm tra</span>" not in page
    assert "mờ chữ" in page
    assert "13 ô chưa kiểm tra" in page


def test_what_is_wrong_is_refused_with_a_sentence_and_keeps_nothing(
    installation: Installation, signed_in: SignIn
) -> None:
    clerk = signed_in("clerk")
    page = opened(clerk, "niem-yet")
    for fields in ({}, {"tra-cuu.bang": "half"}, {"note.tra-cuu.bang": "chỉ ghi chú"}):
        assert send(clerk, "niem-yet", page, **fields).status_code == 400, fields
    assert send(clerk, "niem-yet", page, **{"note.x.y": "z", "x.y": "present"}).status_code == 400
    assert clerk.get("/console/checklists/khong-co").status_code == 404
    with installation.database.reading() as conn:
        assert conn.execute(select(checklist_looks.c.id)).all() == []
        assert not [one for one in audit_log.recent(conn, 50) if one.act == "look_at_checklist"]


def test_an_office_adds_a_list_in_its_settings_and_nothing_else(
    installation: Installation, later: Later
) -> None:
    new = ChecklistPart(
        key="phong-chay",
        name="Phòng cháy",
        stale_days=None,
        urgent=True,
        reported=False,
        procedures=False,
        places=(ListedPart(key="kho", name="Kho"),),
        items=(ListedPart(key="binh", name="Bình chữa cháy"),),
    )
    lists = (*installation.settings.checklists, new)
    clerk = later("clerk", checklists=lists)
    tick(clerk, "phong-chay", **{"binh.kho": "missing"})
    assert "Thiếu: Bình chữa cháy (Kho)" in clerk.get("/console/").text
    assert "Phòng cháy" in clerk.get("/console/checklists").text
