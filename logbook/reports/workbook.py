"""Writes a report as a workbook: a sheet per part, native charts, ready to print."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from xlsxwriter import Workbook

from logbook.reports import attention, spreadsheet
from logbook.reports.figures import Figure, Figures
from logbook.reports.made import Report
from logbook.reports.periods import SUPERIOR, WEEKLY
from logbook.reports.sections import registry
from logbook.reports.sections.registry import label
from logbook.reports.sections.section import Section
from logbook.reports.sheets import Looks, Sheet, looks_of, titled
from logbook.reports.shown import (
    Says,
    check_row,
    late_row,
    method,
    name,
    obstacle_row,
    overall,
    span,
    year_title,
)

TREND = 12
"""How many periods the trend looks back, this one included."""
CHART = 18
"""Rows that a chart covers."""
NO_SHARE = 1_000
"""A column that no sheet has."""


def written(
    report: Report,
    before: Sequence[Figures],
    says: Says,
    team_part: str,
    hidden: frozenset[str],
    *,
    mark: str = "",
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
        if report.kind != SUPERIOR:
            _needs(book, looks, report, figures, says, hidden)
        _late(book, looks, figures, says, hidden)
        for section in registry.shown_in(figures):
            _section(book, looks, figures, section, says)
        _obstacles(book, looks, figures, says)
        if report.kind != WEEKLY:
            _checks(book, looks, figures, says)
        _trend(book, looks, [*before[-(TREND - 1) :], figures], says)
        _words(book, looks, report, team_part, says)
        if mark:
            spreadsheet.mark(book, mark)
    return file.getvalue()


def _section(book: Workbook, looks: Looks, figures: Figures, section: Section, says: Says) -> None:
    sheet = titled(book, looks, figures, section.key, says, (60, 14, 14, 14, 14, 14))
    if section.is_empty(figures):
        sheet.put([section.empty(figures, says)], looks.text)
    else:
        for group in section.groups:
            _group(sheet, looks, figures, section, group, says)
        if section.has_shares:
            shares = [one.is_share for one in section.sheet_columns(section.key)].index(True) + 1
            place, title = [(shares, 4, sheet.row - 1)], says(f"report_section_{section.key}")
            sheet.chart("bar", title, place, sheet.row + 1, shares=True)
            sheet.row += CHART
        if section.yearly:
            sheet.put([overall(figures, says, section.key)], looks.plain)
    if section.yearly:
        _year(sheet, looks, figures, section, says)


def _group(sheet: Sheet, looks: Looks, figures: Figures, section: Section, group: str, says: Says) -> None:
    found = section.listed(group, figures)
    if not found:
        return
    if len(section.groups) > 1:
        sheet.put([says(f"report_section_{group}")], looks.group)
    first = _rows(sheet, looks, figures, section, group, says)
    if len(section.groups) == 1:
        sheet.page.repeat_rows(first - 1)
    if group in section.charted:
        _chart(sheet, group, first, says)


def _rows(sheet: Sheet, looks: Looks, figures: Figures, section: Section, group: str, says: Says) -> int:
    """Write heading and figures of a group; return the row of its first figure."""
    columns = section.sheet_columns(group)
    sheet.put(
        [says(f"report_column_{key}") for key in (section.named[0], *(c.key for c in columns))], looks.heading
    )
    first = sheet.row
    shares = next((place for place, one in enumerate(columns, start=1) if one.is_share), NO_SHARE)
    for figure in section.listed(group, figures):
        cells = [section.label(figure, says), *(one.as_number(figure, figures, says) for one in columns)]
        sheet.put(cells, looks.text, share_from=shares)
    return first


def _year(sheet: Sheet, looks: Looks, figures: Figures, section: Section, says: Says) -> None:
    """The criteria in the year to date, for which the target is set (000-04)."""
    if any(one.of for one in figures.section(section.yearly)):
        sheet.row += 1
        sheet.put([year_title(figures, says)], looks.group)
        _rows(sheet, looks, figures, section, section.yearly, says)
        sheet.put([overall(figures, says, section.yearly)], looks.plain)
    sheet.put([method(figures, says)], looks.plain)


def _needs(
    book: Workbook, looks: Looks, report: Report, figures: Figures, says: Says, hidden: frozenset[str]
) -> None:
    """What needs a person, on the first sheet."""
    sheet = titled(book, looks, figures, "needs", says, (80, 40))
    found = attention.needs(report, figures, says, hidden)
    sheet.put([says(f"report_column_{one}") for one in ("escalation", "code")], looks.heading)
    for one in found:
        sheet.put([one.text, ", ".join(one.codes) or None], looks.text)
    if not found:
        sheet.put([says("report_need_none"), None], looks.text)


def _chart(sheet: Sheet, group: str, first: int, says: Says) -> None:
    """A chart beside the page's right edge would be lost in print: it stands below its own figures."""
    sheet.chart("column", says(f"report_section_{group}"), [(1, first, sheet.row - 1)], sheet.row + 1)
    sheet.row += CHART


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
        sheet.put([says("obstacle_none_reported")], looks.text)


def _checks(book: Workbook, looks: Looks, figures: Figures, says: Says) -> None:
    """Checks of officials' work with the guidance given (004-15)."""
    sheet = titled(book, looks, figures, "checks", says, (14, 24, 28, 50, 50))
    sheet.page.set_landscape()
    names = ("day", "checker", "unit", "content", "guidance")
    sheet.put([says(f"work_check_{one}") for one in names], looks.heading)
    sheet.page.repeat_rows(sheet.row - 1)
    for one in figures.checks:
        sheet.put(check_row(one), looks.text)
    if not figures.checks:
        sheet.put([says("work_check_none_reported")], looks.text)


def _trend(book: Workbook, looks: Looks, details: Sequence[Figures], says: Says) -> None:
    """The main figures of the last periods, and each criterion's share, as two charts."""
    sheet = Sheet(book, says("report_book_trend"), looks, (24, 14, 14, 14, 14, 14))
    newest = details[-1]
    shown: list[tuple[str, list[str], bool]] = [
        (says("report_book_chart"), [name for one in registry.SECTIONS for name in one.trend], False)
    ]
    for section in (one for one in registry.SECTIONS if one.yearly):
        rated = [one.name for one in newest.section(section.key) if one.target is not None]
        shown.append((says(f"report_section_{section.key}"), rated, True))
    for title, names, shares in shown:
        sheet.put([title], looks.title)
        heads = [_short_label(newest.named(one), says) for one in names]
        sheet.put([says("report_book_period"), *heads], looks.heading)
        first = sheet.row
        for figures in details:
            row: list[Any] = [span(figures.kind, figures.period, says)]
            row += [_in_trend(figures.named(one)) for one in names]
            sheet.put(row, looks.text, share_from=1 if shares else NO_SHARE)
        series = [(column, first, sheet.row - 1) for column in range(1, len(names) + 1)]
        sheet.chart("line", title, series, sheet.row + 1, shares=shares)
        sheet.row += CHART


def _in_trend(figure: Figure | None) -> float | None:
    if figure is None:
        return None
    section = registry.of_figure(figure)
    if section is not None and section.has_shares:
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
    if report.kind != SUPERIOR:
        sheet.put([says("report_section_conclusion"), report.conclusion or "–"], looks.text)


def _state(report: Report, says: Says) -> str:
    return says("report_state_final") if report.final else says("report_state_draft")
