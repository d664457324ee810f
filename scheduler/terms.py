"""Looks at every ticket's terms: recalls what ends soon, tells what has passed, once each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlalchemy import Connection

from logbook import terms
from logbook.calendars import Calendars
from logbook.clock import Clock
from logbook.database import Database, DatabaseBusy
from logbook.settings import Settings
from logbook.terms import Judge

BATCH = 500


@dataclass(frozen=True, slots=True)
class TermsDue:
    """Everything that watching the terms needs."""

    database: Database
    clock: Clock
    settings: Settings
    calendars: Calendars

    def look(self, still_ours: Callable[[], bool]) -> int:
        """Go through all tickets whose terms run; return how many escalations were opened or ended.

        What is wanted is worked out from a reading of 500 tickets, and what differs from the book is put
        right ticket by ticket, each in a transaction that looks again: two runners, or one killed anywhere,
        leave exactly one row for each ticket, term, end and level (F-05). Raises DatabaseBusy.
        """
        log = structlog.get_logger("scheduler")
        changed, last = 0, 0
        while True:
            with self.database.reading() as conn:
                batch = terms.tickets_after(conn, last, BATCH)
                wrong = self._judge(conn).wrong(conn, batch)
            for ticket_id in wrong:
                if not still_ours():
                    return changed
                try:
                    with self.database.writing() as conn:
                        changed += self._judge(conn).put_right(conn, ticket_id)
                except DatabaseBusy:
                    raise
                except Exception:
                    log.exception("terms not told, next tick tries again", ticket=ticket_id)
            if len(batch) < BATCH:
                return changed
            last = batch[-1].id

    def _judge(self, conn: Connection) -> Judge:
        times, _ = self.calendars.now(conn)
        return Judge(self.settings, times.office, self.clock.now())
