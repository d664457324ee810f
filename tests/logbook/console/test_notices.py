"""The month's notice on the pages: counted, written, approved, posted by two officials with proof."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from docx import Document
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from logbook.calendar.current import Calendars
from logbook.calls import calls
from logbook.clock import Clock
from logbook.dossiers.months import Month
from logbook.installation import Installation
from logbook.outbox import escalations
from logbook.publications import notices
from logbook.ratings import instruments
from logbook.sending.alarms import alarms, notice_alarms
from tests.logbook.console.cases import token_of
from tests.logbook.console.conftest import SignIn
from tests.logbook.dossiers.shelf import local_time
from tests.rated import slip

OCTOBER = Month(2026, 10)
WORDS = {
    "strengths": "Người dân hài lòng với thái độ phục vụ.",
    "shortcomings": "Thời gian chờ buổi sáng còn lâu.",
    "remedies": "Bố trí thêm một bàn tiếp nhận vào buổi sáng.",
}
PHOTO = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40


def month_with_slips(installation: Installation, many: int = 12) -> None:
    with installation.database.writing() as conn:
        asked = instruments.registry(installation.settings).values()
        instruments.install(conn, asked, installation.clock.now())
        marks = [5] * len(instruments.for_slips(installation.settings).criteria)
        for number in range(1, many + 1):
            slip(conn, installation.settings, number, marks, local_time("2026-10-14 09:00"))


def send(browser: FlaskClient, step: str, version: int = 0, **fields: object) -> TestResponse:
    form = {"form_token": token_of(browser), "version": str(version), **fields}
    return browser.post(f"/console/notices/2026-10/{step}", data=form)


def post(browser: FlaskClient, place: str, **fields: object) -> TestResponse:
    told = {"place": place, "posted_on": "2026-11-25", "where": "trụ sở", **fields}
    return send(browser, "post", 3, **told)


def approved(installation: Installation, signed_in: SignIn) -> None:
    head, chairman = signed_in("head_of_office"), signed_in("chairman")
    assert send(head, "count").status_code == 303
    assert send(head, "write", 1, **WORDS).status_code == 303
    assert send(chairman, "approve", 2).status_code == 303


@pytest.mark.row("003-13")
def test_a_notice_has_strengths_shortcomings_and_remedies_edited_before_a_leader_approves_it(
    installation: Installation, signed_in: SignIn
) -> None:
    month_with_slips(installation)
    head, chairman = signed_in("head_of_desk"), signed_in("chairman")
    assert "Tháng này chưa được tổng hợp" in head.get("/console/notices/2026-10").text
    assert send(head, "count").status_code == 303
    page = head.get("/console/notices/2026-10").text
    for part in ("Ưu điểm", "Tồn tại", "Giải pháp", "12 phiếu khảo sát hợp lệ", "12 hồ sơ đã giải quyết"):
        assert part in page, part
    assert send(chairman, "approve", 1).status_code == 400
    refused = send(head, "write", 1, **{**WORDS, "shortcomings": "Bà Lan còn chờ lâu."})
    assert refused.status_code == 400
    assert "<mark>Bà Lan</mark>" in refused.text
    assert send(head, "write", 1, **WORDS).status_code == 303
    assert send(head, "approve", 2).status_code == 403
    assert send(chairman, "approve", 1).status_code == 409
    assert send(chairman, "approve", 2).status_code == 303
    assert send(head, "write", 3, **WORDS).status_code == 400
    assert send(head, "count", 3).status_code == 400


@pytest.mark.row("003-13")
def test_what_was_approved_stays_equal_though_slips_come_in_later(
    installation: Installation, signed_in: SignIn
) -> None:
    month_with_slips(installation)
    approved(installation, signed_in)
    with installation.database.reading() as conn:
        before = notices.find(conn, OCTOBER)
    with installation.database.writing() as conn:
        marks = [1] * len(instruments.for_slips(installation.settings).criteria)
        for number in range(40, 60):
            slip(conn, installation.settings, number, marks, local_time("2026-10-20 09:00"))
    head = signed_in("head_of_office")
    file = head.get("/console/notices/2026-10/document").data
    cells = [
        cell.text for table in Document(io.BytesIO(file)).tables for row in table.rows for cell in row.cells
    ]
    assert cells.count("100,0 %") == 5
    with installation.database.reading() as conn:
        assert notices.find(conn, OCTOBER) == before
    assert "100,0 %" in head.get("/console/notices/2026-10").text


@pytest.mark.row("002-25")
@pytest.mark.row("003-10")
@pytest.mark.row("003-11")
def test_two_different_officials_post_it_each_with_day_place_and_proof(
    installation: Installation, signed_in: SignIn
) -> None:
    month_with_slips(installation)
    lead, clerk = signed_in("survey_lead"), signed_in("clerk")
    assert post(lead, "board", address="ảnh ở sổ").status_code == 400
    approved(installation, signed_in)
    assert post(lead, "board").status_code == 400
    assert post(lead, "board", photo=(io.BytesIO(b"GIF89a"), "x.gif")).status_code == 400
    assert post(lead, "board", posted_on="2026-11-26", address="sổ").status_code == 400
    assert post(lead, "board", photo=(io.BytesIO(PHOTO), "x.png")).status_code == 303
    assert "Hai nơi phải do hai cán bộ khác nhau" in post(lead, "web", address="https://x.vn/1").text
    assert post(clerk, "web", address="x.vn").status_code == 400
    assert post(clerk, "web", address="https://dailanh.gov.vn/tb-10").status_code == 303
    page = clerk.get("/console/notices/2026-10").text
    assert "https://dailanh.gov.vn/tb-10" in page
    assert clerk.get("/console/notices/2026-10/photo/board").data == PHOTO
    assert clerk.get("/console/notices/2026-10/photo/web").status_code == 404
    with installation.database.reading() as conn:
        assert [one.place for one in notices.of_notice(conn, 1)] == ["board", "web"]


def look(installation: Installation, at: str) -> list[str]:
    now = local_time(at)
    with installation.database.writing() as conn:
        times, _ = Calendars(installation.settings, Clock(now)).now(conn)
        found = notice_alarms.notice_missing(conn, installation.settings.publications, times.office, now)
        alarms.tell(conn, found, now)
        return [row.param("alarm") for row in escalations.unsettled(conn) if row.ladder == "office"]


@pytest.mark.row("002-25")
def test_what_is_not_posted_is_a_red_light_the_working_day_before_and_an_escalation(
    installation: Installation, signed_in: SignIn
) -> None:
    head = signed_in("head_of_office")
    assert look(installation, "2026-11-09 09:00") == []  # the office has not begun
    with installation.database.writing() as conn:
        calls.begin(
            conn,
            sid="CA1",
            direction="inbound",
            caller_raw="",
            caller_number=None,
            called="+842583842102",
            language="vi",
            place="{}",
            time_shift=0,
            now=local_time("2026-10-01 09:00"),
        )
    assert look(installation, "2026-11-08 09:00") == []
    assert look(installation, "2026-11-09 09:00") == ["notice_due_board", "notice_due_web"]
    assert "chưa niêm yết trên bảng" in head.get("/console/leader").text
    assert look(installation, "2026-11-11 09:00") == ["notice_late_board", "notice_late_web"]
    assert "Đèn đỏ." in head.get("/console/notices").text
    month_with_slips(installation)
    approved(installation, signed_in)
    post(signed_in("survey_lead"), "board", address="sổ niêm yết")
    assert look(installation, "2026-11-26 09:00") == ["notice_late_web"]
    post(signed_in("clerk"), "web", address="https://dailanh.gov.vn/tb-10")
    assert look(installation, "2026-11-26 10:00") == []
    assert "Đèn đỏ." not in head.get("/console/notices").text


def test_the_day_before_a_set_day_on_monday_is_the_friday(installation: Installation) -> None:
    began = local_time("2026-09-01 08:00")
    with installation.database.reading() as conn:
        times, _ = installation.calendars.now(conn)
        days = [
            local_time("2026-08-06 09:00") + timedelta(days=ahead)
            for ahead in range(5)
            if notices.missing(
                conn,
                10,
                times.office,
                began - timedelta(days=90),
                local_time("2026-08-06 09:00") + timedelta(days=ahead),
            )
        ]
    assert [f"{day:%d/%m}" for day in days] == ["07/08", "08/08", "09/08", "10/08"]


def test_the_running_month_is_not_counted(signed_in: SignIn) -> None:
    head = signed_in("head_of_office")
    form = {"form_token": token_of(head), "version": "0"}
    assert head.post("/console/notices/2026-11/count", data=form).status_code == 400
    assert head.get("/console/notices/2026-13").status_code == 404


@pytest.mark.row("003-10")
def test_the_notice_for_the_board_is_one_pdf_with_its_vietnamese_words(
    installation: Installation, signed_in: SignIn
) -> None:
    month_with_slips(installation)
    approved(installation, signed_in)
    answer = signed_in("survey_lead").get("/console/notices/2026-10/sheet")
    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF")
