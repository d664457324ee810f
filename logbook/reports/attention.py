"""The head of a report: what needs a person, in a few lines, from the report's own figures (U1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from logbook.ratings.verdicts import Verdict
from logbook.reports import targets
from logbook.reports.figures import Figure, Figures
from logbook.reports.made import Report
from logbook.reports.periods import WEEKLY
from logbook.reports.sections import registry
from logbook.reports.shown import Says
from logbook.reports.targets import RATINGS, YEAR_TO_DATE

MOST_CODES = 12
"""Codes named in one line; the others stand in the table of late tickets."""


@dataclass(frozen=True, slots=True)
class Need:
    """One line: its sentence, the codes of its tickets, and where on the page it is answered.

    `figure` names the figure whose cases it is, `anchor` a part of the report; either may be empty.
    """

    text: str
    codes: tuple[str, ...] = ()
    figure: str = ""
    anchor: str = ""


def needs(report: Report, figures: Figures, says: Says, hidden: frozenset[str]) -> tuple[Need, ...]:
    """Return what needs a person, the most pressing first; none where all is well.

    `hidden` are codes the reader may not see; sealed ones are counted and named nowhere (rules B10).
    """
    return tuple(_needs(report, figures, says, hidden))


def _needs(report: Report, figures: Figures, says: Says, hidden: frozenset[str]) -> Iterator[Need]:
    if figures.late:
        yield _late(figures, says, hidden)
    for name in (name for section in registry.SECTIONS for name in section.waiting):
        figure = figures.named(name)
        if figure is not None and figure.value:
            key = f"report_need_{name.partition('.')[2]}"
            yield Need(says(key, count=int(figure.value)), figure=name)
    for section in registry.SECTIONS:
        for text in section.needs(figures, says):
            yield Need(text, anchor=f"part-{section.key}")
    missed = _not_met(figures)
    if missed:
        text = says("report_need_criteria", count=len(missed), target=figures.target)
        yield Need(text, anchor="part-ratings")
    waiting = sum(one.resolved_at is None for one in figures.obstacles)
    if waiting:
        yield Need(says("report_need_obstacles", count=waiting), anchor="obstacles")
    if report.kind == WEEKLY and not report.team_part and not report.final:
        yield Need(says("report_team_missing"), anchor="words")


def _late(figures: Figures, says: Says, hidden: frozenset[str]) -> Need:
    unexplained = [case for case in figures.late if not case.explained]
    key = "report_need_late" if unexplained else "report_need_late_explained"
    text = says(key, count=len(figures.late), unexplained=len(unexplained))
    named = [case.code for case in figures.late if not case.sealed and case.code not in hidden]
    return Need(text, tuple(named[:MOST_CODES]), anchor="late")


def _not_met(figures: Figures) -> list[Figure]:
    """Criteria below the target: of the year to date, or of the period in reports without a year."""
    section = YEAR_TO_DATE if figures.section(YEAR_TO_DATE) else RATINGS
    judged = figures.section(section)
    return [one for one in judged if targets.of_figure(one, figures.minimum) is Verdict.MISSED]
