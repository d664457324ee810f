"""Counts the allowance of youth union helpers: a rate for each day on duty (001-06)."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from logbook.calendar.of_settings import WorkingTimes
from logbook.duty.on_duty import on_duty_between
from logbook.duty.sessions import DutyKind
from logbook.duty.team import Member, members
from logbook.officials.register import Organisation
from logbook.settings.config_file import DutyPart
from logbook.settings.team import Rate


@dataclass(frozen=True, slots=True)
class AllowanceRow:
    """One person's month: on how many days they were present, and how much that is, in đồng."""

    person: str
    name: str
    days: int
    amount: int


@dataclass(frozen=True, slots=True)
class Allowance:
    """The list of a month; `first` is its first day."""

    first: date
    rows: tuple[AllowanceRow, ...]

    @property
    def total(self) -> int:
        """Everything together, in đồng."""
        return sum(row.amount for row in self.rows)


def of_month(
    conn: Connection,
    part: DutyPart,
    times: WorkingTimes,
    rates: Sequence[Rate],
    first: date,
    now: datetime,
) -> Allowance:
    """Return the list of the month that begins with `first`, as far as it is over.

    Distinct days on which a member of the youth union was present in a session of the team that has begun;
    two sessions of a day count once, each day at the rate of that day.
    """
    last = first.replace(day=monthrange(first.year, first.month)[1])
    paid = {one.person: one for one in members(conn, first, last) if one.organisation is Organisation.YOUTH}
    days: dict[str, set[date]] = {}
    for one in on_duty_between(conn, part, times, first, last, (DutyKind.SLIP_TEAM,)):
        if one.session.begins > now:
            continue
        for person in one.people:
            if person in paid:
                days.setdefault(person, set()).add(one.session.date)
    rows = [_row(paid[person], present, rates) for person, present in days.items()]
    return Allowance(first, tuple(sorted(rows, key=lambda row: (row.name, row.person))))


def dotted(amount: int) -> str:
    """Write đồng as people do: 1.230.000."""
    return f"{amount:,}".replace(",", ".")


def rate_on(rates: Sequence[Rate], day: date) -> int:
    """Return the đồng paid for a day: the newest rate that had begun by then, 0 before the first."""
    begun = [rate for rate in rates if rate.since <= day]
    return max(begun, key=lambda rate: rate.since).amount if begun else 0


def _row(member: Member, present: set[date], rates: Sequence[Rate]) -> AllowanceRow:
    amount = sum(rate_on(rates, day) for day in present)
    return AllowanceRow(member.person, member.name, len(present), amount)
