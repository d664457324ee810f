"""Counts the ratings that say a promise of the office was kept or broken (002-12)."""

from __future__ import annotations

from datetime import timedelta

from logbook.clock import local
from logbook.ratings import tags
from logbook.ratings.spans import DaySpan
from logbook.reports.figures import Figure, Figures
from logbook.reports.sections.section import COUNTS, Counting, Section, by_word

GROUP = "rating_tags"


def of_tags(this: Counting) -> list[Figure]:
    """Count the ratings of the period that carry each promise, in the order of the settings."""
    first, last = local(this.span.begins).date(), local(this.span.ends).date() - timedelta(days=1)
    found = tags.counted(this.conn, DaySpan("", first, last))
    return [
        Figure(GROUP, one.key, found[one.key], label=one.name)
        for one in this.settings.tickets.tags
        if found[one.key]
    ]


def _is_shown(figures: Figures) -> bool:
    """A period in which no rating carries a tag, or a report of old, has no such section."""
    return any(one.value for one in figures.section(GROUP))


SECTION = Section(
    key=GROUP,
    groups=(GROUP,),
    count=of_tags,
    columns=COUNTS,
    label=by_word,
    is_shown=_is_shown,
    keeps_gone=False,
)
