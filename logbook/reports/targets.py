"""Whether the office reaches its satisfaction target, in reports (000-04); judged by ratings/verdicts.py."""

from __future__ import annotations

from logbook.ratings.verdicts import Verdict, judge, together
from logbook.reports.figures import Figure, Figures

RATINGS, YEAR_TO_DATE = "ratings", "ratings_year"
"""The groups of figures that are judged: of the period, and of the year up to its end."""


def of_figure(figure: Figure, minimum: int) -> Verdict | None:
    """Judge one criterion; None for one that has no target."""
    if figure.target is None:
        return None
    return judge(int(figure.value or 0), figure.of or 0, figure.target, minimum)


def overall(figures: Figures, section: str = RATINGS) -> Verdict:
    """Judge all criteria of one group of a report."""
    judged = (of_figure(figure, figures.minimum) for figure in figures.section(section))
    return together(verdict for verdict in judged if verdict is not None)
