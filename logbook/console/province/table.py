"""Confirmed figures of all offices in one month, as page, document and workbook show them.

Every row names its office and its report. A sum counts what is shown and says of how many offices it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from logbook.clock import local
from logbook.province import register
from logbook.province.figures import OfficeFigures, PartOf
from logbook.province.register import Received
from logbook.ratings.verdicts import Verdict, judge, together
from logbook.settings import communes

TREND = 12
"""Months that the course of the index looks back, the shown one included."""


@dataclass(frozen=True, slots=True)
class OfficeMonth:
    """One office in one month; `received` is None while it has confirmed nothing."""

    code: str
    name: str
    received: Received | None

    @property
    def figures(self) -> OfficeFigures | None:
        """Its confirmed figures."""
        return None if self.received is None else self.received.figures

    @property
    def satisfied(self) -> Verdict | None:
        """Whether every criterion reaches the target; None where nothing was confirmed."""
        one = self.figures
        if one is None:
            return None
        return together(
            Verdict.TOO_FEW
            if each.part is None or each.of is None
            else judge(each.part, each.of, one.target, one.minimum)
            for each in one.criteria
        )

    @property
    def criteria_reached(self) -> int:
        """How many criteria reach the target."""
        one = self.figures
        if one is None:
            return 0
        return sum(
            judge(each.part, each.of, one.target, one.minimum) is Verdict.REACHED
            for each in one.criteria
            if each.part is not None and each.of is not None
        )

    @property
    def in_time(self) -> Verdict | None:
        """Whether every answer was in time; too few where none was decided or so few that it is not shown."""
        if self.figures is None:
            return None
        answer = self.figures.deadlines.answer
        if not answer.of:
            return Verdict.TOO_FEW
        return Verdict.REACHED if answer.part == answer.of else Verdict.MISSED

    @property
    def quota(self) -> Verdict | None:
        """Whether the slips reach half of the finished dossiers, or what the office was asked (003-05)."""
        if self.figures is None:
            return None
        slips, needed = self.figures.counts.slips, self.figures.slips_required
        if slips is None or not needed:
            return Verdict.TOO_FEW
        return Verdict.REACHED if slips >= needed else Verdict.MISSED


@dataclass(frozen=True, slots=True)
class SummedUp:
    """A sum over the offices that show the figure, and how many they are."""

    sum: PartOf
    offices: int


@dataclass(frozen=True, slots=True)
class ProvinceMonth:
    """All offices whose figures are awaited in a month, by name."""

    month: str
    rows: tuple[OfficeMonth, ...]

    @property
    def confirmed(self) -> tuple[OfficeMonth, ...]:
        """Those that have confirmed."""
        return tuple(one for one in self.rows if one.received is not None)

    @property
    def missing(self) -> tuple[OfficeMonth, ...]:
        """Those that have not."""
        return tuple(one for one in self.rows if one.received is None)

    @property
    def index(self) -> SummedUp:
        """Satisfied answers of all offices among valid ones."""
        return _summed(one.index for one in self._figures)

    @property
    def answers(self) -> SummedUp:
        """Answers in time among those decided."""
        return _summed(one.deadlines.answer for one in self._figures)

    @property
    def slips(self) -> SummedUp:
        """Slips collected among those needed, each office at most what it needs."""
        return _summed(_of_quota(one) for one in self._figures)

    def total(self, count: str) -> int:
        """The sum of a count over the offices that show it."""
        return sum(getattr(one.counts, count) or 0 for one in self._figures)

    @property
    def _figures(self) -> list[OfficeFigures]:
        return [one.figures for one in self.rows if one.figures is not None]


def of_month(conn: Connection, month: str) -> ProvinceMonth:
    """Return the month with every office that is awaited in it, those without a report too."""
    here = register.of_month(conn, month)
    rows = [
        OfficeMonth(office.code, _name(office.code), here.get(office.code))
        for office in register.offices(conn)
        if office.awaited_in(month)
    ]
    return ProvinceMonth(month, tuple(sorted(rows, key=lambda one: (one.name, one.code))))


def trend(conn: Connection, month: str) -> list[tuple[str, float | None]]:
    """Return the index of all offices together in the last twelve months, in percent, None without one."""
    points = []
    for each in months_back(month, TREND):
        tenths = of_month(conn, each).index.sum.tenths
        points.append((each, None if tenths is None else tenths / 10))
    return points


def months_back(month: str, count: int) -> list[str]:
    """Return so many months up to `month`, the earliest first."""
    last = int(month[:4]) * 12 + int(month[5:]) - 1
    return [f"{one // 12}-{one % 12 + 1:02d}" for one in range(last - count + 1, last + 1)]


def shown_by_default(now: datetime) -> str:
    """Return the last month that has ended."""
    return months_back(f"{local(now):%Y-%m}", 2)[0]


def counted(rows: Sequence[OfficeMonth], what: str) -> tuple[int, int, int, int]:
    """Return how many offices reach it, miss it, show too little for it, and confirmed nothing."""
    found = [getattr(one, what) for one in rows]
    return (
        found.count(Verdict.REACHED),
        found.count(Verdict.MISSED),
        found.count(Verdict.TOO_FEW),
        found.count(None),
    )


def _name(code: str) -> str:
    commune = communes.of_code(code)
    return code if commune is None else commune.name


def _of_quota(one: OfficeFigures) -> PartOf:
    slips, needed = one.counts.slips, one.slips_required
    if slips is None or needed is None:
        return PartOf(part=None, of=None)
    return PartOf(part=min(slips, needed), of=needed)


def _summed(parts: Iterable[PartOf]) -> SummedUp:
    known = [(one.part, one.of) for one in parts if one.part is not None and one.of]
    total = PartOf(part=sum(part for part, _ in known), of=sum(of or 0 for _, of in known))
    return SummedUp(total, len(known))
