"""The jobs of one office on the wheel: first to open its book, then what an office alone does."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog

from logbook.clock import Clock
from logbook.database.engine import AMONG_MANY_KIB, Database, DatabaseBusyError
from logbook.offices.environment import settings_of
from logbook.offices.register import OfficeEntry
from logbook.process import time_limit
from logbook.sending.trial import settle_mode
from scheduler.all_jobs import beating, jobs_of_office
from scheduler.jobs import Job, guarded, timetable, watched
from scheduler.lease import Lease
from scheduler.progress import Progress

OPEN_EVERY = 2.0
LONGEST_PAUSE = 60.0
"""Seconds between two attempts to open a book that could not be opened again and again."""
LET_GO_SECONDS = 5.0
log = structlog.get_logger("scheduler")


class SchedulerOffice:
    """One office: its book is opened by the first job, and closed by `close`."""

    def __init__(self, entry: OfficeEntry, environ: Mapping[str, str], owner: str) -> None:
        """Nothing is open yet; `owner` names this process in the lease."""
        self.entry, self.code = entry, entry.code
        self._environ, self._owner = environ, owner
        self._database: Database | None = None
        self._lease: Lease | None = None
        self._progress: Progress | None = None
        self._lock = threading.Lock()
        self._closed = False
        self._pause = OPEN_EVERY
        self._said = ""
        self._jobs: Sequence[Job] = (self._to_open(),)

    def jobs(self) -> Sequence[Job]:
        """To open the book; once it is open, the timetable of an office alone."""
        return self._jobs

    def sign(self) -> object:
        """How the files of a SQLite book stand; None on PostgreSQL and before it is open."""
        if self._database is None or not self._database.is_sqlite:
            return None
        return _sign(self._database.file), _sign(
            self._database.file.with_name(f"{self._database.file.name}-wal")
        )

    def rest(self) -> None:
        """Give back files and connections until the next job."""
        if self._database is not None:
            self._database.close()

    def stuck(self) -> list[str]:
        """The vital jobs that do not get on."""
        return [] if self._progress is None else self._progress.look()

    def retire(self) -> None:
        """Stop working: the running step ends, and nothing new begins."""
        if self._lease is not None:
            self._lease.retire()

    def close(self) -> None:
        """Give the lease back, within its time, and close the book."""
        with self._lock:
            self._closed = True
        self.retire()
        if self._lease is not None:
            try:
                time_limit.within(LET_GO_SECONDS, self._lease.let_go)
            except (DatabaseBusyError, time_limit.TookTooLongError):
                log.warning("lease not given back; it runs out by itself", office=self.code)
        self.rest()

    def _to_open(self) -> Job:
        return Job("open", self._pause, self._open)

    def _open(self) -> None:
        """Open the book and take up its jobs; a book that cannot be opened is named and tried again."""
        try:
            opened = self._opened()
        except Exception as problem:
            self._later(
                str(problem) or type(problem).__name__, error=not isinstance(problem, DatabaseBusyError)
            )
            return
        if not opened:
            self._later("waiting for the database and its tables", error=False)

    def _later(self, why: str, *, error: bool) -> None:
        self._pause = min(LONGEST_PAUSE, 2 * self._pause) if error else OPEN_EVERY
        self._jobs = (self._to_open(),)
        if why != self._said:
            (log.error if error else log.info)("office not scheduled", office=self.code, problem=why)
        self._said = why

    def _opened(self) -> bool:
        settings = settings_of(self.entry, self._environ)
        clock, real = Clock(settings.starts_at), Clock()
        database = Database(
            settings.database_url,
            pool_size=4,
            comes_later=True,
            give_way=time.sleep,
            cache_kib=AMONG_MANY_KIB,
        )
        try:
            if not database.at_head():
                database.close()
                return False
            with database.writing() as conn:
                settle_mode(conn, settings, clock.now())
        except BaseException:
            database.close()
            raise
        lease = Lease(database, real, self._owner)
        works = jobs_of_office(settings, database, clock, lease)
        # A job that waits for its turn among many offices is not stuck, only one that has begun can be.
        progress = Progress(real, dict.fromkeys(watched(works), math.inf), most_abandoned=math.inf)
        timed = timetable(lease, works, beating(database, real), progress)
        with self._lock:
            if self._closed:
                database.close()
                return True
            self._database, self._lease, self._progress = database, lease, progress
            self._jobs = tuple(Job(job.name, job.every, guarded(job)) for job in timed)
        return True


def _sign(file: Path) -> tuple[int, int]:
    try:
        found = file.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size
