"""Periods that figures are drawn for: week, month, quarter, year, year to date."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from logbook.clock import ZONE

_SHAPE = re.compile(
    r"(?P<year>20\d\d|19\d\d)(?:-(?:(?P<month>0[1-9]|1[0-2])|Q(?P<quarter>[1-4])|W(?P<week>\d\d)))?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class DaySpan:
    """A stretch of days in Vietnam, `first` and `last` included; instants are aware, `ends` is not."""

    name: str
    first: date
    last: date

    @property
    def begins(self) -> datetime:
        """The first moment."""
        return datetime.combine(self.first, time.min, tzinfo=ZONE)

    @property
    def ends(self) -> datetime:
        """The moment after the last."""
        return datetime.combine(self.last + timedelta(days=1), time.min, tzinfo=ZONE)

    def year_to_date(self) -> DaySpan:
        """Return the year from 1 January up to the last day of this stretch (000-04)."""
        return DaySpan(f"{self.name}-ytd", date(self.last.year, 1, 1), self.last)


def read(name: str) -> DaySpan | None:
    """Return the span called "2026-11", "2026-Q4", "2026-W48" or "2026"; None for any other name."""
    found = _SHAPE.fullmatch(name.strip().upper())
    if found is None:
        return None
    year = int(found["year"])
    if found["month"]:
        return _months(name, year, int(found["month"]), 1)
    if found["quarter"]:
        return _months(name, year, int(found["quarter"]) * 3 - 2, 3)
    if found["week"]:
        try:
            monday = date.fromisocalendar(year, int(found["week"]), 1)
        except ValueError:
            return None
        return DaySpan(name.strip().upper(), monday, monday + timedelta(days=6))
    return _months(name, year, 1, 12)


def month_of(day: date) -> DaySpan:
    """Return the month of a day."""
    return _months(day.strftime("%Y-%m"), day.year, day.month, 1)


def _months(name: str, year: int, month: int, count: int) -> DaySpan:
    after = month - 1 + count
    last = date(year + after // 12, after % 12 + 1, 1) - timedelta(days=1)
    return DaySpan(name.strip().upper(), date(year, month, 1), last)
