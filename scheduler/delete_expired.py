"""Deletes what is past its retention, and makes the nightly backup (B4, T-22, F-16)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import select

from logbook.accounts import kept_forms
from logbook.clock import Clock
from logbook.database import sqlite_copy
from logbook.database.engine import Database
from logbook.database.tables import tickets
from logbook.ids import TicketId
from logbook.plan import evidence, forgetting
from logbook.publications import publicity
from logbook.ratings.paper import readings
from logbook.recordings.fetch import FetchError, RecordingFetcher
from logbook.recordings.files import RecordingFolder
from logbook.recordings.recordings import Recording, claim
from logbook.retention import backup, desk, erasure, restore, rules
from logbook.retention.rules import Terms
from logbook.settings.notifications import RetentionPart

AT_ONCE = 50
"""Rows of a kind that one sweep works on; what is left is still over at the next."""
HOLD = timedelta(minutes=10)
_OLD_BOOK = re.compile(r".+\.before-(?:upgrade|restore)-(\d{8}T\d{6})\d*Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class RetentionDue:
    """Everything that deleting by rule needs."""

    database: Database
    fetcher: RecordingFetcher
    folder: RecordingFolder
    clock: Clock
    part: RetentionPart
    data_folder: Path

    def sweep(self, have_lease: Callable[[], bool]) -> int:
        """Delete what is past its retention while `have_lease()`; return how many. DatabaseBusyError.

        Each row is its own transaction; a process killed anywhere finds the rest over again.
        """
        over = rules.terms(self.part, self.clock.now())
        done = self._sounds(over, have_lease) + self._rows(over, have_lease) + self._desk(over, have_lease)
        if have_lease():
            with self.database.writing() as conn:
                rules.delete_rate_limits(conn, self.clock.now())
                kept_forms.forget_old(conn, self.clock.now())
                if readings.forget_old(conn, self.clock.now()):
                    rules.mark_unclean(conn)
                publicity.forget_old(conn, self.part.publicity_years, self.clock.now())
                if evidence.forget_old(conn, self.part.plan_years, self.clock.now()):
                    rules.mark_unclean(conn)
                if forgetting.forget_old(conn, self.part, self.clock.now()):
                    rules.mark_unclean(conn)
            self._strays(over)
            self._old_books()
            if rules.clean_file(self.database):
                structlog.get_logger("scheduler").info("file written anew without what was erased")
        return done

    # --- recordings: claim, delete outside a transaction, then write

    def _sounds(self, over: Terms, have_lease: Callable[[], bool]) -> int:
        with self.database.reading() as conn:
            found = rules.recordings_over(conn, over, AT_ONCE)
        done = 0
        for recording in found:
            if not have_lease():
                break
            with self.database.writing() as conn:
                now = self.clock.now()
                mine = rules.is_over(conn, recording, over) and claim(conn, recording, HOLD, now)
            if mine:
                self._remove(recording, over)
                done += 1
        return done

    def _remove(self, recording: Recording, over: Terms) -> None:
        log = structlog.get_logger("scheduler").bind(recording=recording.id)
        at_provider = recording.state == "absent" or self._gone_at_provider(recording)
        if recording.file_name is not None:
            self.folder.remove(recording.file_name)
        with self.database.writing() as conn:
            erasure.recording_removed(
                conn, recording, over.rule("recording_months"), self.clock.now(), at_provider=at_provider
            )
        log.info("recording deleted by rule", at_provider=at_provider)

    def _gone_at_provider(self, recording: Recording) -> bool:
        if recording.provider_deleted_at is not None:
            return True
        try:
            self.fetcher.delete(recording.sid)
        except FetchError as error:
            structlog.get_logger("scheduler").warning("provider's copy not deleted", error=str(error))
            return False
        return True

    def _strays(self, over: Terms) -> None:
        """Remove sounds past their retention that no row names, left by a killed process (F-15)."""
        with self.database.reading() as conn:
            named = rules.files_named(conn)
        strays = [name for name in self.folder.names_before(over.recording) if name not in named]
        for name in strays:
            (self.folder.path / name).unlink(missing_ok=True)
        if strays:
            structlog.get_logger("scheduler").info("sounds nobody names deleted by rule", count=len(strays))

    # --- rows

    def _rows(self, over: Terms, have_lease: Callable[[], bool]) -> int:
        with self.database.reading() as conn:
            of_tickets = rules.tickets_over(conn, over, AT_ONCE)
            of_calls = rules.calls_over(conn, over, AT_ONCE)
            of_ratings = rules.numbers_over(conn, over, AT_ONCE)
        done = 0
        for ticket_id in of_tickets:
            done += have_lease() and self._erase_ticket(ticket_id, over)
        for call_id, rated in of_calls:
            if have_lease():
                with self.database.writing() as conn:
                    rules.mark_unclean(conn)
                    rule, now = over.rule("call_months"), self.clock.now()
                    erasure.erase_call(conn, call_id, rule, now, keep_number=rated)
                done += 1
        for response_id in of_ratings:
            if have_lease():
                with self.database.writing() as conn:
                    rules.mark_unclean(conn)
                    rule = over.rule("rating_years")
                    erasure.erase_number_beside(conn, response_id, rule, self.clock.now())
                done += 1
        return done

    def _desk(self, over: Terms, have_lease: Callable[[], bool]) -> int:
        """Erase what is over of the desk, so many rows a transaction, until nothing is."""
        done = 0
        for kind in desk.KINDS:
            many = desk.AT_ONCE
            while many == desk.AT_ONCE and have_lease():
                with self.database.writing() as conn:
                    many = desk.sweep(conn, kind, over, self.clock.now())
                done += many
        return done

    def _erase_ticket(self, ticket_id: TicketId, over: Terms) -> bool:
        """Erase one ticket, unless a hold was set or it was opened again since it was looked for."""
        with self.database.writing() as conn:
            conn.execute(select(tickets.c.id).where(tickets.c.id == ticket_id).with_for_update())
            if not rules.tickets_over(conn, over, 1, only=ticket_id):
                return False
            rules.mark_unclean(conn)
            erasure.erase_ticket(conn, ticket_id, over.rule("ticket_years"), self.clock.now())
        return True

    def _old_books(self) -> None:
        """Remove whole books kept beside, from upgrades and restores, when as old as the oldest copy."""
        before = self.clock.now() - timedelta(days=self.part.backups_kept)
        restore.forget_replaced(self.database, before)
        restore.forget_unfinished(self.database)
        for file in self.data_folder.glob("*.before-*Z"):
            found = _OLD_BOOK.fullmatch(file.name)
            if found and datetime.strptime(found[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC) < before:
                file.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class BackupsDue:
    """Everything that the nightly copy needs; `clock` is the machine's own, never a moved one."""

    database: Database
    clock: Clock
    part: RetentionPart
    recordings: Path
    folder: Path

    def make(self, have_lease: Callable[[], bool]) -> bool:
        """Make the copy of the latest night when it is missing and drop those too many; whether one was made.

        A copy that fails is said and tried again at the next tick; the alarm is raised by its age. Raises
        nothing of its own but DatabaseBusyError.
        """
        now = self.clock.now()
        last = backup.newest(self.folder, now)
        if not have_lease() or not backup.due(last.made_at if last else None, now, self.part.backup_at):
            return False
        log = structlog.get_logger("scheduler")
        try:
            made = backup.make(self.database, self.recordings, self.folder, now)
        except (sqlite_copy.BackupFailedError, sqlite_copy.UnsoundBackupError) as problem:
            log.error("no backup could be made", error=str(problem))
            return False
        gone = backup.prune(self.folder, self.part.backups_kept, now)
        log.info("backup made", file=made.path.name, rows=sum(made.rows.values()), removed=len(gone))
        if made.missing:
            log.error("recordings missing from the backup", count=len(made.missing))
        return True
