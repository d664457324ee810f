"""Section on paper slips in the month: each item's share of satisfied answers (003-08, 003-01)."""

from __future__ import annotations

from datetime import timedelta

from logbook.clock import local
from logbook.ratings import index, instruments
from logbook.ratings.instruments import RatingChannel
from logbook.ratings.spans import DaySpan
from logbook.reports.figures import Figure, Figures
from logbook.reports.sections.section import SATISFACTION, Counting, Section

KEY = "slip_marks"


def _counted(this: Counting) -> list[Figure]:
    """Take the figures of the index, so that page and report say the same."""
    if not this.is_monthly:
        return []
    first = local(this.span.begins).date()
    last = (local(this.span.ends) - timedelta(seconds=1)).date()
    asked = instruments.for_slips(this.settings).identity
    return [
        Figure(
            KEY,
            f"{one.key}.{one.version}.{each.key}",
            each.satisfied,
            each.n,
            label=each.name,
            target=one.target,
        )
        for one in index.figures(this.conn, this.settings, DaySpan(f"{first:%Y-%m}", first, last))
        if (one.key, one.version) == asked and one.channel == RatingChannel.PAPER
        for each in one.criteria
    ]


def _is_shown(figures: Figures) -> bool:
    """A report of a week, or of a month without a slip, has no section of them."""
    return any(one.of for one in figures.section(KEY))


SECTION = Section(
    key=KEY,
    groups=(KEY,),
    count=_counted,
    columns=SATISFACTION,
    named=("criterion", 62),
    is_shown=_is_shown,
)
