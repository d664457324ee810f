"""Section on the team's work: slips collected, forms written, helpers on duty (001-17, 001-12)."""

from __future__ import annotations

from collections.abc import Iterable

from logbook.reports import team_work
from logbook.reports.figures import FORM, PRESENCE, SLIP, Figure, Figures
from logbook.reports.sections.section import COUNTS, Counting, Section

KEY = "team_work"


def _counted(this: Counting) -> list[Figure]:
    span = this.span
    work = team_work.of_span(this.conn, this.settings.duty, this.times, span.begins, span.ends, span.ends)
    present = [f"{day}:{person}" for day, person in work.presences]
    return [
        _figure("slips", SLIP, work.slips),
        _figure("forms", FORM, work.forms),
        _figure("same_day", FORM, work.same_day, of=len(work.forms)),
        Figure(KEY, "helpers", work.helpers),
        _figure("presences", PRESENCE, present),
    ]


def _figure(key: str, what: str, cases: Iterable[object], of: int | None = None) -> Figure:
    names = tuple(map(str, cases))
    return Figure(KEY, key, len(names), of, what=what, cases=names)


def _is_shown(figures: Figures) -> bool:
    """An office without a team has no section of it."""
    return any(one.value or one.before for one in figures.section(KEY))


SECTION = Section(
    key=KEY,
    groups=(KEY,),
    count=_counted,
    columns=COUNTS,
    is_shown=_is_shown,
    summary={one: f"{KEY}.{one}" for one in ("slips", "forms", "same_day", "helpers")},
    note="report_team_work_note",
)
