"""Files as a desk's software writes them, with what nobody may keep in them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter

HEADINGS = (
    "Mã hồ sơ",
    "Thủ tục",
    "Lĩnh vực",
    "Cán bộ",
    "Ngày tiếp nhận",
    "Ngày hẹn trả",
    "Ngày trả kết quả",
    "Trực tuyến",
    "Ngày chấp nhận",
    "Số lần bổ sung",
    "Kết quả",
)
PERSONAL = ("Người nộp", "Điện thoại", "CCCD")
CANARIES = ("Trần Thị Hoàng Yến", "0987654321", "056188123456")


def row(reference: str = "H32.18-261102-0001", **cells: Any) -> list[Any]:
    """One dossier by its headings' first words; personal cells behind."""
    usual = {
        "procedure": "Đăng ký khai sinh",
        "field": "Hộ tịch",
        "official": "Nguyễn Thị Bình",
        "received": "02/11/2026 08:15",
        "due": "05/11/2026",
        "finished": "04/11/2026 10:00",
        "online": "Không",
        "accepted": "",
        "supplements": "0",
        "outcome": "Đã trả kết quả",
    }
    return [reference, *{**usual, **cells}.values()]


def as_csv(
    rows: Sequence[Sequence[Any]],
    *,
    headings: Sequence[str] = HEADINGS,
    delimiter: str = ",",
    encoding: str = "utf-8-sig",
    personal: bool = True,
) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow([*headings, *(PERSONAL if personal else ())])
    for cells in rows:
        writer.writerow([*cells, *(CANARIES if personal else ())])
    return text.getvalue().encode(encoding)


def as_xlsx(rows: Sequence[Sequence[Any]], *, headings: Sequence[str] = HEADINGS, above: int = 0) -> bytes:
    """A workbook; `above` rows of a merged title stand over the headings."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "default_date_format": "dd/mm/yyyy"})
    sheet = book.add_worksheet()
    if above:
        sheet.merge_range(0, 0, above - 1, 10, "DANH SÁCH HỒ SƠ THÁNG 11")
    for number, cells in enumerate([[*headings, *PERSONAL], *([*cells, *CANARIES] for cells in rows)]):
        for place, cell in enumerate(cells):
            if isinstance(cell, str) and cell.startswith("="):
                sheet.write_formula(number + above, place, cell, None, "Hộ tịch")
            else:
                sheet.write(number + above, place, cell)
    book.close()
    return file.getvalue()
