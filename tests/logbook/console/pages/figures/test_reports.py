"""Reports on the screen: who reads them, who adds to them, and the cases behind each figure."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from docx import Document
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import select, update

from logbook.accounts import accounts, audit_log
from logbook.calendar.of_settings import working_times
from logbook.clock import ZONE
from logbook.console.pages.figures import reports as reports_page
from logbook.database.tables import escalations as matters
from logbook.database.tables import reports
from logbook.database.tables import tickets as table
from logbook.installation import Installation
from logbook.outbox import escalations
from logbook.reports import Figure, counting, made
from logbook.reports.periods import week_of
from tests.logbook.console.conftest import SignIn, form_token
from tests.logbook.reports.busy_book import Book, at

Write = Callable[[Book], None]


EXPLANATION = {"owner": "Đỗ Văn Hải", "cause": "thiếu <người>", "remedy": "bố trí thêm"}


def nothing(_: Book) -> None:
    """An empty week."""


@pytest.fixture
def week_47(installation: Installation) -> Callable[..., int]:
    """Makes the report of week 47 after writing its database; its id."""

    def makes(write: Write = nothing) -> int:
        times = working_times(installation.settings)
        week = week_of(datetime(2026, 11, 18, tzinfo=ZONE).date(), installation.settings, times)
        with installation.database.writing() as conn:
            write(Book(conn, installation.settings, times))
            figures = counting.counted(conn, week, installation.settings, times, week.due_at)
            report_id = made.made(conn, figures, week.due_at)
        assert report_id is not None
        return report_id

    return makes


def acts(installation: Installation, subject: str) -> list[str]:
    with installation.database.reading() as conn:
        return [line.act for line in reversed(audit_log.recent(conn, 20, subject=subject))]


def send(browser: FlaskClient, report_id: int, what: str, text: str, version: int = 1) -> int:
    form = {"form_token": form_token(browser.get("/console/account").text), "version": version, "text": text}
    return browser.post(f"/console/reports/{report_id}/{what}", data=form).status_code


def rows(page: str) -> list[str]:
    """Each row of the page's tables as its words."""
    cells = (re.sub(r"<[^>]+>", " ", row) for row in re.findall(r"<tr[ >].*?</tr>", page, re.DOTALL))
    return [" ".join(row.split()) for row in cells]


def test_the_list_shows_the_newest_report_first_and_whether_it_is_final(
    installation: Installation, signed_in: SignIn, week_47: Callable[..., int]
) -> None:
    browser = signed_in("head_of_office")
    empty = browser.get("/console/reports").text
    assert "Chưa có báo cáo nào" in empty
    assert "Báo cáo tuần 48 năm 2026, lập lúc 27/11/2026 16:00" in empty
    report_id = week_47()
    listed = browser.get("/console/reports").text
    assert f'href="/console/reports/{report_id}"' in listed
    assert "Báo cáo tuần 47 năm 2026 13/11/2026 – 20/11/2026 20/11/2026 16:00 chờ Chủ tịch xác nhận" in rows(
        listed
    )


@pytest.mark.row("000-04")
def test_every_figure_of_the_report_is_on_the_page_and_the_share_is_never_rounded_up(
    signed_in: SignIn, week_47: Callable[..., int]
) -> None:
    def write(book: Book) -> None:
        for mark in (5,) * 17 + (1,) * 2:
            book.rate("2026-11-17 10:00", mark)
        book.ticket("2026-11-17 09:00", kind="feedback", topic="process", category="tre-hen")

    page = signed_in("clerk").get(f"/console/reports/{week_47(write)}").text
    seen = rows(page)
    assert "Tổng số cuộc gọi đến 20 –" in seen
    assert "Trễ hẹn trả kết quả 1 –" in seen
    assert any("pháp luật 19 17 89,4 chưa đạt –" in row for row in seen)
    assert "Đánh giá chung trong kỳ: chưa đạt" in page


@pytest.mark.row("T-10")
def test_a_figure_opens_exactly_its_cases_those_the_reader_may_see(
    installation: Installation, signed_in: SignIn, week_47: Callable[..., int]
) -> None:
    codes: list[str] = []

    def write(book: Book) -> None:
        for number in range(3):
            ticket = book.ticket(f"2026-11-17 09:0{number}", kind="feedback", topic="process")
            codes.append(ticket.code)
        book.do(ticket, "concern", "2026-11-17 10:00", conflict=True, reason="về lãnh đạo")
        book.ticket("2026-11-12 09:00", kind="feedback", topic="process")

    report_id = week_47(write)
    address = f"/console/reports/{report_id}/cases/received.all"
    chairman, deputy = signed_in("chairman"), signed_in("vice_chairman")
    page = chairman.get(f"/console/reports/{report_id}").text
    assert address in page
    found = chairman.get(address).text
    assert [f"/console/tickets/{code}" in found for code in codes] == [True, True, False]
    assert "Hiện 2 trong tổng số 3 trường hợp." in found
    assert "Còn 1 trường hợp bạn không được xem" in found
    assert all(code in deputy.get(address).text for code in codes)
    leader = signed_in("team_leader")
    assert "/cases/" not in leader.get(f"/console/reports/{report_id}").text
    assert not any(code in leader.get(address).text for code in codes)


@pytest.mark.row("T-10")
def test_complaints_and_denunciations_are_a_number_without_a_link(
    signed_in: SignIn, week_47: Callable[..., int]
) -> None:
    def write(book: Book) -> None:
        ticket = book.ticket("2026-11-17 09:00")
        book.do(ticket, "guide", "2026-11-17 10:00", kind="denunciation", reason="tố cáo")

    page = signed_in("chairman").get(f"/console/reports/{week_47(write)}").text
    assert "Khiếu nại, tố cáo đã hướng dẫn nơi tiếp nhận 1 –" in rows(page)
    assert "cases/received.guided" not in page


@pytest.mark.row("T-10")
def test_late_tickets_stand_there_with_their_explanation_for_who_may_see_them(
    installation: Installation, signed_in: SignIn, week_47: Callable[..., int]
) -> None:
    def write(book: Book) -> None:
        ticket = book.ticket("2026-10-12 09:00", kind="feedback")
        book.close(ticket, "2026-11-17 09:00", cause="<b>thiếu người</b>", remedy="thêm người")
        book.ticket("2026-10-13 09:00", kind="feedback")

    report_id = week_47(write)
    page = signed_in("clerk").get(f"/console/reports/{report_id}").text
    assert "&lt;b&gt;thiếu người&lt;/b&gt;" in page
    assert "chưa giải trình" in page
    with installation.database.writing() as conn:
        clerk = next(one.id for one in accounts.listed(conn) if one.login == "clerk")
        conn.execute(update(table).where(table.c.cause.is_not(None)).values(subject_ids=frozenset([clerk])))
    about_me = signed_in("clerk").get(f"/console/reports/{report_id}").text
    assert "thiếu người" not in about_me
    assert "không nêu chi tiết" in about_me


def test_the_team_hands_in_its_part_before_and_after_the_report_is_made(
    installation: Installation, signed_in: SignIn, week_47: Callable[..., int]
) -> None:
    report_id = week_47()
    leader = signed_in("team_leader")
    page = leader.get("/console/reports").text
    assert 'name="period" value="2026-W48"' in page
    assert "trước 27/11/2026 15:00" in page
    token = form_token(page)
    for period, status in (("2026-W48", 303), ("2026-W47", 303), ("2026-W46", 400), ("<x>", 400)):
        form = {"form_token": token, "period": period, "text": f"phần {period}"}
        assert leader.post("/console/reports/team", data=form).status_code == status, period
    with installation.database.reading() as conn:
        late, coming = made.team_part(conn, "2026-W47"), made.team_part(conn, "2026-W48")
        report = made.of_id(conn, report_id)
    assert late is not None
    assert coming is not None
    assert report is not None
    assert (late.late, coming.late, report.team_part) == (True, False, "phần 2026-W47")
    assert "nộp sau giờ quy định" in leader.get(f"/console/reports/{report_id}").text
    assert acts(installation, "week:2026-W48") == ["write_team_part"]


def test_the_teams_part_of_a_week_that_is_over_waits_for_a_report_that_is_made_late(
    installation: Installation, signed_in: SignIn, week_47: Callable[..., int]
) -> None:
    leader = signed_in("team_leader")
    token = form_token(leader.get("/console/reports").text)
    form = {"form_token": token, "period": "2026-W47", "text": "nộp khi máy chủ còn tắt"}
    assert leader.post("/console/reports/team", data=form).status_code == 303
    page = leader.get(f"/console/reports/{week_47()}").text
    assert "nộp khi máy chủ còn tắt" in page
    assert "nộp sau giờ quy định" in page


@pytest.mark.row("004-18")
def test_the_chairman_confirms_with_a_conclusion_and_the_report_is_final(
    installation: Installation, signed_in: SignIn, week_47: Callable[..., int]
) -> None:
    report_id = week_47()
    head, chairman = signed_in("head_of_office"), signed_in("chairman")
    assert send(head, report_id, "remarks", "đã giao đồng chí An") == 303
    assert send(chairman, report_id, "confirm", " ", 2) == 400
    assert send(chairman, report_id, "confirm", "chưa đọc bản mới", 1) == 409
    assert send(head, report_id, "confirm", "không được phép", 2) == 403
    assert send(chairman, report_id, "confirm", "Đồng ý, khắc phục ngay.", 2) == 303
    page = head.get(f"/console/reports/{report_id}").text
    assert "Đồng ý, khắc phục ngay." in page
    assert "Chủ tịch đã xác nhận" in page
    assert "<textarea" not in page
    assert send(head, report_id, "remarks", "thêm", 3) == 409
    assert acts(installation, f"report:{report_id}") == ["make_report", "remark_report", "confirm_report"]
    with installation.database.reading() as conn:
        escalation = escalations.of_id(conn, conn.execute(select(matters.c.id)).scalar_one())
    assert escalation is not None
    assert (escalation.settled_how, escalation.settled_who) == ("click", "chairman")


def test_what_was_typed_comes_back_when_the_report_was_changed_meanwhile(
    signed_in: SignIn, week_47: Callable[..., int]
) -> None:
    report_id = week_47()
    head, chairman = signed_in("head_of_office"), signed_in("chairman")
    send(head, report_id, "remarks", "nhận xét")
    form = {
        "form_token": form_token(chairman.get("/console/account").text),
        "version": 1,
        "text": "kết luận dài",
    }
    answer = chairman.post(f"/console/reports/{report_id}/confirm", data=form)
    assert answer.status_code == 409
    assert "kết luận dài" in answer.text
    assert 'name="version" value="2"' in answer.text


def test_the_files_say_the_same_as_the_page_and_each_download_is_journalled(
    installation: Installation, signed_in: SignIn, week_47: Callable[..., int]
) -> None:
    report_id = week_47(lambda book: [book.call("2026-11-17 09:00") for _ in range(7)] and None)
    browser = signed_in("auditor")
    docx = browser.get(f"/console/reports/{report_id}/document")
    xlsx = browser.get(f"/console/reports/{report_id}/workbook")
    assert docx.headers["Cache-Control"] == xlsx.headers["Cache-Control"] == "no-store"
    assert "bao-cao-2026-w47.docx" in docx.headers["Content-Disposition"]
    tables = Document(io.BytesIO(docx.data)).tables
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(xlsx.data))
    sheet = workbook.get_sheet_by_name("Cuộc gọi đến tổng đài").to_python()
    assert [cell.text for cell in tables[1].rows[1].cells] == ["1", "Tổng số cuộc gọi đến", "7", "–"]
    assert ["Tổng số cuộc gọi đến", 7] in [row[:2] for row in sheet]
    assert "Tổng số cuộc gọi đến 7 –" in rows(browser.get(f"/console/reports/{report_id}").text)
    assert acts(installation, f"report:{report_id}") == ["make_report", "download_report", "download_report"]


def test_lists_go_on_where_they_ended(
    installation: Installation,
    signed_in: SignIn,
    week_47: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reports_page, "CASES", 2)
    report_id = week_47(lambda book: [book.call(f"2026-11-17 09:0{n}") for n in range(3)] and None)
    address = f"/console/reports/{report_id}/cases/calls.all"
    browser = signed_in("clerk")
    first, second = browser.get(address).text, browser.get(f"{address}?from=2").text
    assert f"{address}?from=2" in first
    assert [len(re.findall(r"/console/calls/\d+", page)) for page in (first, second)] == [2, 1]


@pytest.mark.parametrize("path", ["999", "999/document", "999/cases/calls.all", "x", "2147483648"])
def test_a_report_that_is_not_there_is_not_found(path: str, signed_in: SignIn) -> None:
    assert signed_in("clerk").get(f"/console/reports/{path}").status_code == 404


def test_a_figure_that_is_not_there_is_not_found_and_odd_addresses_do_no_harm(
    signed_in: SignIn, week_47: Callable[..., int]
) -> None:
    report_id = week_47()
    browser = signed_in("clerk")
    assert browser.get(f"/console/reports/{report_id}/cases/nothing").status_code == 404
    assert browser.get(f"/console/reports/{report_id}/cases/calls.all?from=-1").status_code == 200
    assert browser.get("/console/reports?before=x").status_code == 200


def test_the_page_speaks_english_to_who_reads_english(
    installation: Installation, signed_in: SignIn, week_47: Callable[..., int]
) -> None:
    browser = signed_in("auditor")
    browser.post(
        "/console/account/language",
        data={"form_token": form_token(browser.get("/console/account").text), "language": "en"},
    )
    page = browser.get(f"/console/reports/{week_47()}").text
    assert "Report of week 47 of 2026" in page
    assert at("2026-11-20 16:00") - at("2026-11-13 16:00") == timedelta(days=7)


def test_a_late_ticket_is_explained_on_the_page_by_whoever_may_see_it(
    installation: Installation, signed_in: SignIn, week_47: Callable[..., int]
) -> None:
    codes: list[str] = []

    def write(book: Book) -> None:
        codes.extend(book.ticket(f"2026-10-1{day} 09:00", kind="feedback").code for day in (2, 3))

    report_id = week_47(write)
    clerk, deputy = signed_in("clerk"), signed_in("vice_chairman")
    form = {"form_token": form_token(clerk.get("/console/account").text)} | EXPLANATION
    address = f"/console/reports/{report_id}/explain/"
    assert f'action="{address}{codes[0]}"' in clerk.get(f"/console/reports/{report_id}").text
    assert f'action="{address}' not in signed_in("chairman").get(f"/console/reports/{report_id}").text
    refused = clerk.post(address + codes[0], data=form | {"cause": " "})
    assert refused.status_code == 400
    assert 'value="bố trí thêm"' in refused.text
    assert clerk.post(address + codes[0], data=form).status_code == 303
    assert clerk.post(f"{address}999999", data=form).status_code == 409
    with installation.database.writing() as conn:
        me = next(one.id for one in accounts.listed(conn) if one.login == "clerk")
        conn.execute(update(table).where(table.c.code == codes[1]).values(subject_ids=frozenset([me])))
    assert clerk.post(address + codes[1], data=form).status_code == 409
    assert address + codes[1] not in clerk.get(f"/console/reports/{report_id}").text
    token = form_token(deputy.get("/console/account").text)
    assert deputy.post(address + codes[1], data=form | {"form_token": token}).status_code == 303
    page = signed_in("head_of_office").get(f"/console/reports/{report_id}").text
    assert len([row for row in rows(page) if "Đỗ Văn Hải thiếu &lt;người&gt; bố trí thêm" in row]) == 2
    assert acts(installation, f"report:{report_id}") == ["make_report", "explain_late", "explain_late"]
    with installation.database.reading() as conn:
        report = made.of_id(conn, report_id)
    assert report is not None
    assert report.version == 3


@pytest.mark.row("T-10")
def test_a_document_of_a_report_says_nothing_of_what_became_a_conflict_afterwards(
    installation: Installation, signed_in: SignIn, week_47: Callable[..., int]
) -> None:
    report_id = week_47(lambda book: book.ticket("2026-10-12 09:00", kind="feedback") and None)
    head = signed_in("head_of_office")

    def late_codes() -> list[str]:
        content = head.get(f"/console/reports/{report_id}/document").data
        return [table.rows[1].cells[1].text for table in Document(io.BytesIO(content)).tables[1:2]]

    (code,) = late_codes()
    assert re.fullmatch("[0-9]{6}", code)
    with installation.database.writing() as conn:
        conn.execute(update(table).values(conflict=True))
    assert late_codes() == ["–"]


def test_the_teams_words_come_back_when_its_week_is_confirmed_meanwhile(
    signed_in: SignIn, week_47: Callable[..., int]
) -> None:
    report_id = week_47()
    chairman, leader = signed_in("chairman"), signed_in("team_leader")
    assert send(chairman, report_id, "confirm", "Đồng ý.") == 303
    form = {
        "form_token": form_token(leader.get("/console/account").text),
        "period": "2026-W47",
        "text": "cả buổi chiều để viết",
    }
    answer = leader.post("/console/reports/team", data=form)
    assert answer.status_code == 400
    assert "cả buổi chiều để viết" in answer.text


def kept(installation: Installation, report_id: int) -> tuple[Figure, ...]:
    with installation.database.reading() as conn:
        report = made.of_id(conn, report_id)
    assert report is not None
    return report.counted.figures


def a_full_week(book: Book) -> None:
    """Something of everything; a ticket notified twice, since it turned out to be a conflict."""
    for number in range(3):
        book.call(f"2026-11-17 08:0{number}", leg=("completed", "busy", "no-answer")[number])
        book.owe(f"2026-11-17 12:0{number}")
        book.rate(f"2026-11-17 10:0{number}", 5, 1, 4 - number, None, 3)
        ticket = book.ticket(f"2026-11-16 09:0{number}", kind="feedback", topic="process")
        book.do(ticket, "answer", "2026-11-17 09:00", answer="xong")
    book.close(ticket, "2026-11-18 09:00")
    book.ticket("2026-10-12 09:00", kind="proposal", topic="attitude", category="tre-hen")
    book.ticket("2026-11-04 09:10", kind="feedback")
    told_twice = book.ticket("2026-11-16 10:00", kind="feedback")
    (first,) = escalations.unsettled(book.conn, told_twice.id)
    escalations.acknowledge(book.conn, first.id, how="key", who="chu-tich", now=at("2026-11-16 10:03"))
    book.do(told_twice, "concern", "2026-11-17 14:00", reason="nêu tên", conflict=True)


def test_every_figure_opens_a_list_with_as_many_rows_as_it_counts(
    installation: Installation, signed_in: SignIn, week_47: Callable[..., int]
) -> None:
    report_id = week_47(a_full_week)
    browser, linked = signed_in("head_of_office"), 0
    for figure in kept(installation, report_id):
        part_of = figure.of if figure.section in ("terms", "ratings", "escalated") else figure.value
        if not part_of or figure.name in ("handled.days", "received.guided"):
            continue
        if figure.section == "ratings_year":
            continue  # its calls are listed on the page of ratings, by year
        page = browser.get(f"/console/reports/{report_id}/cases/{figure.name}").text
        assert len(re.findall("<tr data-row>", page)) == part_of, figure.name
        linked += 1
    assert linked > 20


def test_what_is_a_part_of_a_figure_is_told_of_each_case_and_has_its_own_list(
    installation: Installation, signed_in: SignIn, week_47: Callable[..., int]
) -> None:
    report_id = week_47(a_full_week)
    browser, parts = signed_in("head_of_office"), set()
    report = browser.get(f"/console/reports/{report_id}").text
    for figure in kept(installation, report_id):
        if figure.section not in ("terms", "ratings", "escalated") or not figure.value:
            continue
        address = f"/console/reports/{report_id}/cases/{figure.name}"
        every, part = browser.get(address).text, browser.get(f"{address}?part=1").text
        assert f'href="{address}?part=1"' in report, figure.name
        assert len(re.findall(">có</td>", every)) == figure.value, figure.name
        assert len(re.findall(">không</td>", every)) == (figure.of or 0) - figure.value, figure.name
        assert len(re.findall("<tr data-row>", part)) == figure.value, figure.name
        parts.add((figure.section, figure.value == figure.of))
    assert {(section, False) for section in ("terms", "ratings", "escalated")} <= parts
    assert (
        ": Trả lời (Đúng hạn)</h1>"
        in browser.get(f"/console/reports/{report_id}/cases/terms.answer?part=1").text
    )


def test_a_report_from_before_its_parts_were_kept_still_opens(
    installation: Installation, signed_in: SignIn, week_47: Callable[..., int]
) -> None:
    report_id = week_47(a_full_week)
    with installation.database.writing() as conn:
        old = json.loads(conn.execute(select(reports.c.figures)).scalar_one())
        for figure in old["figures"]:
            del figure["part"]
        conn.execute(update(reports).values(figures=json.dumps(old)))
    browser = signed_in("head_of_office")
    address = f"/console/reports/{report_id}"
    assert "part=1" not in browser.get(address).text
    assert len(re.findall("<tr data-row>", browser.get(f"{address}/cases/terms.answer").text)) == 4
    assert ">có</td>" not in browser.get(f"{address}/cases/terms.answer").text
    assert browser.get(f"{address}/cases/terms.answer?part=1").status_code == 404
    assert browser.get(f"{address}/cases/calls.all?part=1").status_code == 404
