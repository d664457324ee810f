"""Early, on time, late: shares of a month that come to 100 %, by a rule that is written beside them (002-20).

Counted are the dossiers finished in the month, and those whose term passed before its end without a result:
these are late. Not counted: unfinished ones whose term has not come, suspended ones and those that wait for
papers, and those without a term; how many they are stands beside. Finished on the day of the term, and not
after its hour, is on time; on an earlier day early.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from logbook.clock import local
from logbook.database.tables import dossiers
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
    early = on_time = late = undated = 0
    finished = select(dossiers.c.finished_at, dossiers.c.due_at).where(
        dossiers.c.finished_at >= begins, dossiers.c.finished_at < ends
    )
    for done, due in conn.execute(finished):
        if due is None:
            undated += 1
        elif done > due:
            late += 1
        elif local(done).date() < local(due).date():
            early += 1
        else:
            on_time += 1
    open_then = or_(dossiers.c.finished_at.is_(None), dossiers.c.finished_at >= ends)
    there = and_(open_then, dossiers.c.received_at < end)
    waiting = and_(dossiers.c.finished_at.is_(None), dossiers.c.outcome.in_(WAITING))

    def count(*where: ColumnElement[bool]) -> int:
        query = select(func.count()).select_from(dossiers).where(*where)
        return int(conn.execute(query).scalar_one())

    return Shares(
        early,
        on_time,
        late + count(there, dossiers.c.due_at < end, ~waiting),
        count(there, dossiers.c.due_at >= end, ~waiting),
        count(there, waiting),
        undated + count(there, dossiers.c.due_at.is_(None), ~waiting),
    )
