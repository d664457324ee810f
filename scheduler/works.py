"""Everything the clock looks at, built from the settings of one installation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from logbook import beats
from logbook.clock import Clock
from logbook.database import Database
from logbook.provider import Telephone
from logbook.recording_fetch import RecordingFetcher
from logbook.recording_folder import RecordingFolder
from logbook.returned_calls import Limits
from logbook.settings import Settings
from scheduler.housekeeping import RecordingsDue
from scheduler.jobs import Work
from scheduler.returns import ReturnsDue

RECORDINGS_EVERY = 5.0
RETURNS_EVERY = 2.0
RECONCILE_EVERY = 60.0
BEAT_EVERY = 20.0


def works(settings: Settings, database: Database, clock: Clock) -> tuple[Work, ...]:
    """Return all work of one installation."""
    returns = returns_due(settings, database, clock)
    return (
        Work("recordings", RECORDINGS_EVERY, recordings_due(settings, database, clock).fetch),
        Work("returned calls", RETURNS_EVERY, returns.place),
        Work("returned calls asked about", RECONCILE_EVERY, returns.reconcile),
    )


def beating(database: Database, clock: Clock) -> Callable[[str], None]:
    """Return what writes a sign of life by the machine's clock, at most every twenty seconds a name."""
    last: dict[str, float] = {}

    def done(name: str) -> None:
        moment = clock.monotonic()
        if moment - last.get(name, moment - BEAT_EVERY) < BEAT_EVERY:
            return
        with database.writing() as conn:
            beats.beat(conn, name, clock.now())
        last[name] = moment

    return done


def recordings_due(settings: Settings, database: Database, clock: Clock) -> RecordingsDue:
    """Build what fetches recordings."""
    part = settings.recordings
    return RecordingsDue(
        database=database,
        fetcher=RecordingFetcher(
            settings.provider_url,
            settings.account_sid,
            settings.auth_token.get_secret_value(),
            part.max_bytes,
            part.fetch_seconds,
        ),
        folder=RecordingFolder(settings.data_folder / "recordings"),
        clock=clock,
        fetch_seconds=part.fetch_seconds,
        retry_hours=part.retry_hours,
        delete_at_provider=part.delete_at_provider,
    )


def returns_due(settings: Settings, database: Database, clock: Clock) -> ReturnsDue:
    """Build what places returned calls."""
    line, duty, budgets = settings.line, settings.duty, settings.budgets
    caller_id = line.caller_id or line.number
    return ReturnsDue(
        database=database,
        telephone=Telephone(
            settings.provider_url, settings.account_sid, settings.auth_token.get_secret_value()
        ),
        clock=clock,
        limits=Limits(
            budgets.returned_calls_per_number_per_day,
            budgets.returned_calls_per_day,
            frozenset({line.number, caller_id}),
        ),
        public_url=settings.public_url,
        caller_id=caller_id,
        ring_seconds=duty.ring_seconds,
        longest=timedelta(seconds=2 * duty.ring_seconds + duty.talk_limit_seconds),
    )
