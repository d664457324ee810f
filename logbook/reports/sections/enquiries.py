"""Section on what callers asked about dossiers, and the warning sign among it (002-30, 002-33)."""

from __future__ import annotations

from logbook.reports.figures import CALL, Figure, Figures
from logbook.reports.sections.section import COUNTS, Counting, Section
from logbook.tickets.enquiries import Enquiry, between

KEY = "enquiries"


def _counted(this: Counting) -> list[Figure]:
    found = between(this.conn, this.span.begins, this.span.ends)
    every = sorted(call for calls in found.values() for call in calls)
    if not every:
        return []
    figures = [
        Figure(KEY, one.value, len(calls), what=CALL, cases=_ids(calls)) for one, calls in found.items()
    ]
    return [Figure(KEY, "all", len(every), what=CALL, cases=_ids(every)), *figures]


def _ids(calls: list[int]) -> tuple[str, ...]:
    return tuple(map(str, calls))


def _is_shown(figures: Figures) -> bool:
    """A period in which nobody noted an enquiry, before or now, has no section of them."""
    return any(one.value or one.before for one in figures.section(KEY))


SECTION = Section(
    key=KEY,
    groups=(KEY,),
    count=_counted,
    columns=COUNTS,
    is_shown=_is_shown,
    summary={"all": f"{KEY}.all", "warning": f"{KEY}.{Enquiry.ONLINE_NOT_ACCEPTED}"},
    waiting=(f"{KEY}.{Enquiry.ONLINE_NOT_ACCEPTED}",),
)
