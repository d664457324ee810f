"""The index of satisfaction as a workbook: the figures of the page and of `tongdai index`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, BinaryIO

from logbook.ratings.index import CriterionFigure, InstrumentFigures
from logbook.ratings.spans import DaySpan
from logbook.reports.shown import Says

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

COLUMNS = (
    ("index_column_instrument", 16),
    ("index_column_version", 10),
    ("index_column_channel", 18),
    ("report_column_criterion", 60),
    ("report_column_answers", 12),
    ("report_column_satisfied", 12),
    ("report_column_share", 12),
    ("index_column_low", 14),
    ("index_column_high", 14),
    ("report_column_result", 16),
)


def write(
    file: BinaryIO, span: DaySpan, found: Sequence[InstrumentFigures], says: Says, mark: str = ""
) -> None:
    """Write the figures of `span` to `file`, one criterion a row; every text stays text (T-07).

    A `mark` stands above them and above each printed page.
    """
    from xlsxwriter import Workbook  # loaded when somebody wants a file

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(file, options) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        percent = book.add_format({"num_format": "0.00", "valign": "top"})
        page = book.add_worksheet(says("index_sheet"))
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        days = says("index_days", first=span.first.strftime("%d/%m/%Y"), last=span.last.strftime("%d/%m/%Y"))
        page.write_string(0, 0, f"{says('index_title')}: {days}", book.add_format({"bold": True}))
        for number, (key, width) in enumerate(COLUMNS):
            page.set_column(number, number, width)
            page.write_string(2, number, says(key), bold)
        page.freeze_panes(3, 0)
        rows = [(one, each) for one in found for each in one.criteria]
        for at, (one, each) in enumerate(rows, 3):
            _write(page, at, one, each, says, wrapped, percent)
        if mark:
            page.write_string(1, 0, mark, book.add_format({"bold": True, "font_color": "#9b1c1f"}))
            page.set_header(f"&C&B{mark}")


def _write(
    page: Worksheet,
    at: int,
    one: InstrumentFigures,
    each: CriterionFigure,
    says: Says,
    wrapped: Format,
    percent: Format,
) -> None:
    verdict = says(f"index_verdict_{each.verdict}") if each.verdict else ""
    texts = {0: one.key, 2: says(f"index_channel_{one.channel}"), 3: each.name, 9: verdict}
    for column, text in texts.items():
        page.write_string(at, column, text, wrapped)
    for column, number in {1: one.version, 4: each.n, 5: each.satisfied}.items():
        page.write_number(at, column, number, wrapped)
    low, high = each.interval or (None, None)
    for column, share in {6: each.percent, 7: low, 8: high}.items():
        if share is not None:
            page.write_number(at, column, share, percent)
