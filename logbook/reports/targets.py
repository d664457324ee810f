"""Whether the office reaches its satisfaction target, in reports (000-04); judged by ratings/verdicts.py."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from logbook.ratings import verdicts
from logbook.reports.figures import Figure, Figures

RATINGS, YEAR_TO_DATE = "ratings", "ratings_year"
"""The groups of figures that are judged: of the period, and of the year up to its end."""


class Verdict(StrEnum):
    """Đạt, chưa đạt, chưa đủ mẫu."""

    MET = "met"
    NOT_MET = "not_met"
    SAMPLE_TOO_SMALL = "sample_too_small"


_JUDGED = {
    verdicts.Verdict.REACHED: Verdict.MET,
    verdicts.Verdict.MISSED: Verdict.NOT_MET,
    verdicts.Verdict.TOO_FEW: Verdict.SAMPLE_TOO_SMALL,
}


def of_share(count: int, answers: int, target: int, minimum: int) -> Verdict:
    """Judge `count` satisfied of so many `answers` against `target` percent, exactly: 90.0 of 90 is met.

    Fewer than `minimum` answers withhold the verdict; the minimum never moves the target.
    """
    return _JUDGED[verdicts.judge(count, answers, target, minimum)]


def of_figure(figure: Figure, minimum: int) -> Verdict | None:
    """Judge one criterion; None for one that has no target."""
    if figure.target is None:
        return None
    return of_share(int(figure.value or 0), figure.of or 0, figure.target, minimum)


def together(given: Iterable[Verdict]) -> Verdict:
    """All criteria must be met: one that is not decides; else one without enough answers withholds."""
    judged = set(given)
    found = {one for one, same in _JUDGED.items() if same in judged}
    return _JUDGED[verdicts.together(found)]


def overall(figures: Figures, section: str = RATINGS) -> Verdict:
    """Judge all criteria of one group of a report."""
    judged = (of_figure(figure, figures.minimum) for figure in figures.section(section))
    return together(verdict for verdict in judged if verdict is not None)
