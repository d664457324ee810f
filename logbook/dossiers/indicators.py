"""How long dossiers took and how many were late: by month, and by procedure before and after (001-20)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from logbook.database.tables import dossiers
from logbook.dossiers.months import Month

DAY = timedelta(days=1)


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


class _Sum:
    def __init__(self) -> None:
        self.finished = self.late = self.supplemented = 0
        self.time = timedelta()

    def add(self, received: datetime, due: datetime | None, finished: datetime, supplements: int) -> None:
        self.finished += 1
        self.late += due is not None and finished > due
        self.supplemented += supplements > 0
        self.time += finished - received

    def made(self) -> Handling:
        days = self.time / DAY / self.finished if self.finished else None
        return Handling(self.finished, self.late, self.supplemented, days)


def trend(conn: Connection, last: Month, months: int = 12) -> list[OfMonth]:
    """Return the months up to `last`, the earliest first."""
    return [
        OfMonth(month, of_period(conn, month.begins, month.ends))
        for month in (last.plus(back) for back in range(1 - months, 1))
    ]


def of_period(conn: Connection, begins: datetime, ends: datetime) -> Handling:
    """Return the figures of all dossiers finished in a period."""
    total = _Sum()
    for _, received, due, finished, supplements in _rows(conn, begins, ends):
        total.add(received, due, finished, supplements)
    return total.made()


def compared(conn: Connection, by: str, since: Month, last: Month, months: int = 3) -> list[Named]:
    """Return procedures, officials or fields (`by`) in the months before `since` and from then to `last`."""
    before = _grouped(_rows(conn, since.plus(-months).begins, since.begins, by))
    after = _grouped(_rows(conn, since.begins, last.ends, by))
    none = Handling(0, 0, 0, None)
    names = sorted(before.keys() | after.keys(), key=lambda name: (-after.get(name, none).finished, name))
    return [Named(name, before.get(name, none), after.get(name, none)) for name in names]


def _grouped(
    rows: Iterable[tuple[str, datetime, datetime | None, datetime, int]],
) -> dict[str, Handling]:
    sums: dict[str, _Sum] = {}
    for name, received, due, finished, supplements in rows:
        sums.setdefault(name, _Sum()).add(received, due, finished, supplements)
    return {name: one.made() for name, one in sums.items()}


def _rows(
    conn: Connection, begins: datetime, ends: datetime, by: str = "procedure"
) -> Iterable[tuple[str, datetime, datetime | None, datetime, int]]:
    columns = (dossiers.c.received_at, dossiers.c.due_at, dossiers.c.finished_at, dossiers.c.supplements)
    query = select(dossiers.c[by], *columns).where(
        dossiers.c.finished_at >= begins, dossiers.c.finished_at < ends
    )
    return (tuple(row) for row in conn.execute(query))
