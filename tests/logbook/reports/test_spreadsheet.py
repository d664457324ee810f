"""Files for spreadsheets: no word of a citizen becomes a formula, and nothing is garbled."""

import csv
import io
import zipfile
from datetime import UTC, datetime

import pytest
from python_calamine import CalamineWorkbook

from logbook.reports import spreadsheet
from logbook.reports.spreadsheet import Column, write_csv, write_xlsx

PAYLOADS = (
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil.example";"x")',
    "+84912345678",
    "-2+3",
    "@SUM(1+1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠A1",
    "|x",
    "%x",
    "004217",
    "0912.345.678",
)
AT = datetime(2026, 11, 25, 2, 10, tzinfo=UTC)
ABOUT = ("Về tệp này", [("Người xuất", "=1+1")])


def as_csv(*cells: spreadsheet.Cell) -> list[list[str]]:
    file = io.BytesIO()
    write_csv(file, [Column("=Cột")] * len(cells), [cells])
    return list(csv.reader(io.StringIO(file.getvalue().decode("utf-8-sig")), delimiter=";"))


def as_xlsx(*cells: spreadsheet.Cell) -> io.BytesIO:
    file = io.BytesIO()
    assert write_xlsx(file, "Phiếu", [Column("=Cột")] * len(cells), [cells], ABOUT) == 1
    file.seek(0)
    return file


@pytest.mark.row("T-07")
@pytest.mark.parametrize("payload", PAYLOADS)
def test_in_csv_a_payload_stands_behind_an_apostrophe_and_is_still_readable(payload: str) -> None:
    [heading, [cell]] = as_csv(payload)
    assert cell.startswith("'")
    assert cell.replace("'", "") == payload.replace("'", "")
    assert heading == ["'=Cột"]


@pytest.mark.row("T-07")
@pytest.mark.parametrize("separator", [",", "\t", ";", "\n"])
def test_a_payload_behind_another_separator_opens_no_cell_of_its_own(separator: str) -> None:
    file = io.BytesIO()
    write_csv(file, [Column("a"), Column("b")], [["x", f'abc{separator} "=cmd|x!A0']])
    text = file.getvalue().decode("utf-8-sig")
    for other in ";,\t":
        for row in csv.reader(io.StringIO(text), delimiter=other, quoting=csv.QUOTE_NONE):
            assert not [cell for cell in row if cell.lstrip(' "').startswith("=")]


@pytest.mark.row("T-07")
@pytest.mark.parametrize("payload", PAYLOADS)
def test_in_xlsx_every_text_is_text(payload: str) -> None:
    file = as_xlsx(payload, "https://evil.example")
    with zipfile.ZipFile(io.BytesIO(file.getvalue())) as book:
        for name in book.namelist():
            assert b"<f>" not in book.read(name), name
            assert b"hyperlink" not in book.read(name), name
    cell = CalamineWorkbook.from_filelike(file).get_sheet_by_name("Phiếu").to_python()[1][0]
    assert isinstance(cell, str)
    assert cell.replace("\r", "\n").strip() == payload.replace("\r", "\n").strip()


def test_excel_reads_accents_because_the_file_says_it_is_utf_8() -> None:
    file = io.BytesIO()
    assert write_csv(file, [Column("Nội dung")], [['Đường ướt; cầu "Bến" ngập'], [None]]) == 2
    assert (
        file.getvalue() == b"\xef\xbb\xbf" + '"Nội dung"\r\n"Đường ướt; cầu ""Bến"" ngập"\r\n""\r\n'.encode()
    )


def test_instants_are_told_in_vietnamese_time() -> None:
    assert as_csv(AT)[1] == ["2026-11-25 09:10"]
    sheet = CalamineWorkbook.from_filelike(as_xlsx(AT)).get_sheet_by_name("Phiếu")
    assert sheet.to_python()[1][0] == datetime(2026, 11, 25, 9, 10)  # noqa: DTZ001 - a cell knows no zone


def test_a_workbook_has_its_heading_frozen_and_says_what_it_is() -> None:
    file = as_xlsx("a")
    with zipfile.ZipFile(io.BytesIO(file.getvalue())) as book:
        assert b'state="frozen"' in book.read("xl/worksheets/sheet1.xml")
    assert CalamineWorkbook.from_filelike(file).get_sheet_by_name("Về tệp này").to_python() == [
        ["Người xuất", "=1+1"]
    ]


def test_a_very_long_text_is_cut_and_not_lost() -> None:
    [[cell]] = as_csv("ư" * 40_000)[1:]
    assert len(cell) == spreadsheet.LONGEST_CELL
    sheet = CalamineWorkbook.from_filelike(as_xlsx("ư" * 40_000)).get_sheet_by_name("Phiếu")
    assert len(str(sheet.to_python()[1][0])) == spreadsheet.LONGEST_CELL


def test_more_rows_than_a_sheet_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "MOST_ROWS", 2)
    with pytest.raises(spreadsheet.TooManyRowsError):
        write_xlsx(io.BytesIO(), "Phiếu", [Column("a")], [["1"]] * 3, ABOUT)
