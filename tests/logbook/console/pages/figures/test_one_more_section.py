"""A section of a report is one entry: counted, and shown on the page, in the document and in the workbook."""

from __future__ import annotations

import io

import pytest
from docx import Document
from python_calamine import CalamineWorkbook

from logbook.calendar.of_settings import working_times
from logbook.installation import Installation
from logbook.reports import Figure, counting, made
from logbook.reports.periods import week_of
from logbook.reports.sections import registry
from logbook.reports.sections.section import COUNTS, Counting, Section
from tests.logbook.console.conftest import SignIn
from tests.logbook.reports.busy_book import at
from tests.suite import guides

SENTENCES = {
    "report_section_parcels": "Bưu kiện",
    "report_empty_parcels": "Không có bưu kiện nào.",
    "report_doc_parcels": "Trong kỳ có {all} bưu kiện.",
    "report_parcels_all": "Tổng số bưu kiện",
    "report_parcels_lost": "Bưu kiện thất lạc",
    "report_need_lost": "Còn {count} bưu kiện thất lạc.",
}
TABLE = [["1", "Tổng số bưu kiện", "12", "–"], ["2", "Bưu kiện thất lạc", "3", "–"]]


def parcels(number: int) -> Section:
    """A section that nobody has built."""

    def count(this: Counting) -> list[Figure]:
        assert this.span.begins < this.span.ends
        return [Figure("parcels", "all", number), Figure("parcels", "lost", number // 4)]

    return Section(
        key="parcels",
        groups=("parcels",),
        count=count,
        columns=COUNTS,
        summary={"all": "parcels.all"},
        waiting=("parcels.lost",),
        headline=("parcels.all",),
        trend=("parcels.all",),
    )


@pytest.mark.parametrize("number", [12, 0])
def test_one_more_section_is_counted_and_stands_on_the_page_in_the_document_and_in_the_workbook(
    installation: Installation, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(registry, "SECTIONS", (*registry.SECTIONS, parcels(number)))
    for catalogue in installation.texts.values():
        for key, text in SENTENCES.items():
            monkeypatch.setitem(catalogue.sentences, key, text)
    settings = installation.settings
    times = working_times(settings)
    week = week_of(at("2026-11-18 00:00").date(), settings, times)
    with installation.database.writing() as conn:
        figures = counting.counted(conn, week, settings, times, week.due_at)
        report_id = made.made(conn, figures, week.due_at)
    browser = signed_in("head_of_office")
    page = browser.get(f"/console/reports/{report_id}").text
    document = Document(io.BytesIO(browser.get(f"/console/reports/{report_id}/document").data))
    lines = [line.text for line in document.paragraphs]
    file = io.BytesIO(browser.get(f"/console/reports/{report_id}/workbook").data)
    book = CalamineWorkbook.from_filelike(file)
    sheet = [[str(cell) for cell in row] for row in book.get_sheet_by_name("Bưu kiện").to_python()]
    assert '<h2 id="part-parcels">Bưu kiện</h2>' in page
    assert [line for line in lines if line.endswith(". BƯU KIỆN")] == ["VIII. BƯU KIỆN"]
    assert "Tổng số bưu kiện" in str(book.get_sheet_by_name("Xu hướng").to_python())
    seen = [[[cell.text for cell in row.cells] for row in table.rows][1:] for table in document.tables]
    if number:
        assert "Còn 3 bưu kiện thất lạc." in page
        assert all(text in page for text in ("<td>Tổng số bưu kiện</td>", "<td>12</td>", "<td>3</td>"))
        assert {"Trong kỳ có 12 bưu kiện.", "- Còn 3 bưu kiện thất lạc."} <= set(lines)
        assert TABLE in seen
        assert [row[:2] for row in sheet[-2:]] == [["Tổng số bưu kiện", "12.0"], ["Bưu kiện thất lạc", "3.0"]]
    else:
        assert "<p>Không có bưu kiện nào.</p>" in page
        assert "Không có bưu kiện nào." in lines
        assert sheet[-1][0] == "Không có bưu kiện nào."


def test_the_guide_says_what_one_more_section_takes() -> None:
    folder = guides.relative(registry).rsplit("/", 1)[0]
    needed = {f"{folder}/<name>.py", guides.relative(registry), *guides.catalogues("report_empty_calls")}
    assert guides.promised("section of a report") == (len(needed), needed)
