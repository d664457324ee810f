"""Section on the one-stop desk in the month: dossiers early and late, slips and quota (003-08, 002-20)."""

from __future__ import annotations

from sqlalchemy import Select, select

from logbook.database.tables import dossiers, slips
from logbook.dossiers import lists, quota, shares
from logbook.reports.figures import DOSSIER, Figure, Figures
from logbook.reports.sections.section import COUNTS, Counting, Section

KEY = "desk"


def _counted(this: Counting) -> list[Figure]:
    """Count what was finished in the period and what was late at its end, by the rules of its pages."""
    if not this.is_monthly:
        return []
    conn, begins, ends = this.conn, this.span.begins, this.span.ends
    part = shares.of(conn, begins, ends, ends)
    needed = quota.of(conn, begins, ends, this.settings.dossiers.quota_percent)
    finished = (dossiers.c.finished_at >= begins, dossiers.c.finished_at < ends)
    of_finished = select(dossiers.c.id).where(*finished)
    with_slip = of_finished.join(slips, slips.c.dossier_id == dossiers.c.id).where(slips.c.valid)
    late = [
        number
        for where in lists.late_where(begins, ends, ends)
        for number in _ids(this, select(dossiers.c.id).where(*where))
    ]
    return [
        Figure(KEY, "finished", needed.finished, what=DOSSIER, cases=_ids(this, of_finished)),
        Figure(KEY, "early", part.early, part.counted),
        Figure(KEY, "on_time", part.on_time, part.counted),
        Figure(KEY, "late", part.late, part.counted, what=DOSSIER, cases=tuple(late)),
        Figure(KEY, "waiting", part.waiting),
        Figure(KEY, "slips", needed.slips, what=DOSSIER, cases=_ids(this, with_slip)),
        Figure(KEY, "required", needed.required),
        Figure(KEY, "missing", needed.missing),
    ]


def _ids(this: Counting, query: Select[tuple[int]]) -> tuple[str, ...]:
    return tuple(map(str, this.conn.execute(query.order_by(dossiers.c.id)).scalars()))


def _is_shown(figures: Figures) -> bool:
    """A report of a week, or of an office that imports no dossiers, has no section of them."""
    return any(one.value or one.before for one in figures.section(KEY))


SECTION = Section(
    key=KEY,
    groups=(KEY,),
    count=_counted,
    columns=COUNTS,
    is_shown=_is_shown,
    summary={one: f"{KEY}.{one}" for one in ("finished", "late", "slips", "required", "missing")},
    waiting=(f"{KEY}.missing",),
    trend=(f"{KEY}.finished", f"{KEY}.late"),
)
