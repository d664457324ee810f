"""Decides which weeks and months are reported on, and when each report is drawn.

A month is the whole month, reported a few working days later. A week runs from the moment the last weekly
report was drawn to the moment this one is (Friday 16:00 as shipped), so that no call falls between two.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from logbook.calendar.of_settings import WorkingTimes
from logbook.clock import ZONE, local
from logbook.settings.config_file import DAYS
from logbook.settings.loading import Settings

WEEKLY, MONTHLY, TEAM = "weekly", "monthly", "team"
SUPERIOR = "superior"
"""The report to the body above, of a month, a quarter, half a year or a year (002-28)."""
WEEKS_BACK = 8
MONTHS_BACK = 3
"""How far back missed reports are still made."""
MONTHS_OF = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
"""Months of each rhythm of the report to the body above."""
_NAME = re.compile(r"(20\d\d)(?:-(0[1-9]|1[0-2])|Q([1-4])|H([12]))?", re.ASCII)
_LOOK_AHEAD = 60
"""Days in which some day is worked, whatever the holidays."""


@dataclass(frozen=True, slots=True)
class Period:
    """One week ("2026-W47") or month ("2026-11") of reports; instants are aware, `ends` is not included.

    `starts_on` and `ends_on` are its days in the calendar, both included; `due_at` is when it is made.
    """

    kind: str
    name: str
    starts_on: date
    ends_on: date
    begins: datetime
    ends: datetime
    due_at: datetime


def due(settings: Settings, times: WorkingTimes, now: datetime) -> list[Period]:
    """Return every period whose report is due at `now`, the earliest first (001-17, 002-22, 003-08).

    At most the last eight weeks and three months; whether one was made before is not checked here.
    """
    today = local(now).date()
    weeks = [week_of(today - timedelta(weeks=back), settings, times) for back in range(WEEKS_BACK + 1)]
    months = [_month_of(_months_before(today, back), settings, times) for back in range(1, MONTHS_BACK + 1)]
    ready = [week for week in weeks if week.due_at <= now][:WEEKS_BACK]
    ready += [month for month in months if month.due_at <= now]
    part = settings.reports.superior
    if part is not None:
        last = superior_before(today, MONTHS_OF[part.every], settings, times)
        ready += [last] if last.due_at <= now else []
    return sorted(ready, key=lambda period: (period.due_at, period.kind))


def weekly_now(settings: Settings, times: WorkingTimes, now: datetime) -> Period:
    """Return the week whose report is the next to be drawn, for which the team writes its part (001-16).

    That of a week all off is drawn in the week after it.
    """
    today = local(now).date()
    weeks = (week_of(today + timedelta(weeks=ahead), settings, times) for ahead in (-1, 0, 1))
    return next(week for week in weeks if now < week.due_at)


def monthly_next(settings: Settings, times: WorkingTimes, now: datetime) -> Period:
    """Return the month whose report is the next to be drawn, of which the office is reminded (004-07)."""
    today = local(now).date()
    last = _month_of(_months_before(today, 1), settings, times)
    return last if now < last.due_at else _month_of(_months_before(today, 0), settings, times)


def week_of(day: date, settings: Settings, times: WorkingTimes) -> Period:
    """Return the ISO week of `day`, from the drawing of the week before to its own."""
    monday = day - timedelta(days=day.weekday())
    drawn = _weekly_moment(monday, settings, times, settings.reports.weekly_at)
    year, week, _ = monday.isocalendar()
    return Period(
        WEEKLY,
        f"{year}-W{week:02d}",
        monday,
        monday + timedelta(days=6),
        _weekly_moment(monday - timedelta(weeks=1), settings, times, settings.reports.weekly_at),
        drawn,
        drawn,
    )


def team_due(period: Period, settings: Settings, times: WorkingTimes) -> datetime:
    """Return by when the team hands in its part of a week's report (001-16)."""
    return _weekly_moment(period.starts_on, settings, times, settings.reports.team_by)


def week_named(name: str, settings: Settings, times: WorkingTimes) -> Period | None:
    """Return the week written as 2026-W47, or None for anything else."""
    year, mark, number = name.partition("-W")
    if not (mark and name.isascii() and len(year) == 4 and len(number) == 2 and (year + number).isdecimal()):
        return None
    try:
        monday = date.fromisocalendar(int(year), int(number), 1)
    except ValueError:
        return None
    return week_of(monday, settings, times) if 2000 <= monday.year < 2200 else None


def _weekly_moment(monday: date, settings: Settings, times: WorkingTimes, hour: str) -> datetime:
    """The hour of the week's day; of the last day worked before it; in a week all off, of the next one."""
    wanted = DAYS.index(settings.reports.weekly_on)
    before = [monday + timedelta(days=back) for back in range(wanted, -1, -1)]
    after = [monday + timedelta(days=ahead) for ahead in range(wanted + 1, _LOOK_AHEAD)]
    for day in before + after:
        if times.days.is_working_day(day):
            return _at(day, hour)
    return _at(monday + timedelta(days=wanted), hour)


def _month_of(first: date, settings: Settings, times: WorkingTimes) -> Period:
    following = _months_before(first, -1)
    return Period(
        MONTHLY,
        f"{first.year}-{first.month:02d}",
        first,
        following - timedelta(days=1),
        _at(first, "00:00"),
        _at(following, "00:00"),
        _at(
            _working_day(following, settings.reports.monthly_day, times),
            settings.reports.monthly_at,
        ),
    )


def superior_of(first: date, months: int, settings: Settings, times: WorkingTimes) -> Period:
    """Return the period of a report to the body above: `months` (1, 3, 6, 12) from the day `first` on."""
    following = _months_before(first, -months)
    place = (first.month - 1) // months + 1
    ending = {1: f"-{first.month:02d}", 3: f"Q{place}", 6: f"H{place}", 12: ""}[months]
    part = settings.reports.superior
    day = settings.reports.monthly_day if part is None else part.day
    return Period(
        SUPERIOR,
        f"{first.year}{ending}",
        first,
        following - timedelta(days=1),
        _at(first, "00:00"),
        _at(following, "00:00"),
        _at(_working_day(following, day, times), settings.reports.monthly_at),
    )


def superior_named(name: str, settings: Settings, times: WorkingTimes) -> Period | None:
    """Return the period called 2026-11, 2026Q4, 2026H2 or 2026; None for what is none."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    year, month, quarter, half = found.groups()
    months = 1 if month else 3 if quarter else 6 if half else 12
    place = int(month or quarter or half or 1)
    return superior_of(date(int(year), (place - 1) * months + 1, 1), months, settings, times)


def superior_before(today: date, months: int, settings: Settings, times: WorkingTimes) -> Period:
    """Return the last period of so many months that had ended before `today`."""
    running = date(today.year, (today.month - 1) // months * months + 1, 1)
    return superior_of(_months_before(running, months), months, settings, times)


def _working_day(first: date, wanted: int, times: WorkingTimes) -> date:
    """The day worked as the `wanted`-th from `first` on."""
    worked = [
        day for ahead in range(_LOOK_AHEAD) if times.days.is_working_day(day := first + timedelta(days=ahead))
    ]
    return worked[wanted - 1] if len(worked) >= wanted else first + timedelta(days=wanted)


def _months_before(day: date, back: int) -> date:
    """The first of the month so many months before that of `day`."""
    months = day.year * 12 + day.month - 1 - back
    return date(months // 12, months % 12 + 1, 1)


def _at(day: date, hour: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(hour), ZONE)
