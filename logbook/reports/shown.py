"""Formats figures for people: names, numbers, shares, dates; alike on page, paper and sheets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from logbook.clock import local
from logbook.reports import satisfaction, targets
from logbook.reports.figures import Figure, Figures, LateCase, ReportedCheck, ReportedObstacle
from logbook.reports.periods import SUPERIOR, WEEKLY
from logbook.reports.targets import RATINGS, YEAR_TO_DATE

Says = Callable[..., str]
"""Gives the sentence of a key with its words."""


def amount(value: float | None, says: Says) -> str:
    """Return a number; whole ones without a fraction, "chưa có" for none."""
    if value is None:
        return says("report_none")
    if value == int(value):
        return str(int(value))
    return f"{value:.1f}".replace(".", says("report_decimal"))


def part(figure: Figure, says: Says) -> str:
    """Return a number, with its share where it is counted as a part of something (ASK-26)."""
    if not figure.of:
        return amount(figure.value, says)
    return says("report_part", count=amount(figure.value, says), share=share(figure.tenths, says))


def share(tenths: int | None, says: Says) -> str:
    """Return a share of so many tenths of a percent, as 89,9 (000-04: cut, never rounded up)."""
    return says("report_none") if tenths is None else amount(tenths / 10, says)


def verdict(figure: Figure, figures: Figures, says: Says) -> str:
    """Return whether a criterion reaches its target: đạt, chưa đạt, chưa đủ mẫu; empty without a target."""
    found = targets.of_figure(figure, figures.minimum)
    return "" if found is None else says(f"report_verdict_{found}")


def overall(figures: Figures, says: Says, section: str = RATINGS) -> str:
    """Return whether all criteria reach their target, as a sentence about the period or the year to date."""
    found = targets.overall(figures, section)
    words = {"target": figures.target, "minimum": figures.minimum}
    if section == YEAR_TO_DATE:
        return says(f"report_year_{found}", year=satisfaction.year_of(figures.ends), **words)
    return says(f"report_overall_{found}", **words)


def year_title(figures: Figures, says: Says) -> str:
    """Return the heading of the figures of the year to date."""
    return says("report_year_title", year=satisfaction.year_of(figures.ends))


def method(figures: Figures, says: Says) -> str:
    """Return how satisfaction is counted and when a verdict is withheld (rules B2)."""
    return says("report_method", target=figures.target, minimum=figures.minimum)


def earlier(value: float | None, figure: Figure, says: Says) -> str:
    """Return a number of the period before; a dash where there was no report to compare with."""
    return "–" if figure.before is None and value is None else amount(value, says)


def share_before(figure: Figure, says: Says) -> str:
    """Return the share of the period before; a dash where there was no report to compare with."""
    return "–" if figure.of_before is None else share(figure.tenths_before, says)


def name(kind: str, period: str, says: Says) -> str:
    """Return a report's name: "Báo cáo tuần 47 năm 2026"."""
    if kind == WEEKLY:
        return says("report_name_weekly", **_week(period))
    if kind == SUPERIOR:
        return says("report_name_superior", span=span(kind, period, says))
    return says("report_name_monthly", **_month(period))


def span(kind: str, period: str, says: Says) -> str:
    """Return a period in words: "tuần 47 năm 2026"."""
    if kind == WEEKLY:
        return says("report_week", **_week(period))
    year, rest = period[:4], period[4:]
    match rest[:1]:
        case "Q":
            return says("report_quarter", number=("I", "II", "III", "IV")[int(rest[1]) - 1], year=year)
        case "H":
            return says(f"report_half_{rest[1]}", year=year)
        case "":
            return says("report_whole_year", year=year)
        case _:
            return says("report_month", **_month(period))


def counted_days(figures: Figures) -> tuple[str, str]:
    """Return the first and the last day that were counted; of a week not those of the calendar's week."""
    return day(figures.begins), day(figures.ends - timedelta(microseconds=1))


def days(figures: Figures, says: Says) -> str:
    """Return the days that were counted, both included, in words."""
    first, last = counted_days(figures)
    return says("report_days", first=first, last=last)


def drawn(figures: Figures, says: Says) -> str:
    """Return from when to when was counted, as a sentence."""
    return says("report_drawn", begins=_moment(figures.begins, says), ends=_moment(figures.ends, says))


def day(instant: datetime | None) -> str:
    """Return the Vietnamese day of an instant, 25/11/2026; empty for none."""
    return "" if instant is None else f"{local(instant):%d/%m/%Y}"


def _moment(instant: datetime, says: Says) -> str:
    here = local(instant)
    return says("report_moment", hour=f"{here:%H}", minute=f"{here:%M}", day=f"{here:%d/%m/%Y}")


def _week(period: str) -> dict[str, str]:
    year, _, number = period.partition("-W")
    return {"week": str(int(number)), "year": year}


def _month(period: str) -> dict[str, str]:
    year, _, number = period.partition("-")
    return {"month": str(int(number)), "year": year}


def late_row(case: LateCase, says: Says, *, sealed: bool) -> tuple[str, ...]:
    """Return a late ticket's cells; of a sealed one only how late it is, in working days.

    Owner, cause and remedy are each said to be missing, so that who completes the rows finds them (002-22).
    """
    late = str(case.days) if case.days else says("report_under_a_day")
    if sealed:
        return ("–", "–", "–", "–", late, "–", says("report_sealed_case"), "–")
    return (
        case.code,
        day(case.opened_at),
        day(case.due_at),
        day(case.answered_at) or says("report_not_answered"),
        late,
        case.owner or says("report_not_entered"),
        case.cause or says("report_unexplained"),
        case.remedy or says("report_not_entered"),
    )


def check_row(one: ReportedCheck) -> tuple[str, ...]:
    """Return a check's cells: the day, who checked whose work, what, and the guidance given (004-15)."""
    return (one.day, one.checker, one.unit, one.content, one.guidance)


def obstacle_row(one: ReportedObstacle, says: Says) -> tuple[str, ...]:
    """Return an obstacle's cells: what it is, who is to remove it, since when, and how it stands (001-18)."""
    if one.resolved_at is None:
        standing = says("obstacle_open")
    else:
        standing = says("obstacle_resolved", day=day(one.resolved_at), note=one.resolution)
    return (one.text, one.owner, day(one.raised_at), standing)
