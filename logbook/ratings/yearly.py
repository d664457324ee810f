"""The yearly index and rank that the superior body published, year against year.

Two conditions make the year good: the index rises against the year before, and it reaches the target of
the plan (002-02). Percents are kept in hundredths, so that 90,83 stays 90,83.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from logbook.database.tables import yearly_indexes
from logbook.plain_text import whole_text

FIRST_YEAR, LAST_YEAR = 2010, 2100
_PERCENT = re.compile(r"(\d{1,3})(?:[.,](\d{1,2}))?\s*%?", re.ASCII)
_RANK = re.compile(r"(\d{1,4})\s*/\s*(\d{1,4})", re.ASCII)


@dataclass(frozen=True, slots=True)
class YearlyIndex:
    """One year; `before` is the index of the year before, all in hundredths of a percent."""

    year: int
    hundredths: int
    rank: int | None
    places: int | None
    target_hundredths: int | None
    document: str
    version: int
    before: int | None = None

    @property
    def rises(self) -> bool | None:
        """Whether the index is above that of the year before; None where that is not known."""
        return None if self.before is None else self.hundredths > self.before

    @property
    def reached(self) -> bool | None:
        """Whether it reaches the target; None without one."""
        return None if self.target_hundredths is None else self.hundredths >= self.target_hundredths

    @property
    def verdict(self) -> bool | None:
        """Whether both conditions hold; one that fails decides, one that is not known withholds."""
        found = {self.rises, self.reached}
        return False if False in found else True if found == {True} else None


@dataclass(frozen=True, slots=True)
class YearTyped:
    """What somebody typed: "90,83", "3/17", "92"; rank, target and document may be empty."""

    year: str
    percent: str
    rank: str
    target: str
    document: str


class YearRefusedError(Exception):
    """The year cannot be kept like that; `args[0]` is a text key of the catalogue."""


class StaleYearError(Exception):
    """Somebody changed that year since it was read."""


def listed(conn: Connection) -> list[YearlyIndex]:
    """Return every year, the newest first, each with the year before it."""
    rows = {row.year: row for row in conn.execute(select(yearly_indexes))}
    return [
        YearlyIndex(
            row.year,
            row.hundredths,
            row.rank,
            row.places,
            row.target_hundredths,
            row.document,
            row.version,
            rows[row.year - 1].hundredths if row.year - 1 in rows else None,
        )
        for _, row in sorted(rows.items(), reverse=True)
    ]


def keep(conn: Connection, typed: YearTyped, version: int, by: int, now: datetime) -> int:
    """Enter a year (`version` 0) or change it; return the year.

    YearRefusedError says what is wrong, StaleYearError that the year stands in another version.
    """
    year = int(typed.year) if re.fullmatch(r"\d{4}", typed.year.strip(), re.ASCII) else 0
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise YearRefusedError("yearly_year_bad")
    hundredths, target = percent(typed.percent), percent(typed.target)
    if hundredths is None or (target is None and typed.target.strip()):
        raise YearRefusedError("yearly_percent_bad")
    rank = _RANK.fullmatch(typed.rank.strip())
    if typed.rank.strip() and (rank is None or not 0 < int(rank[1]) <= int(rank[2])):
        raise YearRefusedError("yearly_rank_bad")
    values = {
        "hundredths": hundredths,
        "rank": int(rank[1]) if rank else None,
        "places": int(rank[2]) if rank else None,
        "target_hundredths": target,
        "document": whole_text(typed.document, 500),
        "written_by": by,
        "written_at": now,
        "version": version + 1,
    }
    query = select(yearly_indexes.c.version).where(yearly_indexes.c.year == year).with_for_update()
    standing = conn.execute(query).scalar()
    if (standing or 0) != version:
        raise StaleYearError
    if standing is None:
        conn.execute(insert(yearly_indexes).values(year=year, **values))
    else:
        conn.execute(update(yearly_indexes).where(yearly_indexes.c.year == year).values(**values))
    return year


def percent(text: str) -> int | None:
    """Return "90,83", "90.83 %" or "91" in hundredths; None for anything else or above 100."""
    found = _PERCENT.fullmatch(text.strip())
    if found is None:
        return None
    hundredths = int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))
    return hundredths if hundredths <= 10_000 else None


def shown(hundredths: int | None) -> str:
    """Return hundredths as people write them, with a decimal comma; a dash for none."""
    return "–" if hundredths is None else f"{hundredths // 100},{hundredths % 100:02d}%"
