"""The workbook: a sheet for each part, real charts, every text as text, and the same figures."""

import dataclasses
import io
import zipfile
from datetime import timedelta

import pytest
from python_calamine import CalamineWorkbook

from logbook.database.engine import Database
from logbook.reports import Period, made
from logbook.reports.made import Report
from logbook.reports.sections.registry import label
from logbook.reports.workbook import TREND, written
from tests.logbook.reports.conftest import Make, Open, says

SHEETS = [
    "Việc cần xử lý",
    "Phiếu trễ hạn và giải trình",
    "Cuộc gọi đến tổng đài",
    "Phiếu tiếp nhận",
    "Kết quả giải quyết",
    "Thực hiện thời hạn",
    "Mức độ hài lòng",
    "Báo cáo lãnh đạo, xác nhận",
    "Khó khăn, vướng mắc",
    "Xu hướng",
    "Nhận xét",
]

SECTIONS_WITH_NOUGHTS = ("calls", "received", "handled", "ratings", "ratings_year")
"""Elsewhere what did not occur has no line."""


def rows(content: bytes, sheet: str) -> list[list[object]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return [list(row) for row in book.get_sheet_by_name(sheet).to_python()]


def inside(content: bytes, begins: str) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        return [parts.read(name).decode() for name in sorted(parts.namelist()) if name.startswith(begins)]


@pytest.fixture
def busy(database: Database, book: Open, make: Make) -> Report:
    with database.writing() as conn:
        writes = book(conn)
        writes.call("2026-11-17 09:00", leg="completed")
        writes.rate("2026-11-17 10:00", 5, 4, 3, 2, 1)
        writes.ticket("2026-11-17 09:00", kind="proposal", topic="attitude", category="tre-hen")
        late = writes.ticket("2026-10-12 09:00", kind="feedback", topic="process")
        writes.close(
            late, "2026-11-18 09:00", cause="=cmd|' /C calc'!A0", remedy="http://example.org thêm người"
        )
        return make(conn)


def test_every_part_has_its_sheet_and_prints_on_a4(busy: Report) -> None:
    content = written(busy, [], says, "", frozenset())
    assert CalamineWorkbook.from_filelike(io.BytesIO(content)).sheet_names == SHEETS
    pages = inside(content, "xl/worksheets/sheet")
    assert all('paperSize="9"' in page and 'fitToWidth="1"' not in page for page in pages)
    assert all('fitToPage="1"' in page for page in pages)


def test_every_figure_of_the_report_stands_in_it(busy: Report) -> None:
    content = written(busy, [], says, "", frozenset())
    found = [row for sheet in SHEETS[2:8] for row in rows(content, sheet)]
    for figure in busy.counted.figures:
        row = next((one for one in found if one[0] == label(figure, says)), None)
        if row is None and not figure.value and figure.section not in SECTIONS_WITH_NOUGHTS:
            continue
        assert row is not None, figure.name
        assert (figure.value if figure.value is not None else "chưa có") in row, figure.name
        if figure.tenths is not None and figure.section in ("terms", "ratings"):
            assert figure.tenths / 10 in row, figure.name


@pytest.mark.row("T-07")
def test_words_of_citizens_and_clerks_are_never_a_formula_or_a_link(busy: Report) -> None:
    seen = dataclasses.replace(busy, remarks="=1+1\x00\x0b", conclusion="@SUM(A1)")
    content = written(seen, [], says, "+84", frozenset())
    pages = inside(content, "xl/worksheets/sheet")
    assert not [page for page in pages if "<f>" in page or "<hyperlink" in page]
    assert ["=cmd|' /C calc'!A0", "http://example.org thêm người"] in [
        row[6:] for row in rows(content, SHEETS[1])
    ]
    assert {"=1+1", "@SUM(A1)", "+84"} <= {str(cell) for row in rows(content, SHEETS[10]) for cell in row}


def test_charts_are_drawn_by_the_spreadsheet_from_the_cells(busy: Report) -> None:
    charts = inside(written(busy, [], says, "", frozenset()), "xl/charts/chart")
    assert len(charts) == 6
    seen = "".join(charts)
    for sheet in ("Phiếu tiếp nhận", "Thực hiện thời hạn", "Mức độ hài lòng", "Xu hướng"):
        assert f"'{sheet}'!$A$" in seen


def test_shares_are_drawn_up_to_a_hundred_in_the_trend_too(busy: Report) -> None:
    charts = inside(written(busy, [], says, "", frozenset()), "xl/charts/chart")
    ends = {"Số lượng": False, "Mức độ hài lòng": True, "Thực hiện thời hạn": True}
    for chart in charts:
        for title, is_share in ends.items():
            if f"<a:t>{title}</a:t>" in chart:
                assert ('<c:max val="100"/>' in chart) is is_share, title


def test_the_trend_goes_over_the_last_periods_and_ends_with_this_one(
    database: Database, busy: Report, make: Make, week: Period
) -> None:
    with database.writing() as conn:
        for back in range(14, 0, -1):
            moved = timedelta(weeks=back)
            make(
                conn,
                dataclasses.replace(
                    week,
                    name=f"2026-W{47 - back}",
                    starts_on=week.starts_on - moved,
                    ends_on=week.ends_on - moved,
                    begins=week.begins - moved,
                    ends=week.ends - moved,
                ),
            )
        before = made.earlier(conn, busy, 40)
    assert len(before) == 14
    found = rows(written(busy, before, says, "", frozenset()), "Xu hướng")
    periods = [row for row in found if str(row[0]).startswith("tuần ")]
    assert [row[0] for row in periods[:TREND]] == [f"tuần {47 - back} năm 2026" for back in range(11, -1, -1)]
    assert periods[TREND - 1][1] == busy.counted.named("calls.all").value  # type: ignore[union-attr]


@pytest.mark.row("T-10")
def test_a_ticket_the_reader_may_not_see_has_no_code_and_no_explanation(busy: Report) -> None:
    code = busy.counted.late[0].code
    content = written(busy, [], says, "", frozenset({code}))
    cells = {str(cell) for row in rows(content, SHEETS[1]) for cell in row}
    assert code not in cells
    assert "không nêu chi tiết" in cells
    assert "http://example.org thêm người" not in cells


def test_an_empty_week_is_a_workbook_too(database: Database, make: Make) -> None:
    with database.writing() as conn:
        empty = make(conn)
    content = written(empty, [], says, "", frozenset())
    assert [cell for row in rows(content, SHEETS[1]) for cell in row if str(cell).startswith("Trong kỳ")] == [
        "Trong kỳ không có phiếu trễ hạn trả lời."
    ]
