"""Sends the chairman the results of cases: one message a working day, or each by itself (000-13)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time

import structlog
from sqlalchemy import Connection

from logbook.calendar.current import Calendars
from logbook.calendar.of_settings import WorkingTimes
from logbook.clock import ZONE, Clock, local
from logbook.database.engine import Database
from logbook.outbox.deliveries import CALL
from logbook.sending.case_results import channel
from logbook.settings.loading import Settings
from logbook.settings.notifications import OfficialPart
from logbook.tickets import results as case_results
from logbook.tickets.results import CaseResult

AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class ResultsDue:
    """Everything that sending results needs; all state is in the rows."""

    database: Database
    clock: Clock
    settings: Settings
    calendars: Calendars

    def run_once(self, have_lease: Callable[[], bool]) -> int:
        """Settle delivered results, then write due ones into the outbox; return how many were written.

        A delivery and the results it brings are bound in one transaction, so that a runner killed anywhere
        leaves each result sent once or still to be sent. Raises DatabaseBusyError.
        """
        self._settle(have_lease)
        if not self._any_waits() or not have_lease():
            return 0
        with self.database.writing() as conn:
            return self._put(conn, self.clock.now())

    def _settle(self, have_lease: Callable[[], bool]) -> None:
        with self.database.reading() as conn:
            ended = list(case_results.brought(conn))
        for delivery_id, how in ended:
            if not have_lease():
                return
            with self.database.writing() as conn:
                case_results.settle(conn, delivery_id, how, self.clock.now())

    def _any_waits(self) -> bool:
        with self.database.reading() as conn:
            times, _ = self.calendars.now(conn)
            until = self._until(times, self.clock.now())
            return until is not None and bool(case_results.waiting(conn, until, 1))

    def _until(self, times: WorkingTimes, now: datetime) -> datetime | None:
        """Up to which moment results are sent now; None while it is not yet time.

        What comes after the hour of a day's message is in the next working day's.
        """
        part = self.settings.notifications.results
        if part.how == "each":
            return now
        today = local(now).date()
        hour = datetime.combine(today, time.fromisoformat(part.at), ZONE)
        return hour if now >= hour and times.days.is_working_day(today) else None

    def _put(self, conn: Connection, now: datetime) -> int:
        times, _ = self.calendars.now(conn)
        official, until = case_results.chairman(self.settings), self._until(times, now)
        way = None if official is None else channel(self.settings, official)
        if official is None or way is None or until is None:
            return 0
        found = self._allowed(conn, case_results.waiting(conn, until, AT_ONCE), official, now)
        if self.settings.notifications.results.how == "each":
            parts = [(f"result:{one.row.id}:{local(now):%Y-%m-%d}", [one]) for one in found]
        else:
            size = case_results.SPOKEN if way == CALL else case_results.LINES
            day = f"results:{official.id}:{local(now):%Y-%m-%d}"
            chunks = [found[first : first + size] for first in range(0, len(found), size)]
            parts = [(f"{day}:{number}", chunk) for number, chunk in enumerate(chunks, start=1)]
        return sum(self._one(conn, key, part, official, way, now) for key, part in parts)

    def _allowed(
        self, conn: Connection, found: list[CaseResult], official: OfficialPart, now: datetime
    ) -> list[CaseResult]:
        """Those the chairman may hear; the rest is over, unless whom it concerns turns out otherwise."""
        heard = []
        for one in found:
            why = case_results.kept_from(conn, one.ticket, official)
            if why is None:
                heard.append(one)
            else:
                case_results.end(conn, [one.row.id], why, now)
        return heard

    def _one(
        self,
        conn: Connection,
        key: str,
        results: list[CaseResult],
        official: OfficialPart,
        way: str,
        now: datetime,
    ) -> int:
        """Write one delivery and bind its results; nothing when this day's exists."""
        delivery_id = case_results.put(conn, key, official, way, now)
        if delivery_id is None:
            return 0
        case_results.bind(conn, [one.row.id for one in results], delivery_id)
        structlog.get_logger("scheduler").info("results put", delivery=delivery_id, results=len(results))
        return len(results)
