"""The timetable: which ticks there are, how often, and what each calls; what is due stands in tables."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from logbook.clock import ZONE
from logbook.database import DatabaseBusy
from scheduler.housekeeping import RecordingsDue
from scheduler.lease import RENEW_EVERY, Lease
from scheduler.returns import ReturnsDue

RECORDINGS_EVERY = 5.0
RETURNS_EVERY = 2.0
RECONCILE_EVERY = 60.0


@dataclass(frozen=True, slots=True)
class Job:
    """One tick: its name, the seconds between two of them, and the function."""

    name: str
    every: float
    run: Callable[[], object]


def timetable(lease: Lease, recordings_due: RecordingsDue, returns_due: ReturnsDue) -> tuple[Job, ...]:
    """Return all ticks; everything but the lease itself happens only while the lease is held."""

    def fetch_recordings() -> None:
        if lease.held():
            recordings_due.fetch(lease.held)

    def return_calls() -> None:
        if lease.held():
            returns_due.place(lease.held)

    def reconcile_calls() -> None:
        if lease.held():
            returns_due.reconcile(lease.held)

    return (
        Job("lease", RENEW_EVERY, lease.keep),
        Job("recordings", RECORDINGS_EVERY, fetch_recordings),
        Job("returned calls", RETURNS_EVERY, return_calls),
        Job("returned calls asked about", RECONCILE_EVERY, reconcile_calls),
    )


def ticking(jobs: Sequence[Job]) -> BackgroundScheduler:
    """Return a scheduler that ticks, not yet started: late ticks are never dropped and never pile up.

    It keeps no jobs of its own: a job store loses what a killed process had begun (reliability.md, 1).
    """
    scheduler = BackgroundScheduler(
        timezone=ZONE,
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
    )
    for job in jobs:
        scheduler.add_job(guarded(job), "interval", seconds=job.every, id=job.name, name=job.name)
    return scheduler


def guarded(job: Job) -> Callable[[], None]:
    """Return the job so that a failure is said and the next tick comes all the same."""
    log = structlog.get_logger("scheduler").bind(job=job.name)

    def run() -> None:
        try:
            job.run()
        except DatabaseBusy as error:
            log.warning("database busy, next tick tries again", error=str(error).splitlines()[0])
        except Exception:
            log.exception("tick failed, next tick tries again")

    return run
