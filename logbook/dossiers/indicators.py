"""Counts how long dossiers took and how many were late, by month and by procedure (001-20)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, func, select

from logbook.database.tables import dossiers
from logbook.dossiers import instants
from logbook.dossiers.months import Month


@dataclass(frozen=True, slots=True)
class Handling:
    """Dossiers finished: how many, how many of them late, asked for papers, and days each took on average."""

    finished: int
    late: int
    supplemented: int
    days: float | None

    @property
    def supplemented_percent(self) -> float | None:
        """How many in a hundred were asked for papers (002-31)."""
        return 100 * self.supplemented / self.finished if self.finished else None


@dataclass(frozen=True, slots=True)
class OfMonth:
    """The figures of one month."""

    month: Month
    handling: Handling


@dataclass(frozen=True, slots=True)
class Named:
    """The figures of a procedure, an official or a field; before and after, where the two are compared."""

    name: str
    before: Handling
    after: Handling


def trend(conn: Connection, last: Month, months: int = 12) -> list[OfMonth]:
    """Return the months up to `last`, the earliest first."""
    return [
        OfMonth(month, of_period(conn, month.begins, month.ends))
        for month in (last.plus(back) for back in range(1 - months, 1))
    ]


def of_period(conn: Connection, begins: datetime, ends: datetime) -> Handling:
    """Return the figures of all dossiers finished in a period."""
    return _handling(*conn.execute(select(*_figures(conn)).where(*_within(begins, ends))).one())


def compared(conn: Connection, by: str, since: Month, last: Month, months: int = 3) -> list[Named]:
    """Return procedures, officials or fields (`by`) in the months before `since` and from then to `last`."""
    before = _grouped(conn, by, since.plus(-months).begins, since.begins)
    after = _grouped(conn, by, since.begins, last.ends)
    none = Handling(0, 0, 0, None)
    names = sorted(before.keys() | after.keys(), key=lambda name: (-after.get(name, none).finished, name))
    return [Named(name, before.get(name, none), after.get(name, none)) for name in names]


def _grouped(conn: Connection, by: str, begins: datetime, ends: datetime) -> dict[str, Handling]:
    query = select(dossiers.c[by], *_figures(conn)).where(*_within(begins, ends)).group_by(dossiers.c[by])
    return {name: _handling(*figures) for name, *figures in conn.execute(query)}


def _figures(conn: Connection) -> tuple[Any, ...]:
    took = instants.seconds(conn, dossiers.c.finished_at) - instants.seconds(conn, dossiers.c.received_at)
    return (
        func.count(),
        func.sum(case((dossiers.c.finished_at > dossiers.c.due_at, 1), else_=0)),
        func.sum(case((dossiers.c.supplements > 0, 1), else_=0)),
        func.sum(took),
    )


def _within(begins: datetime, ends: datetime) -> tuple[Any, Any]:
    return dossiers.c.finished_at >= begins, dossiers.c.finished_at < ends


def _handling(finished: int, late: int | None, supplemented: int | None, took: int | None) -> Handling:
    days = int(took or 0) / instants.DAY / finished if finished else None
    return Handling(finished, int(late or 0), int(supplemented or 0), days)
