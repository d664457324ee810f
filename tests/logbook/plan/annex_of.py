"""The annex of the plan of 2024 in other forms: damaged, as CSV, as a workbook, as a document."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from docx import Document
from xlsxwriter import Workbook

from logbook.plan import annex_files
from logbook.plan.annex import COLUMNS
from logbook.plan.annex_files import ReadAnnex

FILE = Path(__file__).with_name("plan_2024.txt")
GROUPS = {"I": 2, "II": 1, "III": 3, "IV": 5, "V": 5, "VI": 2}
HEAD = "\t".join(COLUMNS)


def read(text: str | bytes) -> ReadAnnex:
    return annex_files.read(text.encode() if isinstance(text, str) else text, "Nhiệm vụ")


def table(*rows: str) -> str:
    """A table of these rows below its headings; the first row stands in line 2."""
    return "\n".join((HEAD, *rows))


def of_tasks(found: ReadAnnex) -> list[list[str]]:
    """The rows of a plan as people type them."""
    rows, group = [], ""
    for one in found.tasks:
        if one.group_title != group:
            group = one.group_title
            rows.append([("", "I", "II", "III", "IV", "V", "VI")[one.group_number], group, "", "", ""])
        rows.append([str(one.number), one.content, one.responsible, one.pace, one.result])
    return rows


def as_csv(rows: list[list[str]], delimiter: str = ",", encoding: str = "utf-8-sig") -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows([list(COLUMNS), *rows])
    return out.getvalue().encode(encoding)


def as_workbook(rows: list[list[str]]) -> bytes:
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet()
        page.write_string(0, 0, "PHỤ LỤC")
        for number, row in enumerate([list(COLUMNS), *rows], start=2):
            for column, cell in enumerate(row):
                page.write(number, column, int(cell) if cell.isdecimal() else cell)
    return out.getvalue()


def as_document(rows: list[list[str]], cut_at: int) -> bytes:
    """A document whose table is cut in two, as at the end of a page."""
    document = Document()
    document.add_paragraph("KẾ HOẠCH")
    document.add_paragraph("Nâng cao mức độ hài lòng năm 2024")
    for part in (rows[:cut_at], rows[cut_at:]):
        made = document.add_table(rows=0, cols=len(COLUMNS))
        for row in [list(COLUMNS), *part] if part is rows[:cut_at] or cut_at else part:
            for cell, text in zip(made.add_row().cells, row, strict=True):
                cell.text = text
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()
