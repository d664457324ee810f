"""What the one-stop desk and its callers put into the month's report: dossiers, slips, enquiries."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from docx import Document
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from logbook.calendar.of_settings import working_times
from logbook.calls.calls import Call
from logbook.clock import local
from logbook.database.tables import calls, journal
from logbook.installation import Installation
from logbook.outbox import escalations
from logbook.ratings import instruments, slips
from logbook.ratings.slip_values import Respondent, TypedSlip
from logbook.reports import Period, counting, due, made
from logbook.reports.periods import MONTHLY, week_of
from logbook.tickets.enquiries import Enquiry
from tests.logbook.console.conftest import SignIn, form_token
from tests.logbook.dossiers.shelf import Shelf, local_time
from tests.logbook.reports.busy_book import Book

Phone = Callable[..., Call]
DRAWN = local_time("2026-12-20 09:00")


def month(installation: Installation) -> Period:
    times = working_times(installation.settings)
    periods = due(installation.settings, times, DRAWN)
    return next(one for one in periods if (one.kind, one.name) == (MONTHLY, "2026-11"))


def drawn(installation: Installation, period: Period) -> int:
    times = working_times(installation.settings)
    with installation.database.writing() as conn:
        figures = counting.counted(conn, period, installation.settings, times, DRAWN)
        report_id = made.made(conn, figures, DRAWN)
    assert report_id is not None
    return report_id


def tables(content: bytes) -> dict[str, str]:
    """The rows of all tables of a document: a figure's name and its number."""
    rows = [row.cells for table in Document(io.BytesIO(content)).tables for row in table.rows]
    return {cells[1].text: cells[2].text for cells in rows if len(cells) > 2}


@pytest.mark.row("003-08", "002-20")
def test_the_months_report_to_the_chairman_has_dossiers_early_and_late_slips_quota_and_their_index(
    installation: Installation, signed_in: SignIn
) -> None:
    shelf, database = Shelf(installation.database), installation.database
    on_time = shelf.put(6, received="2026-11-02 08:00", due="2026-11-12 17:00", finished="2026-11-10 10:00")
    late = shelf.put(2, received="2026-11-02 08:00", due="2026-11-12 17:00", finished="2026-11-20 10:00")
    shelf.put(1, received="2026-10-01 08:00", due="2026-10-12 17:00", finished="2026-10-10 10:00")
    asked = instruments.for_slips(installation.settings)
    with database.writing() as conn:
        instruments.install(conn, [asked], DRAWN)
        for number, marks in enumerate(((5, 5, 4, 4, 5), (4, 4, 2, 5, 5), (5, 3, 4, 4, 4)), 1):
            reference = f"H32-{number:05d}"
            entry = TypedSlip(f"P-{number}", reference, Respondent.INDIVIDUAL, marks)
            slips.enter(conn, entry, asked, DRAWN)
    report_id = drawn(installation, month(installation))
    chairman = signed_in("chairman")
    page = chairman.get(f"/console/reports/{report_id}").text
    assert "Còn thiếu 1 phiếu khảo sát so với mức phải đạt." in page
    file = chairman.get(f"/console/reports/{report_id}/document").data
    told = tables(file)
    assert told["Số hồ sơ đã giải quyết"] == "8"
    assert told["Trả trước hạn"].startswith("6 (75")
    assert told["Trễ hạn"].startswith("2 (25")
    assert (told["Số phiếu khảo sát hợp lệ"], told["Số phiếu cần có"]) == ("3", "4")
    assert told["Số phiếu còn thiếu"] == "1"
    assert [told[one.name] for one in asked.criteria] == ["3", "3", "3", "3", "3"]
    behind = chairman.get(f"/console/reports/{report_id}/cases/desk.late").text
    assert all(f"/console/dossiers/{number}" in behind for number in late)
    assert not any(f'/console/dossiers/{number}"' in behind for number in on_time)
    with database.reading() as conn:
        (waits,) = escalations.unsettled(conn)
    assert (waits.kind, waits.ladder, waits.param("period")) == ("report", "report", "2026-11"), "it is sent"
    assert closed(chairman, report_id, 1).status_code == 303
    assert "Chủ tịch đã xác nhận" in chairman.get(f"/console/reports/{report_id}").text
    with database.reading() as conn:
        assert escalations.unsettled(conn) == [], "acknowledged by the conclusion"


def closed(chairman: FlaskClient, report_id: int, version: int) -> TestResponse:
    """The chairman's conclusion, as the page sends it."""
    token = form_token(chairman.get("/console/account").text)
    form = {"form_token": token, "version": version, "text": "Đồng ý, khắc phục ngay."}
    return chairman.post(f"/console/reports/{report_id}/confirm", data=form)


@pytest.mark.row("002-22", "002-34")
def test_the_months_report_is_not_closed_either_while_a_late_ticket_is_unexplained(
    installation: Installation, signed_in: SignIn
) -> None:
    times = working_times(installation.settings)
    with installation.database.writing() as conn:
        code = Book(conn, installation.settings, times).ticket("2026-10-12 09:00", kind="feedback").code
    report_id = drawn(installation, month(installation))
    chairman, clerk = signed_in("chairman"), signed_in("clerk")
    refused = closed(chairman, report_id, 1)
    assert (refused.status_code, "giải trình" in refused.text) == (409, True)
    assert "Chủ tịch đã xác nhận" not in chairman.get(f"/console/reports/{report_id}").text
    why = {"owner": "Đỗ Văn Hải", "cause": "thiếu người trực", "remedy": "bố trí thêm người"}
    token = form_token(clerk.get("/console/account").text)
    explain = f"/console/reports/{report_id}/explain/{code}"
    assert clerk.post(explain, data={"form_token": token, **why}).status_code == 303
    assert closed(chairman, report_id, 2).status_code == 303


def test_the_weeks_report_says_nothing_of_the_months_quota(
    installation: Installation, signed_in: SignIn
) -> None:
    Shelf(installation.database).put(6, finished="2026-11-18 10:00")
    times = working_times(installation.settings)
    week = week_of(local(local_time("2026-11-18 00:00")).date(), installation.settings, times)
    page = signed_in("chairman").get(f"/console/reports/{drawn(installation, week)}").text
    assert "Số phiếu cần có" not in page


@pytest.mark.row("002-30", "002-33")
def test_the_clerk_notes_what_a_caller_asked_and_the_month_warns_of_online_dossiers_not_accepted(
    installation: Installation, signed_in: SignIn, phone: Phone
) -> None:
    database = installation.database
    with database.writing() as conn:
        call = phone(conn)
        conn.execute(calls.update().where(calls.c.id == call.id).values(started_at=DRAWN.replace(month=11)))
    clerk, page = signed_in("clerk"), f"/console/calls/{call.id}"
    shown = clerk.get(page).text
    for words in (
        "Tiến độ",
        "cần bổ sung",
        "tạm dừng",
        "không đủ điều kiện",
        "trực tuyến chưa được tiếp nhận",
    ):
        assert words in shown
    token = form_token(shown)
    for kind in ("progress", "online_not_accepted"):
        answer = clerk.post(f"{page}/enquiry", data={"form_token": token, "enquiry": kind})
        assert answer.status_code == 303
        token = form_token(clerk.get(page).text)
    assert clerk.post(f"{page}/enquiry", data={"form_token": token, "enquiry": "weather"}).status_code == 400
    report_id = drawn(installation, month(installation))
    chairman = signed_in("chairman")
    report = chairman.get(f"/console/reports/{report_id}").text
    assert "Có 1 cuộc gọi hỏi hồ sơ trực tuyến chưa được tiếp nhận" in report
    told = tables(chairman.get(f"/console/reports/{report_id}/document").data)
    assert told["Số cuộc gọi hỏi về hồ sơ"] == "1"
    behind = chairman.get(f"/console/reports/{report_id}/cases/enquiries.online_not_accepted").text
    assert page in behind
    assert "Hồ sơ trực tuyến chưa được tiếp nhận" in chairman.get(page).text
    with database.reading() as conn:
        acts = conn.execute(select(journal.c.act).where(journal.c.subject == f"call:{call.id}")).scalars()
        assert list(acts).count("note_enquiry") == 2


@pytest.mark.row("002-30")
def test_enquiries_are_four_and_the_warning_sign() -> None:
    assert [one for one in Enquiry if not one.is_warning] == [
        Enquiry.PROGRESS,
        Enquiry.PAPERS_MISSING,
        Enquiry.SUSPENDED,
        Enquiry.NOT_ELIGIBLE,
    ]
