"""A month as the office counts it: 2026-11, from midnight to midnight in Vietnam."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from logbook.clock import ZONE, local

_SHAPE = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """One month; months are in order of time."""

    year: int
    number: int

    @classmethod
    def read(cls, text: str) -> Month:
        """Read "2026-11" (ValueError otherwise)."""
        found = _SHAPE.fullmatch(text)
        if found is None:
            msg = f"not a month like 2026-11: {text[:20]!r}"
            raise ValueError(msg)
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, instant: datetime) -> Month:
        """Return the month of an aware instant in Vietnam."""
        here = local(instant)
        return cls(here.year, here.month)

    def __str__(self) -> str:
        """Return the month as it is stored and typed: 2026-11."""
        return f"{self.year}-{self.number:02d}"

    @property
    def shown(self) -> str:
        """The month as people write it: 11/2026."""
        return f"{self.number:02d}/{self.year}"

    def plus(self, months: int) -> Month:
        """Return the month so many later, or earlier."""
        year, month = divmod(self.year * 12 + self.number - 1 + months, 12)
        return Month(year, month + 1)

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.number, 1)

    @property
    def begins(self) -> datetime:
        """Its first instant, aware UTC."""
        return datetime.combine(self.first, time(), ZONE).astimezone(UTC)

    @property
    def ends(self) -> datetime:
        """The first instant after it, aware UTC."""
        return self.plus(1).begins
