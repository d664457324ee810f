"""Counts how many slips a month needs: half of the dossiers finished in it, whenever received (003-05)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from logbook.calendar.working_time import WorkingTime
from logbook.clock import local
from logbook.database.tables import dossiers, slips
from logbook.dossiers.months import Month
from logbook.settings.dossiers import DossiersPart


@dataclass(frozen=True, slots=True)
class Quota:
    """Dossiers finished, valid slips for them, and how many slips are needed, in percent of the dossiers."""

    finished: int
    slips: int
    percent: int

    @property
    def required(self) -> int:
        """The slips needed, rounded up: 99 dossiers need 50."""
        return -(-self.finished * self.percent // 100)

    @property
    def missing(self) -> int:
        """The slips still to be collected."""
        return max(0, self.required - self.slips)

    @property
    def reached(self) -> bool | None:
        """Whether the slips are enough; None where no dossier was finished."""
        return None if self.finished == 0 else self.missing == 0


@dataclass(frozen=True, slots=True)
class OfField:
    """The quota of one field."""

    field: str
    quota: Quota


@dataclass(frozen=True, slots=True)
class Projection:
    """What a month will come to if it goes on as it went: dossiers and slips so far, by working days."""

    so_far: Quota
    at_the_end: Quota
    days_gone: int
    days: int


def of(conn: Connection, begins: datetime, ends: datetime, percent: int) -> Quota:
    """Return the quota of the dossiers finished from `begins` until before `ends`."""
    finished = select(func.count()).select_from(dossiers).where(*_within(begins, ends))
    counted = conn.execute(_slips(begins, ends).with_only_columns(func.count())).scalar_one()
    return Quota(conn.execute(finished).scalar_one(), counted, percent)


def of_month(conn: Connection, month: Month, percent: int) -> Quota:
    """Return the quota of one month."""
    return of(conn, month.begins, month.ends, percent)


def cumulative(conn: Connection, month: Month, part: DossiersPart) -> tuple[Month, Quota]:
    """Return since which month is counted, and the quota from there to the end of `month`.

    A campaign's first month where the month lies in it, else January of that year.
    """
    first = Month(month.year, 1)
    if part.campaign is not None and part.campaign.first <= str(month) <= part.campaign.last:
        first = Month.read(part.campaign.first)
    return first, of(conn, first.begins, month.ends, part.quota_percent)


def by_field(conn: Connection, month: Month, percent: int) -> list[OfField]:
    """Return the quota of each field of the month, those that lack most slips first."""
    query = select(dossiers.c.field, func.count()).where(*_within(month.begins, month.ends))
    finished: Mapping[str, int] = dict(_pairs(conn, query.group_by(dossiers.c.field)))
    slips_of = _slips(month.begins, month.ends).with_only_columns(dossiers.c.field, func.count())
    counted: Mapping[str, int] = dict(_pairs(conn, slips_of.group_by(dossiers.c.field)))
    fields = [OfField(name, Quota(count, counted.get(name, 0), percent)) for name, count in finished.items()]
    return sorted(fields, key=lambda one: (-one.quota.missing, one.field))


def projection(
    conn: Connection, month: Month, percent: int, now: datetime, office: WorkingTime
) -> Projection | None:
    """Return what the running month will come to (003-14); None for any other, and before its first day."""
    if Month.of(now) != month:
        return None
    so_far = of_month(conn, month, percent)
    today = local(now).date()
    gone = days = 0
    day = month.first
    while day < month.plus(1).first:
        if office.day_windows(day):
            days += 1
            gone += day <= today
        day += timedelta(days=1)
    if gone == 0:
        return None
    at_the_end = Quota(round(so_far.finished * days / gone), round(so_far.slips * days / gone), percent)
    return Projection(so_far, at_the_end, gone, days)


def _within(begins: datetime, ends: datetime) -> tuple[Any, Any]:
    return dossiers.c.finished_at >= begins, dossiers.c.finished_at < ends


def _slips(begins: datetime, ends: datetime) -> Any:
    """Select the valid slips of the dossiers finished then."""
    joined = slips.join(dossiers, slips.c.dossier_id == dossiers.c.id)
    return select(slips.c.id).select_from(joined).where(slips.c.valid, *_within(begins, ends))


def _pairs(conn: Connection, query: Any) -> list[tuple[str, int]]:
    return [(name, count) for name, count in conn.execute(query)]
