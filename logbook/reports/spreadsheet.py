"""Writes CSV and XLSX, the only module that does; a citizen's words never become a formula (T-07)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO

from logbook.clock import local

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

Cell = str | datetime | None
LONGEST_CELL = 32_000
"""Characters of one cell; Excel keeps 32,767."""
MOST_ROWS = 1_000_000
"""Rows of one sheet; Excel keeps 1,048,576."""
_FORMULA_SIGNS = frozenset("=+-@|%\t\r\n＝＋－＠")
_NEW_CELL = re.compile(r"([,;\t\r\n][\s\"]*)([=+\-@|%＝＋－＠])")
_LOOKS_NUMERIC = re.compile(r"[\d.,\s]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Column:
    """A heading and how wide it is, in characters."""

    title: str
    width: int = 16


class TooManyRowsError(Exception):
    """More rows than a sheet holds; ask for a shorter period."""


def write_csv(file: BinaryIO, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> int:
    """Write `rows` to `file` as they come and return how many.

    UTF-8 with a byte order mark, or Excel reads the accents as something else. Fields are separated by
    ";": with Vietnamese regional settings the comma is the decimal sign, and Excel then takes ";".
    Dates are ISO 8601 in Vietnamese time, the one spelling that no regional setting turns round.
    """
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text, delimiter=";", quoting=csv.QUOTE_ALL)
    writer.writerow([harmless(column.title) for column in columns])
    count = 0
    for row in rows:
        writer.writerow([_as_csv(cell) for cell in row])
        count += 1
    text.flush()
    text.detach()
    return count


def harmless(text: str) -> str:
    """`text` for a CSV cell, with an apostrophe before what a spreadsheet would reckon with (T-07).

    That is what begins like a formula, after spaces too, also behind a sign that another regional
    setting takes for the end of a cell; and what looks like a number: a code would lose its zeros.
    """
    text = _NEW_CELL.sub(r"\1'\2", text[:LONGEST_CELL])
    begins = text.lstrip(" \u00a0\ufeff")[:1]
    if begins in _FORMULA_SIGNS and begins:
        return "'" + text
    return "'" + text if _LOOKS_NUMERIC.fullmatch(text) else text


def write_xlsx(
    file: BinaryIO,
    sheet: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Cell]],
    about: tuple[str, Sequence[tuple[str, str]]],
) -> int:
    """Write `rows` to `file` as a workbook and return how many; TooManyRowsError beyond a sheet.

    Every text is written as text (T-07), instants are dates in Vietnamese time. `about` is the name of a
    second sheet and its lines: what was asked for, by whom, when. Rows go to disk as they come.
    """
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "remove_timezone": True,
    }
    from xlsxwriter import Workbook  # loaded when somebody wants a file

    with Workbook(file, options) as book:
        looks = _Looks(
            book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
            book.add_format({"num_format": "dd/mm/yyyy hh:mm", "valign": "top"}),
            book.add_format({"text_wrap": True, "valign": "top"}),
        )
        page = book.add_worksheet(sheet)
        count = _fill(page, columns, rows, looks)
        _fill_about(book.add_worksheet(about[0]), about[1], looks)
    return count


def mark(book: Workbook, text: str) -> None:
    """Write `text` on every sheet, in its third row, which is free, and above each printed page."""
    for sheet in book.worksheets():
        sheet.set_header(f"&C&B{text}")
        sheet.set_tab_color("#9b1c1f")
        sheet.write_string(2, 0, text, book.add_format({"bold": True, "font_color": "#9b1c1f"}))


@dataclass(frozen=True, slots=True)
class _Looks:
    heading: Format
    moment: Format
    text: Format


def _fill(page: Worksheet, columns: Sequence[Column], rows: Iterable[Sequence[Cell]], looks: _Looks) -> int:
    for number, column in enumerate(columns):
        page.set_column(number, number, column.width)
    page.freeze_panes(1, 0)
    page.repeat_rows(0)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    for number, column in enumerate(columns):
        page.write_string(0, number, column.title, looks.heading)
    count = 0
    for count, row in enumerate(rows, start=1):
        if count > MOST_ROWS:
            raise TooManyRowsError(f"more than {MOST_ROWS} rows")
        for number, cell in enumerate(row):
            _put(page, count, number, cell, looks)
    page.autofilter(0, 0, count, len(columns) - 1)
    return count


def _fill_about(page: Worksheet, lines: Sequence[tuple[str, str]], looks: _Looks) -> None:
    page.set_column(0, 0, 24)
    page.set_column(1, 1, 80)
    for number, (name, value) in enumerate(lines):
        page.write_string(number, 0, name, looks.heading)
        page.write_string(number, 1, value[:LONGEST_CELL], looks.text)


def _put(page: Worksheet, row: int, column: int, cell: Cell, looks: _Looks) -> None:
    match cell:
        case None | "":
            return
        case datetime():
            page.write_datetime(row, column, local(cell), looks.moment)
        case _:
            page.write_string(row, column, cell[:LONGEST_CELL], looks.text)


def _as_csv(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case datetime():
            return local(cell).strftime("%Y-%m-%d %H:%M")
        case _:
            return harmless(cell)
