"""Advances escalations: writes the due step of each unacknowledged one into the outbox, once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from sqlalchemy import Connection

from logbook.calendar.current import Calendars
from logbook.clock import Clock
from logbook.database.engine import Database, DatabaseBusyError
from logbook.ids import EscalationId
from logbook.outbox import deliveries, escalation_policy
from logbook.outbox.escalation_policy import ConflictOfInterest
from logbook.outbox.escalations import Escalation
from logbook.sending import escalation_steps
from logbook.sending.quiet_hours import TellingHours
from logbook.settings.loading import Settings
from logbook.settings.notifications import EscalationStep, OfficialPart

BATCH = 200


@dataclass(frozen=True, slots=True)
class EscalationsDue:
    """Everything that advancing needs; the calendars say when somebody may be disturbed."""

    database: Database
    clock: Clock
    settings: Settings
    calendars: Calendars

    def advance(self, have_lease: Callable[[], bool]) -> int:
        """Take the due step of every escalation, the oldest first; return how many deliveries were written.

        One transaction per escalation, while `have_lease()`. The state stands in the row alone: after hours
        of downtime each escalation takes the one step it stands at (F-05), and two runners put every step
        once. One bad row never holds up the rest. Raises DatabaseBusyError.
        """
        log = structlog.get_logger("scheduler")
        sent = 0
        for escalation_id in self._due():
            if not have_lease():
                break
            try:
                with self.database.writing() as conn:
                    sent += self._take(conn, escalation_id)
            except DatabaseBusyError:
                raise
            except Exception:
                log.exception("escalation not moved, next tick tries again", escalation=escalation_id)
        return sent

    def _due(self) -> Iterator[EscalationId]:
        after: tuple[datetime, int] | None = None
        while True:
            with self.database.reading() as conn:
                batch = escalation_steps.due(conn, self.clock.now(), BATCH, after)
            yield from (EscalationId(number) for _, number in batch)
            if len(batch) < BATCH:
                return
            after = batch[-1]

    def _take(self, conn: Connection, escalation_id: EscalationId) -> int:
        row = escalation_steps.locked(conn, escalation_id)
        now = self.clock.now()
        if row is None or row.next_at is None or row.next_at > now:
            return 0
        times, _ = self.calendars.now(conn)
        hours = TellingHours(self.settings.notifications, times.office)
        earliest = hours.earliest(now, urgent=row.urgent)
        if earliest > now:
            escalation_steps.advance(conn, row, replace(row, next_at=earliest))
            return 0
        walk = _Walk(
            self.settings, hours, escalation_policy.conflict_of_interest(conn, row.ticket_id), conn, now
        )
        stands, sent = walk.on(row)
        escalation_steps.advance(conn, row, stands)
        return int(sent > 0)


def from_the_first(due: EscalationsDue) -> Callable[[Callable[[], bool]], int]:
    """Return the advancing of `due`; its first tick re-reads escalations that nobody was notified of yet.

    Such a row waits for an hour worked out by the settings of the process before, which may have changed.
    """
    looked = False

    def advance(have_lease: Callable[[], bool]) -> int:
        nonlocal looked
        if not looked:
            with due.database.writing() as conn:
                escalation_steps.look_again(conn, due.clock.now())
            looked = True
        return due.advance(have_lease)

    return advance


@dataclass(frozen=True, slots=True)
class _Walk:
    """One escalation at one moment."""

    settings: Settings
    hours: TellingHours
    away: ConflictOfInterest
    conn: Connection
    now: datetime

    def on(self, row: Escalation) -> tuple[Escalation, int]:
        """Notify whom the ladder names at this moment; return the row as it then stands and the steps taken.

        After its last step, or when the settings have shortened it, the ladder begins again at the opening
        of the next working day (ASK-24). A step that cannot be taken is skipped at once.
        """
        steps = escalation_policy.steps(self.settings.notifications, row.ladder)
        stands, sent = row, 0
        while stands.step < len(steps) and stands.next_at is not None and stands.next_at <= self.now:
            step = steps[stands.step]
            official = self._hears(row, step)
            if official is None or stands.tries >= step.times:
                stands = replace(stands, step=stands.step + 1, tries=0)
                continue
            self._put(stands, step, official)
            sent += 1
            stands = self._next(replace(stands, tries=stands.tries + 1), steps)
        if stands.step < len(steps):
            return stands, sent
        if sent == row.step == row.tries == 0:
            log = structlog.get_logger("scheduler")
            log.warning("nobody on the ladder can be told", escalation=row.id, ladder=row.ladder)
        opens = self.hours.next_day(self.now)
        return replace(stands, step=0, tries=0, cycle=stands.cycle + 1, next_at=opens), sent

    def _next(self, stands: Escalation, steps: tuple[EscalationStep, ...]) -> Escalation:
        """The row with its next try, or with the next step that can be taken."""
        step = steps[stands.step]
        if stands.tries < step.times:
            return replace(stands, next_at=self._after(stands, step.every_minutes))
        for number in range(stands.step + 1, len(steps)):
            if self._hears(stands, steps[number]) is not None:
                when = self._after(stands, steps[number].after_minutes)
                return replace(stands, step=number, tries=0, next_at=when)
        return replace(stands, step=len(steps), tries=0)

    def _after(self, stands: Escalation, minutes: int) -> datetime:
        return self.hours.after(self.now, minutes, urgent=stands.urgent)

    def _hears(self, row: Escalation, step: EscalationStep) -> OfficialPart | None:
        return escalation_steps.hears(self.settings, row, step, self.away)

    def _put(self, stands: Escalation, step: EscalationStep, official: OfficialPart) -> None:
        deliveries.put(
            self.conn,
            key=f"escalation:{stands.id}:{stands.cycle}:{stands.step}:{stands.tries}",
            kind=stands.kind,
            recipient=official.id,
            channel=step.channel,
            escalation_id=stands.id,
            ticket_id=stands.ticket_id,
            params=json.loads(stands.params),
            now=self.now,
        )
