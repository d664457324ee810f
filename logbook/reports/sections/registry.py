"""The sections of a report, in the order of page, document and workbook."""

from __future__ import annotations

from itertools import chain

from logbook.reports.figures import Figure, Figures
from logbook.reports.periods import SUPERIOR
from logbook.reports.sections import (
    calls,
    checklists,
    desk,
    enquiries,
    escalated,
    handled,
    news,
    openings,
    plan_tasks,
    publicity,
    rating_tags,
    ratings,
    received,
    services,
    slips,
    team_work,
    terms,
)
from logbook.reports.sections.section import Section, by_word
from logbook.reports.shown import Says

SECTIONS: tuple[Section, ...] = (
    calls.SECTION,
    enquiries.SECTION,
    received.SECTION,
    openings.SECTION,
    handled.SECTION,
    terms.SECTION,
    ratings.SECTION,
    rating_tags.SECTION,
    desk.SECTION,
    slips.SECTION,
    team_work.SECTION,
    escalated.SECTION,
    publicity.SECTION,
    news.SECTION,
    services.SECTION,
    checklists.SECTION,
    plan_tasks.SECTION,
)


def groups() -> tuple[str, ...]:
    """Return the groups of figures, in the order in which they are shown."""
    return tuple(chain.from_iterable(section.all_groups for section in SECTIONS))


def of_figure(figure: Figure) -> Section | None:
    """Return the section a figure belongs to; None for one of a report that had other sections."""
    return next((section for section in SECTIONS if figure.section in section.all_groups), None)


def shown_in(figures: Figures) -> tuple[Section, ...]:
    """Return the sections of this report; one that has no place in it is left out."""
    outside = figures.kind == SUPERIOR
    return tuple(one for one in SECTIONS if one.is_shown(figures) and not (outside and one.internal))


def headline() -> tuple[str, ...]:
    """Return the names of the figures that stand large at the top of the page."""
    return tuple(chain.from_iterable(section.headline for section in SECTIONS))


def label(figure: Figure, says: Says) -> str:
    """Return the figure's name: the one from the settings, else the program's word for it."""
    section = of_figure(figure)
    return by_word(figure, says) if section is None else section.label(figure, says)


def part_name(figure: Figure, says: Says) -> str:
    """Return the heading of the column in which a part of the figure's cases is counted."""
    section = of_figure(figure)
    key = "" if section is None else section.part_column()
    return says(f"report_column_{key}") if key else ""
