"""Opens a file of the desk's software, CSV or XLSX, and yields its rows (002-32).

Everything here happens in memory and is handed on row by row: a file carries names, telephone and identity
numbers that nobody may keep. A reason never quotes what stands in the file.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import BinaryIO

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from logbook.dossiers import packing
from logbook.dossiers.unreadable import UnreadableFileError

MOST_BYTES = 64 * 1024 * 1024
"""Bytes of a file; 100,000 dossiers with twenty columns are about 25 million."""
MOST_ROWS, MOST_COLUMNS, MOST_SHEETS = 250_000, 200, 40
LONGEST_CELL = 32_767
"""Characters; what a cell of a workbook can hold."""
HEAD_ROWS = 20
"""Rows among which the headings are looked for."""
DELIMITERS = (",", ";", "\t")
_OLE, _ZIP = b"\xd0\xcf\x11\xe0", b"PK"

Cell = str | float | bool | date | datetime | time | timedelta | None
Row = list[Cell]


@dataclass(frozen=True, slots=True)
class Table:
    """One way to read the file: numbered rows, as a spreadsheet counts them; may be read more than once."""

    rows: Iterable[tuple[int, Row]]


def tables(file: Path | bytes) -> Iterator[Table]:
    """Yield each table the file may be: sheets of a workbook, or the same text by each delimiter.

    Raises UnreadableFileError when it is too large, empty, packed to harm, or nothing that is understood.
    """
    size = len(file) if isinstance(file, bytes) else file.stat().st_size
    if size == 0:
        raise UnreadableFileError("empty")
    if size > MOST_BYTES:
        raise UnreadableFileError("too_large", most=str(MOST_BYTES // 1024 // 1024))
    with _open(file) as stream:
        begins = stream.read(4096)
    if begins.startswith(_OLE):
        raise UnreadableFileError("old_excel")
    if begins.startswith(_ZIP):
        yield from _sheets(file)
        return
    encoding = _encoding(begins)
    text = begins.decode(encoding, "ignore").lstrip("\ufeff \r\n\t").casefold()
    if text.startswith("<"):
        raise UnreadableFileError("web_page")
    if encoding == "utf-8-sig" and b"\x00" in begins:
        raise UnreadableFileError("unknown")
    for delimiter in DELIMITERS:
        yield Table(_Text(file, encoding, delimiter))


def _open(file: Path | bytes) -> BinaryIO:
    return io.BytesIO(file) if isinstance(file, bytes) else file.open("rb")


# --- text -------------------------------------------------------------------------------------------------


def _encoding(begins: bytes) -> str:
    """UTF-16 by its mark, or by every second byte of the first letters being zero; else UTF-8."""
    if begins.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    head = begins[:64]
    odd, even = head[1::2].count(0), head[::2].count(0)
    if odd > len(head) / 4 and odd > even:
        return "utf-16-le"
    if even > len(head) / 4 and even > odd:
        return "utf-16-be"
    return "utf-8-sig"


@dataclass(frozen=True, slots=True)
class _Text:
    """The rows of a CSV read with one delimiter."""

    file: Path | bytes
    encoding: str
    delimiter: str

    def __iter__(self) -> Iterator[tuple[int, Row]]:
        csv.field_size_limit(LONGEST_CELL)
        with _open(self.file) as raw, io.TextIOWrapper(raw, self.encoding, newline="") as text:
            lines = csv.reader(text, delimiter=self.delimiter)
            number = 0
            while True:
                number += 1
                try:
                    row = next(lines, None)
                except csv.Error:
                    raise UnreadableFileError("quotes", row=str(number)) from None
                except UnicodeError:
                    raise UnreadableFileError("encoding") from None
                if row is None:
                    return
                yield _checked(number, list(row))


# --- workbooks --------------------------------------------------------------------------------------------


def _sheets(file: Path | bytes) -> Iterator[Table]:
    packing.refuse_bombs(file)
    try:
        with _open(file) as stream, CalamineWorkbook.from_filelike(stream) as book:
            shown = [each.name for each in book.sheets_metadata if each.visible is SheetVisibleEnum.Visible]
            for name in shown[:MOST_SHEETS]:
                yield Table(_Sheet(book.get_sheet_by_name(name)))
    except CalamineError:
        raise UnreadableFileError("unknown") from None


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The rows of one sheet; a formula is what it came to when the file was saved, never run."""

    sheet: CalamineSheet

    def __len__(self) -> int:
        """How many rows there are, empty ones too."""
        return self.sheet.height

    def __iter__(self) -> Iterator[tuple[int, Row]]:
        for number, row in enumerate(self.sheet.iter_rows(), 1):
            yield _checked(number, list(row))


def _checked(number: int, row: Row) -> tuple[int, Row]:
    if number > MOST_ROWS:
        raise UnreadableFileError("too_many_rows", most=f"{MOST_ROWS:,}".replace(",", "."))
    if len(row) > MOST_COLUMNS:
        raise UnreadableFileError("too_many_columns", most=str(MOST_COLUMNS))
    return number, row
