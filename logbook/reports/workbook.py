"""A report as a workbook: a sheet for each part, charts drawn by the spreadsheet itself, ready to print."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from logbook.exports import LONGEST_CELL
from logbook.reports.figures import Figure, Figures
from logbook.reports.letter import clean
from logbook.reports.made import Report
from logbook.reports.periods import WEEKLY
from logbook.reports.shown import PARTS, Says, drawn, label, late_row, name, obstacle_row, span, verdict

Cell = str | float | None
TREND = 12
"""How many periods the trend looks back, this one included."""
_A4 = 9
_SHARES = frozenset({"terms", "ratings"})
_WITH_SHARES = _SHARES | {"outcome"}
_TREND_OF = ("calls.all", "calls.missed", "received.all", "handled.answered", "handled.late")
_LINE_POINTS, _HIGHEST_ROW = 16, 400
"""Points of one line at twelve points, and of the highest row a program shows."""
_FILLED = 0.95
"""Words break before the edge, and Times is narrower than the figure a column is measured by."""
_CHARTED = ("channel", "topic")
"""Groups of plain figures that get a chart of their own."""


@dataclass(frozen=True, slots=True)
class _Looks:
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


class _Sheet:
    """One sheet being filled from the top."""

    def __init__(self, book: Workbook, title: str, looks: _Looks, widths: Sequence[int]) -> None:
        """A sheet that prints on A4, its columns as wide as told in characters."""
        self.book, self.looks, self.title = book, looks, title[:31]
        self.page: Worksheet = book.add_worksheet(self.title)
        self.widths = tuple(widths)
        self.row = 0
        for column, width in enumerate(widths):
            self.page.set_column(column, column, width)
        self.page.set_paper(_A4)
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


def written(
    report: Report, before: Sequence[Figures], says: Says, team_part: str, hidden: frozenset[str]
) -> bytes:
    """Return the report as .xlsx; `before` are the earlier ones of its kind, the earliest first.

    `hidden` are the codes of late tickets the reader may not see.
    """
    figures, file = report.counted, io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with Workbook(file, options) as book:
        book.set_properties({"title": name(report.kind, report.period, says)})
        looks = _looks(book)
        for part, sections in PARTS:
            _part(book, looks, figures, part, sections, says)
        _late(book, looks, figures, says, hidden)
        _obstacles(book, looks, figures, says)
        _trend(book, looks, [*before[-(TREND - 1) :], figures], says)
        _words(book, looks, report, team_part, says)
    return file.getvalue()


def _looks(book: Workbook) -> _Looks:
    frame = {"border": 1, "valign": "top", "font_name": "Times New Roman", "font_size": 12}
    return _Looks(
        title=book.add_format({"bold": True, "font_name": "Times New Roman", "font_size": 14}),
        plain=book.add_format({"font_name": "Times New Roman", "font_size": 12}),
        heading=book.add_format(frame | {"bold": True, "text_wrap": True, "bg_color": "#EDE7DA"}),
        group=book.add_format(frame | {"bold": True}),
        text=book.add_format(frame | {"text_wrap": True}),
        number=book.add_format(frame | {"align": "center"}),
        share=book.add_format(frame | {"align": "center", "num_format": "0.0"}),
    )


def _titled(
    book: Workbook, looks: _Looks, figures: Figures, part: str, says: Says, widths: Sequence[int]
) -> _Sheet:
    sheet = _Sheet(book, says(f"report_section_{part}"), looks, widths)
    heading = f"{says(f'report_section_{part}')}: {span(figures.kind, figures.period, says)}"
    sheet.page.write_string(0, 0, heading, looks.title)
    sheet.page.write_string(1, 0, drawn(figures, says), looks.plain)
    sheet.row = 3
    return sheet


def _part(
    book: Workbook, looks: _Looks, figures: Figures, part: str, sections: Sequence[str], says: Says
) -> None:
    sheet = _titled(book, looks, figures, part, says, (60, 14, 14, 14, 14, 14))
    for section in sections:
        found = figures.section(section)
        if not found:
            continue
        if len(sections) > 1:
            sheet.put([says(f"report_section_{section}")], looks.group)
        sheet.put(_headings(section, says), looks.heading)
        if len(sections) == 1:
            sheet.page.repeat_rows(sheet.row - 1)
        first = sheet.row
        for figure in found:
            sheet.put(_cells(figure, says), looks.text, share_from=3 if section in _WITH_SHARES else 1_000)
        _chart(sheet, section, first, says)
    if part in _SHARES and sheet.row > 4:
        column, last = 3, sheet.row - 1
        sheet.chart("bar", says(f"report_section_{part}"), [(column, 4, last)], sheet.row + 1, shares=True)


def _headings(section: str, says: Says) -> list[str]:
    names = {
        "terms": ("term", "met", "all", "share", "share_before"),
        "ratings": ("criterion", "satisfied", "answers", "share", "share_before", "result"),
        "escalated": ("matter", "acknowledged", "told", "minutes"),
        "outcome": ("figure", "now", "before", "share"),
    }.get(section, ("figure", "now", "before"))
    return [says(f"report_column_{one}") for one in names]


def _cells(figure: Figure, says: Says) -> list[Cell]:
    match figure.section:
        case "terms" | "ratings":
            shares = [_share(figure.tenths, says), _share(figure.tenths_before, says)]
            result = [verdict(figure, says)] if figure.section == "ratings" else []
            return [label(figure, says), figure.value, figure.of, *shares, *result]
        case "escalated":
            return [label(figure, says), figure.value, figure.of, figure.minutes]
        case _:
            now = says("report_none") if figure.value is None else figure.value
            part = [_share(figure.tenths, says)] if figure.section == "outcome" else []
            return [label(figure, says), now, figure.before, *part]


def _share(tenths: int | None, says: Says) -> Cell:
    """A share in percent, cut to one decimal as everywhere (000-04)."""
    return says("report_none") if tenths is None else tenths / 10


def _chart(sheet: _Sheet, section: str, first: int, says: Says) -> None:
    """A chart beside the page's right edge would be lost in print: it stands below its own figures."""
    if section in _CHARTED and sheet.row > first:
        sheet.chart("column", says(f"report_section_{section}"), [(1, first, sheet.row - 1)], sheet.row + 1)
        sheet.row += 18


def _late(book: Workbook, looks: _Looks, figures: Figures, says: Says, hidden: frozenset[str]) -> None:
    sheet = _titled(book, looks, figures, "late", says, (10, 12, 12, 14, 8, 20, 40, 40))
    sheet.page.set_landscape()
    names = ("code", "opened", "due", "answered", "days_late", "owner", "cause", "remedy")
    sheet.put([says(f"report_column_{one}") for one in names], looks.heading)
    sheet.page.repeat_rows(sheet.row - 1)
    for case in figures.late:
        sheet.put(late_row(case, says, sealed=case.sealed or case.code in hidden), looks.text)
    if not figures.late:
        sheet.put([says("report_no_late")], looks.text)


def _obstacles(book: Workbook, looks: _Looks, figures: Figures, says: Says) -> None:
    """Khó khăn, vướng mắc, each with its owner and how it stands (001-18)."""
    sheet = _titled(book, looks, figures, "obstacles", says, (60, 24, 14, 50))
    sheet.page.set_landscape()
    sheet.put([says(f"obstacle_{one}") for one in ("text", "owner", "raised", "standing")], looks.heading)
    sheet.page.repeat_rows(sheet.row - 1)
    for one in figures.obstacles:
        sheet.put(obstacle_row(one, says), looks.text)
    if not figures.obstacles:
        sheet.put([says("obstacle_none_told")], looks.text)


def _trend(book: Workbook, looks: _Looks, told: Sequence[Figures], says: Says) -> None:
    """The main figures of the last periods, and each criterion's share, as two charts."""
    sheet = _Sheet(book, says("report_book_trend"), looks, (24, 14, 14, 14, 14, 14))
    rated = [one for one in told[-1].section("ratings") if one.target is not None]
    shown: list[tuple[str, list[str], bool]] = [
        (says("report_book_chart"), list(_TREND_OF), False),
        (says("report_section_ratings"), [one.name for one in rated], True),
    ]
    for title, names, shares in shown:
        sheet.put([title], looks.title)
        heads = [_short_label(told[-1].named(one), says) for one in names]
        sheet.put([says("report_book_period"), *heads], looks.heading)
        first = sheet.row
        for figures in told:
            row: list[Any] = [span(figures.kind, figures.period, says)]
            row += [_in_trend(figures.named(one)) for one in names]
            sheet.put(row, looks.text, share_from=1 if shares else 1_000)
        series = [(column, first, sheet.row - 1) for column in range(1, len(names) + 1)]
        sheet.chart("line", title, series, sheet.row + 1, shares=shares)
        sheet.row += 18


def _in_trend(figure: Figure | None) -> float | None:
    if figure is None:
        return None
    if figure.section in _SHARES:
        return None if figure.tenths is None else figure.tenths / 10
    return figure.value


def _short_label(figure: Figure | None, says: Says) -> str:
    words = "" if figure is None else label(figure, says)
    return words if len(words) <= 48 else words[:47] + "…"


def _words(book: Workbook, looks: _Looks, report: Report, team_part: str, says: Says) -> None:
    sheet = _Sheet(book, says("report_book_words"), looks, (40, 90))
    sheet.put([name(report.kind, report.period, says)], looks.title)
    sheet.put([says("report_column_state"), _state(report, says)], looks.text)
    if report.kind == WEEKLY:
        sheet.put([says("report_team_part"), team_part], looks.text)
    sheet.put([says("report_remarks"), report.remarks or says("report_no_words")], looks.text)
    sheet.put([says("report_section_conclusion"), report.conclusion or "–"], looks.text)


def _state(report: Report, says: Says) -> str:
    return says("report_state_final") if report.final else says("report_state_draft")
