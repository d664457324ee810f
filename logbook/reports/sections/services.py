"""Section on online, postal and electronic services, as the office counted them by month (002-11)."""

from __future__ import annotations

from datetime import timedelta

from logbook.dossiers.months import Month
from logbook.plan import counters
from logbook.reports.figures import COUNT, Figure, Figures
from logbook.reports.sections.section import COUNTS, Counting, Section

KEY = "services"
NOT_ENTERED = "not_entered"


def _counted(this: Counting) -> list[Figure]:
    """Add up the months of the period; how many were not entered stands beside, so that no gap is hidden."""
    services = this.settings.counters.services
    if not this.is_monthly or not services:
        return []
    first, last = Month.of(this.span.begins), Month.of(this.span.ends - timedelta(seconds=1))
    found = counters.counted(this.conn, first, last)
    figures = []
    for service in services:
        mine = [one for one in found if one.service == service.key]
        value = sum(one.value for one in mine) if mine else None
        cases = tuple(str(one.id) for one in mine)
        figures.append(Figure(KEY, service.key, value, label=service.name, what=COUNT, cases=cases))
    months = (last.year - first.year) * 12 + last.number - first.number + 1
    entered = sum(len(one.cases) for one in figures)
    return [*figures, Figure(KEY, NOT_ENTERED, months * len(services) - entered)]


def _is_shown(figures: Figures) -> bool:
    return bool(figures.section(KEY))


SECTION = Section(
    key=KEY,
    groups=(KEY,),
    count=_counted,
    columns=COUNTS,
    is_shown=_is_shown,
    waiting=(f"{KEY}.{NOT_ENTERED}",),
    keeps_gone=False,
)
