"""The calendars that the settings and the decided days describe."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from logbook.calendar.working_days import DayOverride, WorkingDays
from logbook.calendar.working_time import WorkingTime
from logbook.settings.config_file import CalendarPart
from logbook.settings.loading import Settings


@dataclass(frozen=True, slots=True)
class WorkingTimes:
    """The three calendars over the same days; they are never mixed (rules B11)."""

    days: WorkingDays
    hotline: WorkingTime
    team: WorkingTime
    office: WorkingTime


def working_times(settings: Settings, overrides: Iterable[DayOverride] = ()) -> WorkingTimes:
    """Build the calendars; keep them, they remember each year they worked out.

    `overrides` are the days the office decided since, stronger than official_days and the package.
    """
    decided = {
        day.date: DayOverride(day.date, day.worked, day.reason, notice.document)
        for notice in settings.official_days.values()
        for day in notice.days
    }
    decided.update((override.date, override) for override in overrides)
    days = WorkingDays(decided.values())

    def times(part: CalendarPart) -> WorkingTime:
        return WorkingTime(part.week, part.makeup, days)

    calendars = settings.calendars
    return WorkingTimes(days, times(calendars.hotline), times(calendars.team), times(calendars.office))
