"""The report to the body above: made on request or on its day, as page, document and workbook."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from docx import Document
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from logbook.accounts import accounts
from logbook.calendar.of_settings import working_times
from logbook.installation import Installation
from logbook.plan import plans
from logbook.plan.plans import ToldPlan, ToldTask
from logbook.reports import due, made
from logbook.reports.periods import SUPERIOR, superior_named
from tests.logbook.console.cases import by_phone, send
from tests.logbook.console.conftest import SignIn, form_token
from tests.logbook.console.pages.office.test_checklists import STATE, Later, later, opened, tick
from tests.logbook.console.pages.office.test_counters import put
from tests.logbook.console.pages.office.test_work_checks import add_official, write
from tests.logbook.dossiers.shelf import Shelf, local_time

__all__ = ["later"]


def make(browser: FlaskClient, period: str = "2026-11") -> str:
    """Make a report as the head of the office does; return its address."""
    token = form_token(browser.get("/console/reports/superior").text)
    answer = browser.post("/console/reports/superior", data={"form_token": token, "period": period})
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"].partition("?")[0]


def furnish(installation: Installation, clerk: FlaskClient, chairman: FlaskClient) -> None:
    """A month with something in every part of the report."""
    Shelf(installation.database).put(
        3, received="2026-11-02 08:00", due="2026-11-12 17:00", finished="2026-11-20 10:00", slips=2
    )
    for number in range(3):
        put(clerk, number)
    put(clerk, 1, "video")
    counts = {"count.truc-tuyen": "41", "count.buu-chinh": "7", "month": "2026-11"}
    token = form_token(clerk.get("/console/counters").text)
    assert clerk.post("/console/counters/month", data={"form_token": token, **counts}).status_code == 303
    cells = STATE.findall(opened(clerk, "niem-yet"))
    tick(clerk, "niem-yet", **dict.fromkeys(cells[:13], "present") | {cells[13]: "missing"})
    check = {
        "checked_on": "2026-11-24",
        "checker": "Đỗ Văn Hải",
        "unit": "Công chức Tư pháp - Hộ tịch",
        "content": "Việc hướng dẫn người dân quét mã.",
        "guidance": "Đặt lại bảng mã ở quầy hai.",
    }
    token = form_token(clerk.get("/console/work-checks").text)
    assert clerk.post("/console/work-checks", data={"form_token": token, **check}).status_code == 303
    assert (
        write(chairman, add_official(installation, "Trần Văn Tư"), finding="QZX kín lắm.").status_code == 303
    )


def document(browser: FlaskClient, address: str) -> tuple[list[str], dict[str, list[str]]]:
    """The paragraphs of the document outside tables, and its table rows by the figure's name."""
    file = Document(io.BytesIO(browser.get(f"{address}/document").data))
    cells = [cell.text for row in file.tables[0].rows for cell in row.cells]
    foot = [cell.text for row in file.tables[-1].rows for cell in row.cells]
    rows = {
        row.cells[1].text: [one.text for one in row.cells[2:]]
        for table in file.tables[1:-1]
        for row in table.rows
    }
    return [*cells, *(one.text for one in file.paragraphs), *foot], rows


def workbook(browser: FlaskClient, address: str) -> dict[str, list[Any]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(browser.get(f"{address}/workbook").data))
    rows = [row for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python()]
    return {str(row[0]): list(row[1:]) for row in rows if row}


@pytest.mark.row("002-28")
def test_document_workbook_and_page_to_the_body_above_say_the_same_and_every_number_opens_its_cases(
    installation: Installation, signed_in: SignIn, later: Later
) -> None:
    furnish(installation, signed_in("clerk"), signed_in("chairman"))
    head = later("head_of_office", 10)
    address = make(head)
    words, rows = document(head, address)
    text = "\n".join(words)
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in text
    assert "Công tác cải cách hành chính tháng 11 năm 2026" in text
    assert "Kính gửi: Ủy ban nhân dân tỉnh Khánh Hòa (qua Sở Nội vụ)" in words
    assert "TM. ỦY BAN NHÂN DÂN" in text
    assert "QZX" not in text
    sheet, page = workbook(head, address), head.get(address).text
    expected = {
        "Tin, bài từ đầu năm đến hết kỳ": 3,
        "Video hướng dẫn từ đầu năm": 1,
        "Hồ sơ dịch vụ công trực tuyến": 41,
        "Hồ sơ qua dịch vụ bưu chính công ích": 7,
        "Số hồ sơ đã giải quyết": 3,
        "Số phiếu còn thiếu": 0,
        "Tổng số cuộc gọi đến": 0,
    }
    for name, number in expected.items():
        if name in rows:
            assert rows[name][0] == str(number), name
            assert sheet[name][0] == number, name
    assert expected.keys() - rows.keys() == {"Tổng số cuộc gọi đến"}, "a part without anything is a sentence"
    assert rows["Niêm yết, công khai: Trang thông tin điện tử"][:3] == ["6", "7", "85,7"]
    assert sheet["Niêm yết, công khai: Trang thông tin điện tử"][:3] == [6, 7, 85.7]
    assert rows["Trễ hạn"][0].startswith("3 ")
    links = set(re.findall(rf'href="({address}/cases/[^"]+)"', page))
    named = {one.rpartition("/")[2].partition("?")[0] for one in links}
    assert {
        "news.year",
        "news.videos",
        "services.truc-tuyen",
        "checklists.niem-yet.trang",
        "desk.late",
    } <= named
    for link in links:
        opened_cases = head.get(link.replace("&amp;", "&")).text
        assert "<tr data-row>" in opened_cases, link
    assert "Bài số 1" in head.get(f"{address}/cases/news.year").text
    assert "chậm tiến độ" in rows["Tin, bài từ đầu năm đến hết kỳ"][2]
    assert "QZX" not in page + str(sheet)


@pytest.mark.row("004-13")
def test_recipients_of_the_document_reach_down_to_the_hamlets_of_the_settings(
    installation: Installation, signed_in: SignIn, later: Later
) -> None:
    by_phone(installation)
    signed_in("head_of_office")
    words, _ = document(later("head_of_office", 10), make(later("head_of_office", 10)))
    foot = words[-2]
    assert "- 06 thôn (Đông Bắc, Đông Nam, Tây Bắc 1, Tây Bắc 2, Tây Nam 1, Tây Nam 2);" in foot
    assert "- Trang thông tin điện tử xã;" in foot
    assert foot.startswith("Nơi nhận:\n- Như trên;")
    assert foot.endswith("- Lưu: VT, VP.")
    office = installation.settings.office.model_copy(update={"hamlets": None})
    other = later("head_of_office", 10, office=office)
    assert "{hamlets}" not in other.get("/console/reports/superior").text
    assert "Đông Bắc" not in document(other, make(other, "2026-10"))[0][-2]


@pytest.mark.row("004-15")
def test_checks_of_officials_work_are_listed_in_the_months_report_and_in_that_to_the_body_above(
    installation: Installation, signed_in: SignIn, later: Later
) -> None:
    furnish(installation, signed_in("clerk"), signed_in("chairman"))
    head = later("head_of_office", 10)
    address = make(head)
    _, rows = document(head, address)
    assert rows["24/11/2026"] == [
        "Đỗ Văn Hải",
        "Công chức Tư pháp - Hộ tịch",
        "Việc hướng dẫn người dân quét mã.",
        "Đặt lại bảng mã ở quầy hai.",
    ]
    assert "Đặt lại bảng mã ở quầy hai." in workbook(head, address)["24/11/2026"]
    assert "Đặt lại bảng mã ở quầy hai." in head.get(address).text
    october = make(head, "2026-10")
    assert "Trong kỳ không ghi lần kiểm tra nào." in head.get(october).text


@pytest.mark.row("002-11")
def test_a_quarter_adds_up_its_months_and_says_what_was_not_entered(
    installation: Installation, signed_in: SignIn, later: Later
) -> None:
    clerk = later("clerk", 0)
    for month, value in (("2026-10", "5"), ("2026-11", "7")):
        token = form_token(clerk.get("/console/counters").text)
        sent = {"form_token": token, "month": month, "count.truc-tuyen": value}
        assert clerk.post("/console/counters/month", data=sent).status_code == 303
    head = later("head_of_office", 40)
    address = make(head, "2026Q4")
    _, rows = document(head, address)
    assert rows["Hồ sơ dịch vụ công trực tuyến"][0] == "12"
    assert rows["Hồ sơ qua dịch vụ bưu chính công ích"][0] == "chưa có"
    assert rows["Số liệu tháng chưa nhập"][0] == "7"
    assert "7 số liệu tháng" in head.get(address).text


def test_only_ended_periods_are_made_each_once_by_whoever_may(signed_in: SignIn, later: Later) -> None:
    head = signed_in("head_of_office")
    address = make(head, "2026-10")
    again = head.post(
        "/console/reports/superior",
        data={"form_token": form_token(head.get("/console/reports/superior").text), "period": "2026-10"},
    )
    assert "superior_said_before" in again.headers["Location"]
    assert 'value="2026-10"' not in head.get("/console/reports/superior").text
    for wrong in ("2026-11", "2026Q4", "2026", "2019", "x", ""):
        token = form_token(head.get("/console/reports/superior").text)
        answer = head.post("/console/reports/superior", data={"form_token": token, "period": wrong})
        assert answer.status_code == 400, wrong
    assert signed_in("auditor").get(address).status_code == 200
    chairman = signed_in("chairman")
    assert "Báo cáo gửi cấp trên" in chairman.get("/console/leader").text


def test_the_report_of_a_quarter_is_due_on_its_working_day_and_is_held_against_quarters_only(
    installation: Installation, signed_in: SignIn
) -> None:
    settings, times = installation.settings, working_times(installation.settings)
    ready = due(settings, times, local_time("2027-01-15 09:00"))
    assert [one.name for one in ready if one.kind == SUPERIOR] == ["2026Q4"]
    early = due(settings, times, local_time("2027-01-05 09:00"))
    assert [one.name for one in early if one.kind == SUPERIOR] == []
    names = ("2026-11", "2026Q4", "2026H2", "2026")
    found = [superior_named(name, settings, times) for name in names]
    assert [one.name for one in found if one] == list(names)
    assert [str(one.starts_on) for one in found if one] == [
        "2026-11-01",
        "2026-10-01",
        "2026-07-01",
        "2026-01-01",
    ]
    assert [superior_named(name, settings, times) for name in ("2026Q5", "2026-13", "26", "2026H3")] == [
        None
    ] * 4
    assert [made.like(one) for one in names] == ["____-__", "____Q_", "____H_", "____"]


CATEGORIES = {
    "002-08": ("thai-do", "tho-o"),
    "002-13": ("ngoai-bo-phan", "gioi-thieu-dich-vu"),
    "002-21": ("duoc-nhan-chua-co",),
}


@pytest.mark.row("002-08")
@pytest.mark.row("002-13")
@pytest.mark.row("002-21")
def test_categories_of_complaints_are_offered_when_classifying_and_counted_in_the_months_report(
    installation: Installation, signed_in: SignIn, later: Later
) -> None:
    clerk, number, expected = signed_in("clerk"), 100_000, {}
    for row, keys in CATEGORIES.items():
        for key in keys:
            number += 1
            by_phone(installation, code=str(number))
            category = installation.settings.tickets.category(key)
            assert category is not None, row
            assert category.name in clerk.get(f"/console/tickets/{number}").text, row
            sent = send(clerk, str(number), "classify", kind="feedback", topic=category.topic, category=key)
            assert sent.status_code == 303, (row, sent.text)
            expected[category.name] = ["1", "0"]
    head = later("head_of_office", 10)
    _, rows = document(head, make(head))
    counted = {name: [rows[name][0], "0"] for name in expected}
    assert counted == expected
    head = later("head_of_office", 40)
    page = head.get(make(head, "2026Q4")).text
    for name in expected:
        assert name in page, name


def test_the_report_says_how_many_tasks_of_the_plan_are_proved_and_opens_them(
    installation: Installation, signed_in: SignIn, later: Later
) -> None:
    told = ToldPlan("Kế hoạch nâng cao mức độ hài lòng", "", "2026-01", "2026-12", "", "")
    now = installation.clock.now()
    signed_in("head_of_office")
    with installation.database.writing() as conn:
        plan = plans.find(conn, plans.create(conn, told, "cli", now))
        assert plan is not None
        head = next(one for one in accounts.listed(conn) if one.login == "head_of_office")
        who = accounts.find(conn, head.id)
        assert who is not None
        for place, pace in enumerate(("Thường xuyên", "Thường xuyên", "31/12/2026")):
            task = ToldTask("Nhóm", f"Việc phải làm số {place}", "Văn phòng", pace, "")
            plans.add_task(conn, plan, task, who, now)
    browser = later("head_of_office", 10)
    address = make(browser)
    _, rows = document(browser, address)
    assert rows["Số nhiệm vụ đang thực hiện"][0] == "3"
    assert rows["Thiếu minh chứng hoặc quá hạn"][0] == "2 (66,6%)"
    cases = browser.get(f"{address}/cases/plan_tasks.red").text
    assert "Việc phải làm số 1" in cases
    assert "Việc phải làm số 2" not in cases
    assert "/console/plan/tasks/" in cases
