"""Writes a plan as the table it came from: five columns, .docx and .xlsx, which import again (002-03)."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from logbook.plan.annex import COLUMNS
from logbook.plan.plans import Plan, PlanTask
from logbook.reports import spreadsheet
from logbook.reports.letter import LEFT_SIDE, MIDDLE, LetterColumn, LetterDocument
from logbook.reports.shown import Says

_WIDTHS = (12, 52, 42, 24, 38)
"""Millimetres; together the width of a sheet between its margins."""
_CELL = 11
"""Points: the annex holds long sentences."""


def document(plan: Plan, tasks: Sequence[PlanTask], agency: str, says: Says, mark: str = "") -> bytes:
    """Return the annex as .docx; the heading of the table is repeated on every page."""
    letter = LetterDocument(plan.title, agency)
    if mark:
        letter.mark(mark)
    letter.line(agency.upper(), bold=True, align=LEFT_SIDE, indent=False)
    letter.line(says("plan_word").upper(), bold=True, align=MIDDLE, indent=False)
    letter.line(plan.title, bold=True, align=MIDDLE, indent=False)
    letter.gap()
    columns = [
        LetterColumn(title, width, LEFT_SIDE if place in (1, 2, 4) else MIDDLE)
        for place, (title, width) in enumerate(zip(COLUMNS, _WIDTHS, strict=True))
    ]
    letter.table(columns, list(_rows(tasks)), _CELL)
    return letter.saved()


def workbook(plan: Plan, tasks: Sequence[PlanTask], agency: str, says: Says, mark: str = "") -> bytes:
    """Return the same table as .xlsx; everything is text but the numbers of the tasks."""
    from xlsxwriter import Workbook  # loaded when somebody wants a file

    file = io.BytesIO()
    with Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        head = book.add_format({"bold": True, "border": 1, "text_wrap": True, "align": "center"})
        bold = book.add_format({"bold": True, "border": 1, "text_wrap": True, "valign": "top"})
        text = book.add_format({"border": 1, "text_wrap": True, "valign": "top"})
        page = book.add_worksheet(says("plan_sheet"))
        page.set_landscape()
        page.fit_to_pages(1, 0)
        for column, width in enumerate((6, 60, 45, 18, 45)):
            page.set_column(column, column, width)
        page.write_string(0, 0, agency)
        page.write_string(1, 0, says("plan_word").upper())
        page.write_string(2, 0, plan.title)
        page.repeat_rows(3)
        for column, title in enumerate(COLUMNS):
            page.write_string(3, column, title, head)
        for number, row in enumerate(_rows(tasks), start=4):
            for column, cell in enumerate(row):
                is_number = column == 0 and cell.isdecimal()
                if is_number:
                    page.write_number(number, column, int(cell), text)
                else:
                    page.write_string(number, column, cell, text if row[0].isdecimal() else bold)
        if mark:
            spreadsheet.mark(book, mark)
    return file.getvalue()


def _rows(tasks: Sequence[PlanTask]) -> Iterator[tuple[str, str, str, str, str]]:
    group = 0
    for one in tasks:
        if one.group_number != group:
            group = one.group_number
            yield (one.group, one.group_title, "", "", "")
        yield (str(one.number), one.content, one.responsible, one.pace, one.result)
