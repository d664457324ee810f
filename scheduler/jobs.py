"""The timetable: how often each job runs; what is due stands in tables (FACT-1)."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from apscheduler.events import EVENT_JOB_EXECUTED
from apscheduler.schedulers.background import BackgroundScheduler

from logbook.clock import ZONE, Clock
from logbook.database.engine import DatabaseBusyError
from logbook.database.heartbeats import VITAL
from scheduler.lease import RENEW_EVERY, Lease
from scheduler.progress import Progress

SET_BACK = 1.0
"""Seconds a clock may lose between two looks without anybody caring."""
LEASE = "lease"
"""The name of the tick that takes and renews the lease, and returns whether it is held."""


@dataclass(frozen=True, slots=True)
class Work:
    """A job: its name, the seconds between two runs, and the function that runs it once.

    The function is handed `have_lease`, to be asked before every step: whoever has lost the lease stops. By
    that it is known, too, that the work gets on. After `stretch` seconds the answer is no, and the next tick
    goes on: what hangs in one step keeps nothing else for long (S4).
    """

    name: str
    every: float
    run_once: Callable[[Callable[[], bool]], object]
    stretch: float = math.inf


@dataclass(frozen=True, slots=True)
class Job:
    """One tick: its name, the seconds between two of them, and the function."""

    name: str
    every: float
    run: Callable[[], object]


def watched(jobs_of_office: Iterable[Work]) -> dict[str, float]:
    """Return the vital jobs with the seconds between two runs: those that notify people, and the lease."""
    return {LEASE: RENEW_EVERY} | {work.name: work.every for work in jobs_of_office if work.name in VITAL}


def timetable(
    lease: Lease, jobs_of_office: Iterable[Work], done: Callable[[str], object], progress: Progress
) -> tuple[Job, ...]:
    """Return all ticks; everything but the lease itself happens only while the lease is held.

    `done` gets the name of each job that ran to its end (F-24). The lease is not
    renewed while vital work is stuck, so that a standby takes over (S4).
    """

    def held(work: Work) -> Callable[[], object]:
        def run() -> None:
            by = lease.clock.monotonic() + work.stretch

            def have_lease() -> bool:
                progress.moved(work.name)
                return lease.held() and lease.clock.monotonic() < by

            progress.begun(work.name)
            try:
                if lease.held():
                    work.run_once(have_lease)
                    done(work.name)
            finally:
                progress.ended(work.name)

        return run

    def keep() -> bool:
        if progress.stuck():
            return False
        progress.begun(LEASE)
        try:
            return lease.keep()
        finally:
            progress.ended(LEASE)

    ticks = tuple(Job(work.name, work.every, held(work)) for work in jobs_of_office)
    return (Job(LEASE, RENEW_EVERY, keep), *ticks)


def ticking(jobs: Sequence[Job], clock: Clock) -> BackgroundScheduler:
    """Return a scheduler that ticks from its start on: late ticks are never dropped and never pile up.

    A standby that takes the lease over runs every job at once (F-20). It keeps no jobs of its own: a
    job store loses what a killed process had begun (FACT-1).
    """
    scheduler = BackgroundScheduler(
        timezone=ZONE,
        executors={"default": {"type": "threadpool", "max_workers": max(1, len(jobs))}},
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
    )
    for job in jobs:
        scheduler.add_job(
            guarded(job),
            "interval",
            seconds=job.every,
            id=job.name,
            name=job.name,
            next_run_time=clock.now(),
        )
    scheduler.add_listener(_on_taking_over(scheduler, clock), EVENT_JOB_EXECUTED)
    return scheduler


def _on_taking_over(scheduler: BackgroundScheduler, clock: Clock) -> Callable[[Any], None]:
    """Return what hears of every tick, and makes all come at once when the lease was not held and now is."""
    stood_by = False

    def heard(event: Any) -> None:
        nonlocal stood_by
        if event.job_id != LEASE:
            return
        if stood_by and event.retval is True:
            _all_at_once(scheduler, clock)
        stood_by = event.retval is False

    return heard


def _all_at_once(scheduler: BackgroundScheduler, clock: Clock) -> None:
    for job in scheduler.get_jobs():
        job.modify(next_run_time=clock.now())


class Watch:
    """Checks whether the machine's clock was set back, which would leave every tick waiting (F-13)."""

    def __init__(self, scheduler: BackgroundScheduler, clock: Clock) -> None:
        """Remember how wall and watch go together now."""
        self._scheduler = scheduler
        self._clock = clock
        self._behind = self._apart()

    def look(self) -> bool:
        """Make every tick come at once when the clock was set back since the last look; True then."""
        apart, before = self._apart(), self._behind
        self._behind = apart
        if before - apart <= SET_BACK:
            return False
        structlog.get_logger("scheduler").warning("clock set back", seconds=round(before - apart))
        _all_at_once(self._scheduler, self._clock)
        return True

    def _apart(self) -> float:
        return self._clock.now().timestamp() - self._clock.monotonic()


def guarded(job: Job) -> Callable[[], object]:
    """Wrap a job: a failure is logged, returned as None, and the next tick still comes."""
    log = structlog.get_logger("scheduler").bind(job=job.name)

    def run() -> object:
        try:
            return job.run()
        except DatabaseBusyError as error:
            log.warning("database busy, next tick tries again", error=str(error).splitlines()[0])
        except Exception:
            log.exception("tick failed, next tick tries again")
        return None

    return run
