"""Warns of deadlines: reminds of those that fall soon, escalates those that passed, once each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
from sqlalchemy import Connection

from logbook.calendar.current import Calendars
from logbook.calendar.of_settings import WorkingTimes
from logbook.clock import Clock
from logbook.database.engine import Database, DatabaseBusyError
from logbook.ids import TicketId
from logbook.sending import deadline_warnings
from logbook.sending.deadline_warnings import DeadlineWarnings
from logbook.settings.loading import Settings
from logbook.tickets import deadline_changes
from logbook.tickets.tickets import TicketHead

BATCH = 500
SETTLED = 60.0
"""Seconds after which nobody opens a ticket by an older calendar any more."""
AGAIN = 600.0
"""Seconds between two recounts by the same calendar: another process may have seen another meanwhile."""


@dataclass(slots=True)
class _Seen:
    """The calendar by which deadlines were last computed, since when, and when to do so again."""

    times: WorkingTimes | None = None
    since: float = 0.0
    next: float = 0.0


@dataclass(frozen=True, slots=True)
class DeadlinesDue:
    """Everything that watching the deadlines needs."""

    database: Database
    clock: Clock
    settings: Settings
    calendars: Calendars
    _seen: _Seen = field(default_factory=_Seen)

    def run_once(self, have_lease: Callable[[], bool]) -> int:
        """Go through all tickets with open deadlines; return how many moved and escalations opened or ended.

        What is wanted is worked out from a reading of 500 tickets, and what differs from the database is put
        right ticket by ticket, each in a transaction that reads it again: two runners, or one killed
        anywhere, leave exactly one row for each ticket, deadline, end and level (F-05). Raises
        DatabaseBusyError.
        """
        moved = self._follow_calendar(have_lease)
        return moved + self._each(
            have_lease,
            lambda conn, batch: self._judge(conn).wrong(conn, batch),
            lambda conn, ticket_id: self._judge(conn).put_right(conn, ticket_id),
        )

    def _follow_calendar(self, have_lease: Callable[[], bool]) -> int:
        """Move the stored deadlines after the calendar has changed, however that was done.

        Whether it has is this process's own memory: after a start everything is checked once.
        """
        with self.database.reading() as conn:
            times, _ = self.calendars.now(conn)
        seen, at = self._seen, self.clock.monotonic()
        if times is not seen.times:
            seen.times, seen.since, seen.next = times, at, at
        if at < seen.next:
            return 0
        moved = self._each(
            have_lease,
            lambda conn, batch: deadline_changes.moved(conn, batch, times.office, self.clock.now()),
            lambda conn, ticket_id: deadline_changes.recount(conn, ticket_id, times.office, self.clock.now()),
        )
        if have_lease() and at >= seen.since + SETTLED:
            seen.next = at + AGAIN
        return moved

    def _each(
        self,
        have_lease: Callable[[], bool],
        which: Callable[[Connection, list[TicketHead]], list[TicketId]],
        put_right: Callable[[Connection, TicketId], int],
    ) -> int:
        log = structlog.get_logger("scheduler")
        changed, last = 0, 0
        while True:
            with self.database.reading() as conn:
                batch = deadline_warnings.tickets_after(conn, last, BATCH)
                wrong = which(conn, batch)
            for ticket_id in wrong:
                if not have_lease():
                    return changed
                try:
                    with self.database.writing() as conn:
                        changed += put_right(conn, ticket_id)
                except DatabaseBusyError:
                    raise
                except Exception:
                    log.exception("terms not told, next tick tries again", ticket=ticket_id)
            if len(batch) < BATCH:
                return changed
            last = batch[-1].id

    def _judge(self, conn: Connection) -> DeadlineWarnings:
        times, _ = self.calendars.now(conn)
        return DeadlineWarnings(self.settings, times.office, self.clock.now())
