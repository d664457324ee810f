"""Draws the weekly and monthly reports that are due, each once; gives out the figures of confirmed months."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from logbook.calendar.current import Calendars
from logbook.clock import Clock, local
from logbook.database.engine import Database
from logbook.duty import part_reminders
from logbook.reports import Figures, Period, coming, due, made
from logbook.reports.counting import counted
from logbook.reports.leaving import issue
from logbook.reports.periods import monthly_next
from logbook.settings.loading import Settings
from logbook.tickets import deadlines

SETTLES = timedelta(seconds=30)
"""How long after a period's end what came in it may still be on its way into the database: longer than any
transaction waits. Counted earlier it would be in no report, since the next one begins at that end."""


@dataclass(frozen=True, slots=True)
class ReportsDue:
    """Everything that making reports needs."""

    database: Database
    clock: Clock
    settings: Settings
    calendars: Calendars

    def run_once(self, have_lease: Callable[[], bool]) -> int:
        """Draw reports that are due, then remind of those due soon; return how many were drawn."""
        count = self.make(have_lease)
        self.remind(have_lease)
        self.ask_team(have_lease)
        self.give_figures(have_lease)
        return count

    def give_figures(self, have_lease: Callable[[], bool]) -> int:
        """Give the figures of months that were confirmed out to the province, each once; how many.

        Raises DatabaseBusyError, OSError.
        """
        if not have_lease():
            return 0
        new = issue.issue_due(self.database, self.settings, self.clock.now())
        for one in new:
            log = structlog.get_logger("scheduler")
            log.info("figures given out", month=one.figures.month, version=one.figures.version)
        return len(new)

    def ask_team(self, have_lease: Callable[[], bool]) -> int:
        """Tell the leader of the team once that last week's part never came; return how many (001-16).

        From Monday on, and sent in the office's hours. Raises DatabaseBusyError.
        """
        now = self.clock.now()
        with self.database.reading() as conn:
            times, _ = self.calendars.now(conn)
            week = made.team_missing(conn, self.settings, times, now)
            early = week is not None and local(now).date() <= week.ends_on
            if week is not None and (early or not _has_begun(conn, week)):
                return 0
        if not have_lease():
            return 0
        with self.database.writing() as conn:
            if week is None:
                part_reminders.cancel(conn, now)
                return 0
            return part_reminders.put(conn, self.settings, week.name, week.starts_on, week.ends_on, now)

    def remind(self, have_lease: Callable[[], bool]) -> bool:
        """Remind the office of the monthly report that is drawn soon, once; True when it did so now (004-07).

        On the morning of the day so many working days before (`notifications.remind_days`). Raises
        DatabaseBusyError.
        """
        now = self.clock.now()
        with self.database.reading() as conn:
            times, _ = self.calendars.now(conn)
            period = monthly_next(self.settings, times, now)
            days, drawn = self.settings.notifications.remind_days, period.due_at
            if now < deadlines.reminded_at(drawn, period.begins, days, times.office):
                return False
            if coming.announced(conn, period) or not _has_begun(conn, period):
                return False
        if not have_lease():
            return False
        with self.database.writing() as conn:
            return coming.announce(conn, period, now)

    def make(self, have_lease: Callable[[], bool]) -> int:
        """Draw due reports while `have_lease()`, the earliest first; return how many. DatabaseBusyError.

        Figures are counted in a reading transaction and kept in a short writing one, which asks the
        chairman to confirm in the same breath (001-17, 002-22, 003-08, 004-06).
        """
        count = 0
        for period in self._missing():
            if not have_lease():
                break
            count += self._make(period)
        return count

    def _missing(self) -> list[Period]:
        """What is due, settled and was never made; nothing from before the first call or ticket."""
        with self.database.reading() as conn:
            times, _ = self.calendars.now(conn)
            now = self.clock.now()
            ready = [one for one in due(self.settings, times, now) if one.ends + SETTLES <= now]
            done = made.periods_made(conn)
            missing = [period for period in ready if (period.kind, period.name) not in done]
            return [period for period in missing if _has_begun(conn, period)]

    def _make(self, period: Period) -> bool:
        now = self.clock.now()
        with self.database.reading() as conn:
            figures = self._counted(conn, period, now)
        with self.database.writing() as conn:
            report_id = made.made(conn, figures, now)
        if report_id is not None:
            log = structlog.get_logger("scheduler")
            log.info("report made", kind=period.kind, period=period.name, report=report_id)
        return report_id is not None

    def _counted(self, conn: Connection, period: Period, now: datetime) -> Figures:
        """The figures, from where the report before was drawn, so that nothing falls between two."""
        times, _ = self.calendars.now(conn)
        before = made.just_before(conn, period)
        if before is not None and before.ends < period.ends:
            period = replace(period, begins=before.ends)
        return counted(conn, period, self.settings, times, now, before)


def _has_begun(conn: Connection, period: Period) -> bool:
    """Whether there was a first call or ticket before the period's end; nothing is reported from before."""
    begun = made.begun_at(conn)
    return begun is not None and period.ends > begun
