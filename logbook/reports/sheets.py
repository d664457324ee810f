"""Lays out the sheets of a report's workbook: rows, charts, printed pages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from logbook.plain_text import clean
from logbook.reports.figures import Figures
from logbook.reports.shown import Says, drawn, span
from logbook.reports.spreadsheet import LONGEST_CELL

Cell = str | float | None
A4 = 9
_LINE_POINTS, _HIGHEST_ROW = 16, 400
"""Points of one line at twelve points, and of the highest row a program shows."""
_FILLED = 0.95
"""Words break before the edge, and Times is narrower than the figure a column is measured by."""


@dataclass(frozen=True, slots=True)
class Looks:
    title: Format
    plain: Format
    heading: Format
    group: Format
    text: Format
    number: Format
    share: Format


def _lines(cell: Cell, width: int) -> int:
    """How many lines a text takes in a column so many characters wide; not every program works it out."""
    if not isinstance(cell, str):
        return 1
    return sum(max(1, math.ceil(len(line) / (width * _FILLED))) for line in cell.split("\n"))


class Sheet:
    """One sheet being filled from the top."""

    def __init__(self, book: Workbook, title: str, looks: Looks, widths: Sequence[int]) -> None:
        """A sheet that prints on A4, its columns as wide as given, in characters."""
        self.book, self.looks, self.title = book, looks, title[:31]
        self.page: Worksheet = book.add_worksheet(self.title)
        self.widths = tuple(widths)
        self.row = 0
        for column, width in enumerate(widths):
            self.page.set_column(column, column, width)
        self.page.set_paper(A4)
        self.page.fit_to_pages(1, 0)
        self.page.set_margins(left=0.8, right=0.6, top=0.8, bottom=0.8)
        self.page.set_footer("&C&P/&N")

    def put(self, cells: Sequence[Cell], text: Format, *, share_from: int = 1_000) -> None:
        """Write one row: every text as text (T-07), numbers as numbers, from `share_from` on as shares."""
        for column, cell in enumerate(cells):
            match cell:
                case None:
                    self.page.write_blank(self.row, column, None, self.looks.text)
                case str():
                    self.page.write_string(self.row, column, clean(cell)[:LONGEST_CELL], text)
                case _:
                    look = self.looks.share if column >= share_from else self.looks.number
                    self.page.write_number(self.row, column, cell, look)
        lines = max((_lines(cell, width) for cell, width in zip(cells, self.widths, strict=False)), default=1)
        if lines > 1 and text is not self.looks.title:
            self.page.set_row(self.row, min(_LINE_POINTS * lines, _HIGHEST_ROW))
        self.row += 1

    def chart(
        self,
        kind: str,
        title: str,
        series: Sequence[tuple[int, int, int]],
        place: int,
        *,
        shares: bool = False,
    ) -> None:
        """Draw a chart of rows first to last for each (column, first, last), names from column 0.

        `shares` are in percent: drawn from nothing to all, along the bars or up the lines.
        """
        chart = self.book.add_chart({"type": kind})
        for column, first, last in series:
            chart.add_series(
                {
                    "name": [self.title, first - 1, column],
                    "categories": [self.title, first, 0, last, 0],
                    "values": [self.title, first, column, last, column],
                }
            )
        chart.set_title({"name": title, "name_font": {"size": 12}})
        chart.set_size({"width": 720, "height": 300})
        if shares:
            (chart.set_x_axis if kind == "bar" else chart.set_y_axis)({"min": 0, "max": 100})
        if len(series) == 1:
            chart.set_legend({"none": True})
        else:
            chart.set_legend({"position": "bottom"})
        self.page.insert_chart(place, 0, chart)


def looks_of(book: Workbook) -> Looks:
    frame = {"border": 1, "valign": "top", "font_name": "Times New Roman", "font_size": 12}
    return Looks(
        title=book.add_format({"bold": True, "font_name": "Times New Roman", "font_size": 14}),
        plain=book.add_format({"font_name": "Times New Roman", "font_size": 12}),
        heading=book.add_format(frame | {"bold": True, "text_wrap": True, "bg_color": "#EDE7DA"}),
        group=book.add_format(frame | {"bold": True}),
        text=book.add_format(frame | {"text_wrap": True}),
        number=book.add_format(frame | {"align": "center"}),
        share=book.add_format(frame | {"align": "center", "num_format": "0.0"}),
    )


def titled(
    book: Workbook, looks: Looks, figures: Figures, part: str, says: Says, widths: Sequence[int]
) -> Sheet:
    sheet = Sheet(book, says(f"report_section_{part}"), looks, widths)
    heading = f"{says(f'report_section_{part}')}: {span(figures.kind, figures.period, says)}"
    sheet.page.write_string(0, 0, heading, looks.title)
    sheet.page.write_string(1, 0, drawn(figures, says), looks.plain)
    sheet.row = 3
    return sheet
