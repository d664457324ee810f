"""Whether the office reaches its satisfaction target: the one place where that is judged (000-04)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from logbook.reports.figures import Figure, Figures

RATINGS, YEAR_TO_DATE = "ratings", "ratings_year"
"""The groups of figures that are judged: of the period, and of the year up to its end."""


class Verdict(StrEnum):
    """Đạt, chưa đạt, chưa đủ mẫu."""

    MET = "met"
    NOT_MET = "not_met"
    SAMPLE_TOO_SMALL = "sample_too_small"


def of_share(count: int, answers: int, target: int, minimum: int) -> Verdict:
    """Judge `count` satisfied of so many `answers` against `target` percent, exactly: 90.0 of 90 is met.

    Fewer than `minimum` answers withhold the verdict; the minimum never moves the target.
    """
    if answers < max(minimum, 1):
        return Verdict.SAMPLE_TOO_SMALL
    return Verdict.MET if count * 100 >= target * answers else Verdict.NOT_MET


def of_figure(figure: Figure, minimum: int) -> Verdict | None:
    """Judge one criterion; None for one that has no target."""
    if figure.target is None:
        return None
    return of_share(int(figure.value or 0), figure.of or 0, figure.target, minimum)


def together(verdicts: Iterable[Verdict]) -> Verdict:
    """All criteria must be met: one that is not decides; else one without enough answers withholds."""
    found = set(verdicts)
    if Verdict.NOT_MET in found:
        return Verdict.NOT_MET
    return Verdict.MET if found == {Verdict.MET} else Verdict.SAMPLE_TOO_SMALL


def overall(figures: Figures, section: str = RATINGS) -> Verdict:
    """Judge all criteria of one group of a report."""
    judged = (of_figure(figure, figures.minimum) for figure in figures.section(section))
    return together(verdict for verdict in judged if verdict is not None)
