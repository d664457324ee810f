"""Reminds whoever answers for tasks of the plan that have no proof, once a day (002-29)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import structlog

from logbook.calendar.current import Calendars
from logbook.clock import Clock, local
from logbook.database.engine import Database
from logbook.plan import reminders
from logbook.plan.figures import FigureContext
from logbook.settings.loading import Settings


@dataclass(slots=True)
class PlanReminders:
    """Everything that reminding needs; what was put stands in the database alone."""

    database: Database
    clock: Clock
    settings: Settings
    calendars: Calendars
    _looked_on: date | None = None

    def run_once(self, have_lease: Callable[[], bool]) -> int:
        """Write the day's reminders on a working day; return of how many tasks. Raises DatabaseBusyError."""
        now = self.clock.now()
        today = local(now).date()
        if today == self._looked_on:
            return 0
        with self.database.reading() as conn:
            times, _ = self.calendars.now(conn)
            context = FigureContext(self.settings, times.office, now)
            wanted = bool(times.office.day_windows(today)) and bool(reminders.due(conn, context))
        put = 0
        if wanted:
            if not have_lease():
                return 0
            with self.database.writing() as conn:
                put = reminders.put(conn, context)
            structlog.get_logger("scheduler").info("plan reminders put", day=str(today), count=put)
        self._looked_on = today
        return put
