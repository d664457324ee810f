"""Builds a month's allowance list as a document to sign and as a workbook (001-06)."""

from __future__ import annotations

import io

from logbook.duty.allowance import Allowance, dotted
from logbook.reports import spreadsheet
from logbook.reports.letter import BODY, LEFT_SIDE, MIDDLE, WIDTH, LetterColumn, LetterDocument, into
from logbook.reports.shown import Says
from logbook.settings.config_file import OfficePart

_HEADINGS = (
    "allowance_number",
    "allowance_name",
    "allowance_days",
    "allowance_amount",
    "allowance_signed",
)


def document(allowance: Allowance, office: OfficePart, says: Says, mark: str = "") -> bytes:
    """Return the list as .docx with a column to sign and the total."""
    month = f"{allowance.first:%m/%Y}"
    letter = LetterDocument(says("allowance_title", month=month), office.agency)
    if mark:
        letter.mark(mark)
    letter.line(office.agency.upper(), bold=True, align=LEFT_SIDE, indent=False)
    letter.line(says("allowance_title", month=month).upper(), bold=True, align=MIDDLE, indent=False)
    letter.gap()
    columns = [
        LetterColumn(says(key), width, LEFT_SIDE if key == "allowance_name" else MIDDLE)
        for key, width in zip(_HEADINGS, (12, 62, 22, 34, 35), strict=True)
    ]
    rows = [
        (str(number), row.name, str(row.days), dotted(row.amount), "")
        for number, row in enumerate(allowance.rows, start=1)
    ]
    total = ("", says("allowance_total"), "", dotted(allowance.total), "")
    letter.table(columns, [*rows, total])
    left, right = letter.columns((WIDTH / 2, WIDTH / 2))
    into(left, says("allowance_made_by"), BODY, bold=True)
    into(right, says("allowance_approved_by"), BODY, bold=True)
    return letter.saved()


def workbook(allowance: Allowance, office: OfficePart, says: Says, mark: str = "") -> bytes:
    """Return the same list as .xlsx; days and amounts are numbers, everything else is text."""
    from xlsxwriter import Workbook  # loaded when somebody wants a file

    file = io.BytesIO()
    with Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        bold, money = book.add_format({"bold": True, "bottom": 1}), book.add_format({"num_format": "#,##0"})
        page = book.add_worksheet(says("allowance_sheet"))
        page.set_column(1, 1, 32)
        page.set_column(2, 4, 18)
        page.write_string(0, 0, office.agency)
        page.write_string(1, 0, says("allowance_title", month=f"{allowance.first:%m/%Y}"), bold)
        for column, key in enumerate(_HEADINGS):
            page.write_string(3, column, says(key), bold)
        for number, row in enumerate(allowance.rows, start=1):
            page.write_number(3 + number, 0, number)
            page.write_string(3 + number, 1, row.name)
            page.write_number(3 + number, 2, row.days)
            page.write_number(3 + number, 3, row.amount, money)
        last = 4 + len(allowance.rows)
        page.write_string(last, 1, says("allowance_total"), bold)
        page.write_number(last, 3, allowance.total, money)
        if mark:
            spreadsheet.mark(book, mark)
    return file.getvalue()
