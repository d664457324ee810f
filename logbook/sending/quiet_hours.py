"""Quiet hours: when an official may be disturbed, and at which moment an escalation step falls.

What is not urgent happens in the working time of the office calendar (ASK-22) and its minutes are working
minutes; an urgent escalation runs on the wall clock. Nothing happens in quiet hours, unless the escalation is
urgent and the settings say so. All moments are aware; none depends on the time zone of the process (F-13).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from logbook.calendar.working_time import HORIZON_DAYS, WorkingTime
from logbook.clock import ZONE, local
from logbook.opening_hours import MINUTES_A_DAY, Window
from logbook.settings.notifications import NotificationsPart

WHOLE_DAY = (Window(0, MINUTES_A_DAY),)


@dataclass(frozen=True, slots=True)
class TellingHours:
    """The hours of one office: the settings of notifications, and its office calendar."""

    notifications: NotificationsPart
    office: WorkingTime

    def earliest(self, instant: datetime, *, urgent: bool) -> datetime:
        """Return the first moment from `instant` on at which an official may be disturbed (UTC).

        That is `instant` itself when it may be now. ValueError when it is naive.
        """
        here = local(instant)
        for start, end in self._free(here.date(), urgent):
            if here < end:
                return max(start, here).astimezone(UTC)
        return instant.astimezone(UTC)

    def after(self, instant: datetime, minutes: int, *, urgent: bool) -> datetime:
        """Return when a step falls `minutes` after `instant` (UTC): working minutes unless urgent."""
        wait = timedelta(minutes=minutes)
        if self._at_any_hour(urgent) or not self._is_worked(instant):
            return self.earliest(instant.astimezone(UTC) + wait, urgent=urgent)
        return self.earliest(self.office.add(instant, wait), urgent=urgent)

    def next_day(self, instant: datetime) -> datetime:
        """Return when a ladder begins again: the opening of the next working day, past quiet hours (UTC)."""
        tomorrow = local(instant).date() + timedelta(days=1)
        midnight = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=ZONE)
        return self.earliest(midnight, urgent=False)

    def _at_any_hour(self, urgent: bool) -> bool:
        return urgent and self.notifications.urgent_at_any_hour

    def _is_worked(self, instant: datetime) -> bool:
        """Whether the calendar has any working time ahead."""
        first = local(instant).date()
        return any(self.office.windows_on(first + timedelta(days=ahead)) for ahead in range(HORIZON_DAYS))

    def _free(self, first: date, urgent: bool) -> Iterator[tuple[datetime, datetime]]:
        """Yield the spans of time in which somebody may be disturbed, in order, from a date on.

        Quiet hours or a calendar that would silence us for ever are not believed: rather notify at a bad
        hour than never.
        """
        any_hour = self._at_any_hour(urgent)
        quiet = (
            () if any_hour and self.notifications.urgent_in_quiet_hours else self.notifications.quiet_hours
        )
        for believed in (quiet, ()):
            found = False
            for ahead in range(HORIZON_DAYS):
                day = first + timedelta(days=ahead)
                worked = WHOLE_DAY if any_hour else self.office.day_windows(day)
                for window in _without(worked, believed):
                    found = True
                    yield _at(day, window.start), _at(day, window.end)
            if found:
                return


def _without(windows: tuple[Window, ...], quiet: tuple[Window, ...]) -> Iterator[Window]:
    """Yield what is left of some windows of a day when the quiet ones are cut out."""
    for window in windows:
        start = window.start
        for hush in quiet:
            if hush.end <= start or hush.start >= window.end:
                continue
            if hush.start > start:
                yield Window(start, hush.start)
            start = hush.end
        if start < window.end:
            yield Window(start, window.end)


def _at(day: date, minute: int) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZONE) + timedelta(minutes=minute)
