"""Checks for trouble and opens alarms for the office (000-03, F-10, F-24)."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import structlog
from sqlalchemy import Connection

from logbook.calendar.current import Calendars
from logbook.clock import Clock, local
from logbook.database import rate_limits, shared_clock
from logbook.database.engine import Database
from logbook.process import disk
from logbook.provider import ProviderError
from logbook.recordings import at_provider
from logbook.recordings.at_provider import Held
from logbook.retention import backup
from logbook.sending import alarms, desk_alarms
from logbook.sending.alarms import Alarm
from logbook.settings.loading import Settings

COMPARED = "recordings-compared"
DAY = timedelta(days=1)
LOOK_BACK = timedelta(days=3)
"""How far back the provider's list is compared; once a day, so each recording is looked for three times."""
STILL_COMING = timedelta(hours=1)
"""The callback of so young a recording may still come."""
LONGEST_CALL = timedelta(hours=4)


class ListsRecordings(Protocol):
    """What is needed of the provider; `logbook.recordings.at_provider.RecordingsAtProvider` is one."""

    def since(self, moment: datetime) -> list[Held]:
        """Return the recordings made after `moment`."""


@dataclass(frozen=True, slots=True)
class AlarmsDue:
    """Everything that looking for trouble needs; `machine` is a clock that is never moved.

    `ahead` says how far this machine's clock is ahead of the one that all runners share.
    """

    database: Database
    clock: Clock
    machine: Clock
    settings: Settings
    calendars: Calendars
    provider: ListsRecordings
    backups: Path
    ahead: Callable[[Connection], timedelta] = lambda conn: shared_clock.ahead(conn, Clock())

    def look(self, still_ours: Callable[[], bool]) -> int:
        """Open an escalation for each new trouble, end those that are over, and return how many were opened.

        Once a day the provider's recordings are compared with ours, and the missing ones taken in. Raises
        DatabaseBusyError.
        """
        if not still_ours():
            return 0
        self.compare(still_ours)
        now = self.clock.now()
        outside = self._outside()
        with self.database.writing() as conn:
            return alarms.tell(conn, [*outside, *self._inside(conn, now)], now)

    def compare(self, still_ours: Callable[[], bool]) -> int:
        """Take in recordings that the provider holds and never reported, once a day; return how many."""
        now = self.clock.now()
        with self.database.reading() as conn:
            if rate_limits.used(conn, COMPARED, DAY, now):
                return 0
        log = structlog.get_logger("scheduler")
        try:
            held = [one for one in self.provider.since(now - LOOK_BACK) if one.made_at <= now - STILL_COMING]
        except ProviderError as error:
            if not (self.settings.is_demo and error.later):  # the stand-in is not there yet: asked next tick
                log.warning("provider's recordings not compared", error=str(error))
            return 0
        taken = 0
        with self.database.writing() as conn:
            if not still_ours() or not rate_limits.spend(conn, COMPARED, DAY, 1, now):
                return 0
            for one in at_provider.not_here(conn, held):
                if at_provider.take_in(conn, one, now):
                    taken += 1
                else:
                    log.warning("recording of a call nobody knows", recording=one.sid)
        if taken:
            log.warning("recordings found at the provider that were not here", count=taken)
        return taken

    def _outside(self) -> list[Alarm]:
        """What is looked at outside the database: the disk and the copies.

        A copy is as old as the machine says. A database without one began by the office's clock: in a
        demonstration at another time it is not late before both clocks say so.
        """
        part = self.settings.retention
        machine = self.machine.now()
        last = backup.newest(self.backups, machine)
        with self.database.reading() as conn:
            begun = alarms.begun_at(conn)
        late_by = machine if last else min(machine, self.clock.now())
        needed = not self.database.is_sqlite
        return [
            *alarms.disk(disk.free_mb(self.settings.data_folder), part.least_disk_mb),
            *alarms.backup_late(last.made_at if last else None, begun, late_by),
            *alarms.backup_program(needed, not needed or shutil.which("pg_dump") is not None),
        ]

    @property
    def _longest_open(self) -> timedelta:
        """Until then every call has its end, were it the longest a provider allows and lost at its end."""
        return LONGEST_CALL + timedelta(minutes=self.settings.line.lost_after_minutes) + STILL_COMING

    def _inside(self, conn: Connection, now: datetime) -> list[Alarm]:
        today = local(now).date()
        times, shut = self.calendars.now(conn)
        return [
            *alarms.roster_gap(conn, self.settings.duty, times, shut, now),
            *alarms.holidays_missing(self.settings.official_days, today),
            *alarms.recordings_lost(conn, now),
            *alarms.calls_unended(conn, now - self._longest_open),
            *alarms.deliveries_failed(conn, now),
            *alarms.deliveries_unsent(conn, now),
            *alarms.matters_unheard(conn, self.settings),
            *alarms.clock_apart(self.ahead(conn)),
            *desk_alarms.slips_short(conn, self.settings.dossiers, times.office, now),
            *desk_alarms.meeting_missing(conn, self.settings.dossiers, now),
        ]
