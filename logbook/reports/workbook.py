"""A report as a workbook: a sheet for each part, charts drawn by the spreadsheet itself, ready to print."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from xlsxwriter import Workbook

from logbook.reports import attention, spreadsheet
from logbook.reports.figures import Figure, Figures
from logbook.reports.made import Report
from logbook.reports.periods import WEEKLY
from logbook.reports.sheets import Cell, Looks, Sheet, looks_of, titled
from logbook.reports.shown import (
    Says,
    empty,
    is_empty,
    label,
    late_row,
    listed,
    method,
    name,
    obstacle_row,
    overall,
    span,
    verdict,
    year_title,
)
from logbook.reports.shown import parts as parts_of_report
from logbook.reports.targets import RATINGS, YEAR_TO_DATE

TREND = 12
"""How many periods the trend looks back, this one included."""
_SHARES = frozenset({"terms", "ratings"})
_WITH_SHARES = _SHARES | {"outcome"}
_TREND_OF = ("calls.all", "calls.missed", "received.all", "handled.answered", "handled.late")
_CHARTED = ("channel", "topic")
"""Groups of plain figures that get a chart of their own."""


def written(
    report: Report,
    before: Sequence[Figures],
    says: Says,
    team_part: str,
    hidden: frozenset[str],
    *,
    trial: bool = False,
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
        looks = looks_of(book)
        _needs(book, looks, report, figures, says, hidden)
        _late(book, looks, figures, says, hidden)
        for part, sections in parts_of_report(figures):
            _part(book, looks, figures, part, sections, says)
        _obstacles(book, looks, figures, says)
        _trend(book, looks, [*before[-(TREND - 1) :], figures], says)
        _words(book, looks, report, team_part, says)
        if trial:
            spreadsheet.mark(book, says("trial_mark"))
    return file.getvalue()


def _part(
    book: Workbook, looks: Looks, figures: Figures, part: str, sections: Sequence[str], says: Says
) -> None:
    sheet = titled(book, looks, figures, part, says, (60, 14, 14, 14, 14, 14))
    if is_empty(part, figures):
        sheet.put([empty(part, figures, says)], looks.text)
        if part == RATINGS:
            _year(sheet, looks, figures, says)
        return
    for section in sections:
        found = listed(part, section, figures)
        if not found:
            continue
        if len(sections) > 1:
            sheet.put([says(f"report_section_{section}")], looks.group)
        sheet.put(_headings(section, says), looks.heading)
        if len(sections) == 1:
            sheet.page.repeat_rows(sheet.row - 1)
        first = sheet.row
        for figure in found:
            cells = _cells(figure, figures, says)
            sheet.put(cells, looks.text, share_from=3 if section in _WITH_SHARES else 1_000)
        _chart(sheet, section, first, says)
    if part in _SHARES and sheet.row > 4:
        column, last = 3, sheet.row - 1
        sheet.chart("bar", says(f"report_section_{part}"), [(column, 4, last)], sheet.row + 1, shares=True)
        sheet.row += 18
    if part == RATINGS:
        sheet.put([overall(figures, says)], looks.plain)
        _year(sheet, looks, figures, says)


def _year(sheet: Sheet, looks: Looks, figures: Figures, says: Says) -> None:
    """The criteria in the year to date, for which the target is set (000-04)."""
    found = figures.section(YEAR_TO_DATE)
    if any(one.of for one in found):
        sheet.row += 1
        sheet.put([year_title(figures, says)], looks.group)
        names = ("criterion", "satisfied", "answers", "share", "result")
        sheet.put([says(f"report_column_{one}") for one in names], looks.heading)
        for one in found:
            share = _share(one.tenths, says)
            cells = [label(one, says), one.value, one.of, share, verdict(one, figures, says)]
            sheet.put(cells, looks.text, share_from=3)
        sheet.put([overall(figures, says, YEAR_TO_DATE)], looks.plain)
    sheet.put([method(figures, says)], looks.plain)


def _needs(
    book: Workbook, looks: Looks, report: Report, figures: Figures, says: Says, hidden: frozenset[str]
) -> None:
    """What needs a person, on the first sheet."""
    sheet = titled(book, looks, figures, "needs", says, (80, 40))
    found = attention.needs(report, figures, says, hidden)
    sheet.put([says(f"report_column_{one}") for one in ("matter", "code")], looks.heading)
    for one in found:
        sheet.put([one.text, ", ".join(one.codes) or None], looks.text)
    if not found:
        sheet.put([says("report_need_none"), None], looks.text)


def _headings(section: str, says: Says) -> list[str]:
    names = {
        "terms": ("term", "met", "all", "share", "share_before"),
        "ratings": ("criterion", "satisfied", "answers", "share", "share_before", "result"),
        "escalated": ("matter", "acknowledged", "told", "minutes"),
        "outcome": ("figure", "now", "before", "share"),
    }.get(section, ("figure", "now", "before"))
    return [says(f"report_column_{one}") for one in names]


def _cells(figure: Figure, figures: Figures, says: Says) -> list[Cell]:
    match figure.section:
        case "terms" | "ratings":
            shares = [_share(figure.tenths, says), _share(figure.tenths_before, says)]
            result = [verdict(figure, figures, says)] if figure.section == "ratings" else []
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


def _chart(sheet: Sheet, section: str, first: int, says: Says) -> None:
    """A chart beside the page's right edge would be lost in print: it stands below its own figures."""
    if section in _CHARTED and sheet.row > first:
        sheet.chart("column", says(f"report_section_{section}"), [(1, first, sheet.row - 1)], sheet.row + 1)
        sheet.row += 18


def _late(book: Workbook, looks: Looks, figures: Figures, says: Says, hidden: frozenset[str]) -> None:
    sheet = titled(book, looks, figures, "late", says, (10, 12, 12, 14, 8, 20, 40, 40))
    sheet.page.set_landscape()
    names = ("code", "opened", "due", "answered", "days_late", "owner", "cause", "remedy")
    sheet.put([says(f"report_column_{one}") for one in names], looks.heading)
    sheet.page.repeat_rows(sheet.row - 1)
    for case in figures.late:
        sheet.put(late_row(case, says, sealed=case.sealed or case.code in hidden), looks.text)
    if not figures.late:
        sheet.put([says("report_no_late")], looks.text)


def _obstacles(book: Workbook, looks: Looks, figures: Figures, says: Says) -> None:
    """Khó khăn, vướng mắc, each with its owner and how it stands (001-18)."""
    sheet = titled(book, looks, figures, "obstacles", says, (60, 24, 14, 50))
    sheet.page.set_landscape()
    sheet.put([says(f"obstacle_{one}") for one in ("text", "owner", "raised", "standing")], looks.heading)
    sheet.page.repeat_rows(sheet.row - 1)
    for one in figures.obstacles:
        sheet.put(obstacle_row(one, says), looks.text)
    if not figures.obstacles:
        sheet.put([says("obstacle_none_told")], looks.text)


def _trend(book: Workbook, looks: Looks, told: Sequence[Figures], says: Says) -> None:
    """The main figures of the last periods, and each criterion's share, as two charts."""
    sheet = Sheet(book, says("report_book_trend"), looks, (24, 14, 14, 14, 14, 14))
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


def _words(book: Workbook, looks: Looks, report: Report, team_part: str, says: Says) -> None:
    sheet = Sheet(book, says("report_book_words"), looks, (40, 90))
    sheet.put([name(report.kind, report.period, says)], looks.title)
    sheet.put([says("report_column_state"), _state(report, says)], looks.text)
    if report.kind == WEEKLY:
        sheet.put([says("report_team_part"), team_part], looks.text)
    sheet.put([says("report_remarks"), report.remarks or says("report_no_words")], looks.text)
    sheet.put([says("report_section_conclusion"), report.conclusion or "–"], looks.text)


def _state(report: Report, says: Says) -> str:
    return says("report_state_final") if report.final else says("report_state_draft")
