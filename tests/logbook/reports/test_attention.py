"""The head of a report says what needs a person; what has nothing to count is one sentence (U1)."""

from __future__ import annotations

import io
import re

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import Connection

from logbook.accounts import accounts
from logbook.calendar.of_settings import WorkingTimes
from logbook.database.engine import Database
from logbook.dossiers.months import Month
from logbook.plan import counters, news
from logbook.reports import Period, attention
from logbook.reports.document import written as as_document
from logbook.reports.made import Report
from logbook.reports.periods import due
from logbook.reports.sections import registry
from logbook.reports.sections.section import Section
from logbook.reports.workbook import written as as_workbook
from logbook.settings.loading import Settings, load_settings
from logbook.tickets import tickets
from tests import frozen
from tests.logbook.reports.busy_book import at
from tests.logbook.reports.conftest import Make, Open, says
from tests.logbook.reports.test_document import read, texts

NOBODY = frozenset[str]()


@pytest.fixture
def month(settings: Settings, times: WorkingTimes) -> Period:
    return next(one for one in due(settings, times, at("2026-12-04 09:00")) if one.name == "2026-11")


def three_overdue(writes: object) -> list[str]:
    """Three tickets that nobody has answered or explained, and nothing else in the period."""
    return [
        writes.ticket(f"2026-10-{day} 09:00", kind="feedback", topic="process").code  # type: ignore[attr-defined]
        for day in (12, 13, 14)
    ]


def quiet(database: Database, book: Open, make: Make, period: Period | None) -> tuple[Report, list[str]]:
    with database.writing() as conn:
        writes = book(conn)
        writes.call("2026-09-01 09:00")
        codes = three_overdue(writes)
        return make(conn, period), codes


def sheets(report: Report) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(as_workbook(report, [], says, "", NOBODY)))
    return {
        name: [list(row) for row in book.get_sheet_by_name(name).to_python()] for name in book.sheet_names
    }


def section_of(key: str) -> Section:
    return next(one for one in registry.SECTIONS if one.key == key)


@pytest.mark.row("U1")
@pytest.mark.parametrize("monthly", [False, True])
def test_a_quiet_report_begins_with_what_needs_a_person_and_has_no_table_of_noughts(
    database: Database, book: Open, make: Make, month: Period, monthly: bool
) -> None:
    report, codes = quiet(database, book, make, month if monthly else None)
    needs = attention.needs(report, report.counted, says, NOBODY)
    late = needs[0]
    assert late.text.startswith("3 phiếu trễ hạn trả lời, trong đó 3 phiếu chưa giải trình")
    assert sorted(late.codes) == codes
    document = read(as_document(report, says, None, NOBODY))
    lines = texts(document)
    heads = [line for line in lines if re.match(r"^[IVX]+\. ", line)]
    assert heads[0] == "I. PHIẾU TRỄ HẠN VÀ GIẢI TRÌNH"
    first = next(index for index, line in enumerate(lines) if line.startswith("- 3 phiếu trễ hạn"))
    assert "Mã phiếu: " in lines[first]
    assert first < lines.index(heads[0])
    for part in ("calls", "received", "ratings"):
        assert section_of(part).empty(report.counted, says) in lines
    for table in document.tables[1:-1]:
        cells = [cell.text for row in table.rows[1:] for cell in row.cells[2:]]
        assert any(re.search(r"[1-9]|chưa", cell) for cell in cells), cells
    workbook = sheets(report)
    assert list(workbook)[:2] == ["Việc cần xử lý", "Phiếu trễ hạn và giải trình"]
    assert late.text in [row[0] for row in workbook["Việc cần xử lý"]]
    assert workbook["Cuộc gọi đến tổng đài"][-1][0] == "Trong kỳ không có cuộc gọi nào đến tổng đài."


@pytest.mark.row("U1")
def test_a_part_that_has_become_empty_says_how_many_there_were_before(
    database: Database, book: Open, make: Make, settings: Settings, times: WorkingTimes
) -> None:
    weeks = {one.name: one for one in due(settings, times, at("2026-11-20 16:30")) if one.kind == "weekly"}
    with database.writing() as conn:
        writes = book(conn)
        for _ in range(4):
            writes.call("2026-11-11 09:00")
        before = make(conn, weeks["2026-W46"]).counted
        report = make(conn, weeks["2026-W47"], before)
    sentence = section_of("calls").empty(report.counted, says)
    assert sentence == "Trong kỳ không có cuộc gọi nào đến tổng đài. Kỳ trước: 4."


@pytest.mark.row("U1")
def test_a_hidden_or_sealed_ticket_is_counted_but_named_nowhere(
    database: Database, book: Open, make: Make
) -> None:
    with database.writing() as conn:
        writes = book(conn)
        codes = three_overdue(writes)
        writes.do(int_of(conn, codes[0]), "concern", "2026-10-20 10:00", conflict=True, reason="về lãnh đạo")
        report = make(conn)
    late = attention.needs(report, report.counted, says, frozenset({codes[1]}))[0]
    assert late.text.startswith("3 phiếu")
    assert late.codes == (codes[2],)


def int_of(conn: object, code: str) -> int:
    found = tickets.find(conn, code)  # type: ignore[arg-type]
    assert found is not None
    return found.id


def _enter_the_month(conn: Connection) -> None:
    """News enough for the year, a video, and the counts of the month."""
    now = at("2026-11-20 09:00")
    number = accounts.add(conn, login="an", name="An", role="clerk", password="correct horse", now=now)
    clerk = accounts.find(conn, number)
    assert clerk is not None
    for kind, many in (("news", 20), ("video", 1)):
        for place in range(many):
            words = ("Tin", f"https://xa.example/{kind}/{place}", "An")
            news.enter(conn, news.TypedNews(kind, now.date(), *words), clerk, now)
    services = load_settings(frozen.OFFICE).counters.services
    counters.count_month(conn, Month(2026, 11), {one.key: ("5", 0) for one in services}, clerk, now)


@pytest.mark.row("U1")
def test_a_period_in_which_all_is_well_says_so_in_one_sentence(
    database: Database, book: Open, make: Make, month: Period
) -> None:
    with database.writing() as conn:
        writes = book(conn)
        writes.call("2026-11-18 09:00", leg="completed")
        _enter_the_month(conn)
        report = make(conn, month)
    assert attention.needs(report, report.counted, says, NOBODY) == ()
    assert says("report_need_none") in texts(read(as_document(report, says, None, NOBODY)))
