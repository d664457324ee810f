"""Shares of early, punctual and late dossiers of a month, which come to 100 % (002-20).

Counted are the dossiers finished in the month, and those whose deadline passed before its end without a
result: these are late. Not counted: unfinished ones whose deadline has not come, suspended ones and those
that wait for papers, and those without a deadline; how many they are stands beside. Finished on the day of
the deadline, and not after its hour, is on time; on an earlier day early.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, case, false, func, select

from logbook.database.tables import dossiers
from logbook.dossiers import instants
from logbook.dossiers.lists import WAITING


@dataclass(frozen=True, slots=True)
class Shares:
    """Counts of a period, and their shares in tenths of a percent, which come to 1000 or are all 0."""

    early: int
    on_time: int
    late: int
    not_due: int
    waiting: int
    undated: int

    @property
    def counted(self) -> int:
        """How many dossiers the shares are of."""
        return self.early + self.on_time + self.late

    @property
    def tenths(self) -> tuple[int, ...]:
        """The shares of early, on time and late, rounded so that they come to 1000."""
        return rounded((self.early, self.on_time, self.late), 1000)


def rounded(counts: Sequence[int], whole: int) -> tuple[int, ...]:
    """Share out `whole` by counts: the largest remainders are rounded up, so that nothing is lost."""
    total = sum(counts)
    if total == 0:
        return tuple(0 for _ in counts)
    parts = [count * whole // total for count in counts]
    rests = sorted(range(len(counts)), key=lambda place: (-(counts[place] * whole % total), place))
    for place in rests[: whole - sum(parts)]:
        parts[place] += 1
    return tuple(parts)


def of(conn: Connection, begins: datetime, ends: datetime, now: datetime) -> Shares:
    """Return the shares of the period from `begins` until before `ends`, as it stands at `now`."""
    end = min(ends, now)
    due = dossiers.c.due_at
    late, undated, early, finished = _counts(
        conn,
        (dossiers.c.finished_at >= begins, dossiers.c.finished_at < ends),
        dossiers.c.finished_at > due,
        due.is_(None),
        and_(
            dossiers.c.finished_at <= due,
            instants.local_day(conn, dossiers.c.finished_at) < instants.local_day(conn, due),
        ),
    )
    waits = dossiers.c.outcome.in_(WAITING)
    moves = ~waits
    open_still = _counts(
        conn,
        (dossiers.c.finished_at.is_(None), dossiers.c.received_at < end),
        and_(due < end, moves),
        and_(due >= end, moves),
        waits,
        and_(due.is_(None), moves),
    )
    then = dossiers.c.received_at < end  # no condition of the reading, which would go through all that came
    open_then = _counts(
        conn,
        (dossiers.c.finished_at >= ends,),
        and_(due < end, then),
        and_(due >= end, then),
        false(),
        and_(due.is_(None), then),
    )
    late_open, not_due, waiting, undated_open, _ = map(sum, zip(open_still, open_then, strict=True))
    return Shares(
        early,
        finished - early - late - undated,
        late + late_open,
        not_due,
        waiting,
        undated + undated_open,
    )


def _counts(
    conn: Connection, where: Sequence[ColumnElement[bool]], *kinds: ColumnElement[bool]
) -> tuple[int, ...]:
    """Return how many dossiers are of each kind, and how many there are, in one reading."""
    counts = [func.coalesce(func.sum(case((kind, 1), else_=0)), 0) for kind in kinds]
    row = conn.execute(select(*counts, func.count()).select_from(dossiers).where(*where)).one()
    return tuple(int(count) for count in row)
