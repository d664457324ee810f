"""Twelve months of each instrument and channel: how many of all answers of a month were satisfied."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection

from logbook.ratings import index, spans
from logbook.ratings.index import InstrumentFigures
from logbook.ratings.spans import DaySpan
from logbook.settings.loading import Settings

MONTHS = 12


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One month on one channel, all criteria together; a withheld one says nothing."""

    satisfied: int = 0
    n: int = 0
    withheld: bool = False

    @property
    def percent(self) -> float | None:
        """The share in percent, None without answers."""
        return self.satisfied * 100 / self.n if self.n else None


@dataclass(frozen=True, slots=True)
class InstrumentTrend:
    """One instrument: by channel a point for each month, the oldest first."""

    key: str
    version: int
    title: str
    target: int | None
    channels: dict[str, list[TrendPoint]]


def months(last: date) -> list[DaySpan]:
    """Return the twelve months up to the one of `last`, the oldest first."""
    found = [spans.month_of(last)]
    while len(found) < MONTHS:
        found.append(spans.month_of(found[-1].first - timedelta(days=1)))
    return found[::-1]


def of(
    conn: Connection, settings: Settings, wanted: list[DaySpan], *, officials: bool
) -> list[InstrumentTrend]:
    """Return every instrument somebody answered in these months.

    Without `officials` the reader may not see single officials: `index.for_everybody` withholds each month.
    """
    found: dict[tuple[str, int], InstrumentTrend] = {}
    for place, figures in enumerate(index.of_months(conn, settings, wanted, officials=officials)):
        for one in figures:
            if one.n and one.channel != index.ALL:
                new = InstrumentTrend(one.key, one.version, one.title, one.target, {})
                channels = found.setdefault((one.key, one.version), new).channels
                channels.setdefault(one.channel, [TrendPoint()] * len(wanted))[place] = _point(one)
    return [found[key] for key in sorted(found)]


def _point(one: InstrumentFigures) -> TrendPoint:
    return TrendPoint(
        sum(each.satisfied for each in one.criteria), sum(each.n for each in one.criteria), one.withheld
    )
