"""Writes the confirmed figures of all offices as a workbook: numbers as numbers, with charts."""

from __future__ import annotations

import io
from collections.abc import Sequence

from xlsxwriter import Workbook

from logbook.console.province import shown
from logbook.console.province.letter import summary
from logbook.console.province.table import OfficeMonth, ProvinceMonth
from logbook.console.words import Words
from logbook.province.figures import DeadlinesMet, MonthCounts, PartOf
from logbook.reports import spreadsheet
from logbook.reports.sheets import Cell, Looks, Sheet, looks_of

_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
CHART_ROWS = 18


def written(
    found: ProvinceMonth,
    points: Sequence[tuple[str, float | None]],
    province: str,
    says: Words,
    mark: str = "",
) -> bytes:
    """Return the month as .xlsx: offices, criteria, deadlines, the course of the index, what is missing."""
    file = io.BytesIO()
    with Workbook(file, _OPTIONS) as book:
        title = says("province_title", month=shown.month(found.month), province=province)
        book.set_properties({"title": title})
        looks = looks_of(book)
        _offices(book, looks, found, title, says)
        _parts(book, looks, found, title, says)
        _course(book, looks, points, says)
        _missing(book, looks, found, says)
        if mark:
            spreadsheet.mark(book, mark)
    return file.getvalue()


def _sheet(
    book: Workbook, looks: Looks, name: str, title: str, widths: Sequence[int], heads: Sequence[str]
) -> Sheet:
    sheet = Sheet(book, name, looks, widths)
    sheet.page.set_landscape()
    sheet.page.write_string(0, 0, title, looks.title)
    sheet.row = 3
    sheet.put(heads, looks.heading)
    sheet.page.repeat_rows(3)
    return sheet


def _offices(book: Workbook, looks: Looks, found: ProvinceMonth, title: str, says: Words) -> None:
    counts = tuple(MonthCounts.model_fields)
    names = ("office", "report", "satisfied", "answers", "share", "in_time", "decided", "slips", "needed")
    heads = [says(f"province_column_{one}") for one in names]
    heads += [says(f"province_count_{one}") for one in counts if one != "slips"]
    sheet = _sheet(book, looks, says("province_sheet_offices"), title, (26, 30, *(12,) * 13), heads)
    first = sheet.row
    for row in found.rows:
        one, received = row.figures, row.received
        if one is None or received is None:
            sheet.put([row.name, says("province_no_report")], looks.text)
            continue
        answer = one.deadlines.answer
        cells: list[Cell] = [row.name, shown.report(received, says), one.index.part, one.index.of]
        cells += [shown.share_number(one.index), answer.part, answer.of, one.counts.slips, one.slips_required]
        cells += [getattr(one.counts, each) for each in counts if each != "slips"]
        sheet.put(cells, looks.text)
    last = sheet.row - 1
    sheet.row += 1
    for sentence in (*summary(found, says), says("province_method")):
        sheet.page.write_string(sheet.row, 0, sentence, looks.plain)
        sheet.row += 1
    if found.confirmed:
        place = [(4, first, last)]
        sheet.chart("bar", says("province_column_share"), place, sheet.row + 1, shares=True)


def _parts(book: Workbook, looks: Looks, found: ProvinceMonth, title: str, says: Words) -> None:
    """Every criterion and every deadline of every office, met and decided."""
    most = max((len(one.figures.criteria) for one in found.confirmed if one.figures), default=0)
    deadlines = tuple(DeadlinesMet.model_fields)
    names = [says("chart_criterion", number=number) for number in range(1, most + 1)]
    names += [says(f"province_deadline_{one}") for one in deadlines]
    heads = [says("province_column_office"), says("province_column_report")]
    heads += [says(f"province_head_{half}", what=one) for one in names for half in ("part", "of")]
    widths = (26, 30, *(11,) * (2 * len(names)))
    sheet = _sheet(book, looks, says("province_sheet_parts"), title, widths, heads)
    for row in found.confirmed:
        sheet.put(_cells(row, most, says), looks.text)


def _cells(row: OfficeMonth, most: int, says: Words) -> list[Cell]:
    one, received = row.figures, row.received
    if one is None or received is None:
        return [row.name]
    nothing = PartOf(part=None, of=None)
    parts = [*one.criteria, *(nothing,) * (most - len(one.criteria))]
    parts += [getattr(one.deadlines, each) for each in DeadlinesMet.model_fields]
    return [
        row.name,
        shown.report(received, says),
        *(cell for each in parts for cell in (each.part, each.of)),
    ]


def _course(book: Workbook, looks: Looks, points: Sequence[tuple[str, float | None]], says: Words) -> None:
    heads = (says("province_month"), says("province_column_share"))
    title = says("province_trend")
    sheet = _sheet(book, looks, says("province_sheet_trend"), title, (14, 18), heads)
    first = sheet.row
    for month, share in points:
        sheet.put([shown.month(month), share], looks.text, share_from=1)
    sheet.chart("line", title, [(1, first, sheet.row - 1)], sheet.row + 1, shares=True)


def _missing(book: Workbook, looks: Looks, found: ProvinceMonth, says: Words) -> None:
    name = says("province_sheet_missing")
    heads = (says("province_column_code"), says("province_column_office"))
    sheet = _sheet(book, looks, name, says("province_doc_missing"), (10, 40), heads)
    for row in found.missing:
        sheet.put([row.code, row.name], looks.text)
    if not found.missing:
        sheet.put([None, says("province_all_there")], looks.text)
