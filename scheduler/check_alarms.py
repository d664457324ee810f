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
from logbook.clock import Clock
from logbook.database import rate_limits, shared_clock
from logbook.database.engine import Database
from logbook.process import disk
from logbook.provider import ProviderError
from logbook.recordings import at_provider
from logbook.recordings.at_provider import Held
from logbook.retention import backup
from logbook.sending.alarms import alarms
from logbook.sending.alarms import registry as alarm_checks
from logbook.sending.alarms.registry import STILL_COMING, AlarmView, MachineState
from logbook.settings.loading import Settings

COMPARED = "recordings-compared"
DAY = timedelta(days=1)
LOOK_BACK = timedelta(days=3)
"""How far back the provider's list is compared; once a day, so each recording is looked for three times."""


class ListsRecordings(Protocol):
    """What is needed of the provider; `logbook.recordings.at_provider.RecordingsAtProvider` is one."""

    def since(self, moment: datetime) -> list[Held]:
        """Return the recordings made after `moment`."""


@dataclass(frozen=True, slots=True)
class AlarmsDue:
    """Everything that checking for alarms needs; `machine` is a clock that is never moved.

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

    def run_once(self, have_lease: Callable[[], bool]) -> int:
        """Open an escalation for each new trouble, end those that are over, and return how many were opened.

        Once a day the provider's recordings are compared with ours, and the missing ones taken in. Raises
        DatabaseBusyError.
        """
        if not have_lease():
            return 0
        self.compare(have_lease)
        now = self.clock.now()
        free, newest = (
            disk.free_mb(self.settings.data_folder),
            backup.newest(self.backups, self.machine.now()),
        )
        lacks_copier = not self.database.is_sqlite and shutil.which("pg_dump") is None
        with self.database.reading() as conn:
            times, shut = self.calendars.now(conn)
            machine = MachineState(
                free_mb=free,
                newest_copy=newest.made_at if newest else None,
                now=self.machine.now(),
                lacks_copier=lacks_copier,
                clock_ahead=self.ahead(conn),
            )
            view = AlarmView(conn, self.settings, times, shut, now, machine)
            found = alarm_checks.found(view)
        with self.database.writing() as conn:
            return alarms.tell(conn, found, now)

    def compare(self, have_lease: Callable[[], bool]) -> int:
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
            if not have_lease() or not rate_limits.spend(conn, COMPARED, DAY, 1, now):
                return 0
            for one in at_provider.not_here(conn, held):
                if at_provider.take_in(conn, one, now):
                    taken += 1
                else:
                    log.warning("recording of a call nobody knows", recording=one.sid)
        if taken:
            log.warning("recordings found at the provider that were not here", count=taken)
        return taken
