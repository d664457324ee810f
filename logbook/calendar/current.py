"""The office's calendars as of now: the settings, overridden by what the database holds."""

from __future__ import annotations

from datetime import datetime
from threading import Lock

from sqlalchemy import Connection

from logbook.calendar import closures
from logbook.calendar.of_settings import WorkingTimes, working_times
from logbook.calendar.working_days import DayOverride
from logbook.calendar.working_time import Closure
from logbook.clock import Clock, local
from logbook.settings.loading import Settings

FRESH_SECONDS = 2.0
"""For how long closures and overrides read from the database are believed."""


class Calendars:
    """Remembers the calendar's rows for a moment, and the years once worked out."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """Begin with what the settings say."""
        self._settings = settings
        self._clock = clock
        self._lock = Lock()
        self._read_at: float | None = None
        self._overrides: tuple[DayOverride, ...] = ()
        self._closures: tuple[Closure, ...] = ()
        self._times = working_times(settings)

    def now(self, conn: Connection) -> tuple[WorkingTimes, tuple[Closure, ...]]:
        """The three calendars and the closures by hand, at most two seconds old."""
        with self._lock:
            moment = self._clock.monotonic()
            if self._read_at is None or moment - self._read_at > FRESH_SECONDS:
                overrides = tuple(closures.overrides(conn))
                if overrides != self._overrides:
                    self._overrides, self._times = overrides, working_times(self._settings, overrides)
                self._closures = tuple(closures.current_and_coming(conn, self._clock.now()))
                self._read_at = moment
            return self._times, self._closures

    def work_out(self) -> None:
        """Work out this year's days: else the first who asks does so while callers wait for a transaction."""
        self._times.days.day(local(self._clock.now()).date())

    def forget(self) -> None:
        """Read again at the next question, since somebody has just changed something."""
        with self._lock:
            self._read_at = None

    def is_open_as_last_known(self, now: datetime) -> bool:
        """Whether the line is open by what is known without the database (F-09)."""
        return self._times.hotline.at(now, self._closures).is_open
