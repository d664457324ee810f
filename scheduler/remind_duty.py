"""Reminds whoever is on duty tomorrow, from the evening hour in the settings (ASK-29)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time, timedelta

import structlog

from logbook.calendar.current import Calendars
from logbook.clock import Clock, local
from logbook.database.engine import Database
from logbook.duty import reminders
from logbook.settings.loading import Settings


@dataclass(frozen=True, slots=True)
class DutyReminders:
    """Everything that reminding needs; what was put stands in the outbox alone."""

    database: Database
    clock: Clock
    settings: Settings
    calendars: Calendars

    def run_once(self, have_lease: Callable[[], bool]) -> int:
        """Write this evening's reminders; return how many. Raises DatabaseBusy."""
        here = local(self.clock.now())
        if here.time() < time.fromisoformat(self.settings.duty.remind_at):
            return 0
        tomorrow = here.date() + timedelta(days=1)
        with self.database.reading() as conn:
            times, _ = self.calendars.now(conn)
            wanted = reminders.of_day(conn, self.settings, times, tomorrow)
            waiting = reminders.any_due(conn, tomorrow)
        if not (wanted or waiting) or not have_lease():
            return 0
        with self.database.writing() as conn:
            put = reminders.put(conn, self.settings, times, tomorrow, self.clock.now())
        if put:
            structlog.get_logger("scheduler").info("duty reminders put", day=str(tomorrow), count=put)
        return put
