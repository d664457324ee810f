"""Builds all jobs of the scheduler from the settings of one installation."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import timedelta
from threading import Lock

from logbook.calendar.current import Calendars
from logbook.clock import Clock
from logbook.database import heartbeats
from logbook.database.engine import Database
from logbook.database.shared_clock import shared_now
from logbook.prompts.current import OfficePrompts
from logbook.provider import telephone_of
from logbook.recordings.at_provider import RecordingsAtProvider
from logbook.recordings.fetch import RecordingFetcher
from logbook.recordings.files import RecordingFolder
from logbook.sending.gateways.esms import gateway_of
from logbook.sending.gateways.zalo import zalo_of
from logbook.settings.loading import Settings
from scheduler.advance_escalations import EscalationsDue, from_the_first
from scheduler.ask_receipts import ReceiptsDue
from scheduler.channels.webhook import WebhookPost
from scheduler.check_alarms import AlarmsDue
from scheduler.delete_expired import BackupsDue, RetentionDue
from scheduler.housekeeping import RecordingsDue
from scheduler.import_dossiers import ImportsDue
from scheduler.jobs import Work
from scheduler.lease import Lease
from scheduler.make_reports import ReportsDue
from scheduler.open_calls import OpenCallsDue
from scheduler.own_line import OwnLine
from scheduler.remind_duty import DutyReminders
from scheduler.remind_plan import PlanReminders
from scheduler.send_deliveries import deliveries_due
from scheduler.send_results import ResultsDue
from scheduler.send_webhooks import WebhooksDue
from scheduler.sounds.draft_transcripts import TranscriptsDue
from scheduler.sounds.keep_prompts import PromptsDue
from scheduler.take_letters import letters_due
from scheduler.warn_of_deadlines import DeadlinesDue

Held = Callable[[], bool]
RECORDINGS_EVERY = 5.0
SEND_EVERY = 2.0
ADVANCE_EVERY = 2.0
DEADLINES_EVERY = 30.0
RECONCILE_EVERY = 60.0
UNCLEAR_EVERY = 20.0
OPEN_CALLS_EVERY = 20.0
REPORTS_EVERY = 60.0
RESULTS_EVERY = 30.0
ALARMS_EVERY = 60.0
IMPORTS_EVERY = 2.0
WEBHOOKS_EVERY = 5.0
LETTERS_EVERY = 60.0
TRANSCRIPTS_EVERY = 15.0
BACKUPS_EVERY = 300.0
RETENTION_EVERY = 3600.0
BEAT_EVERY = 20.0
A_STRETCH = 30.0
"""Seconds after which work that asks the provider, row by row, leaves the rest to its next tick."""


def jobs_of_office(settings: Settings, database: Database, clock: Clock, lease: Lease) -> tuple[Work, ...]:
    """Return all jobs of one installation; sends carry the fencing number of `lease`.

    The names in `logbook.database.heartbeats.VITAL` are among these.
    """
    calendars = Calendars(settings, clock)
    calendars.work_out()
    recordings = recordings_due(settings, database, clock)
    prompts = PromptsDue(database, recordings.folder, OfficePrompts(settings, clock, {}))
    sender = deliveries_due(settings, database, clock)
    open_calls = open_calls_due(settings, database, clock)
    ladder = EscalationsDue(database, clock, settings, calendars)
    terms = DeadlinesDue(database, clock, settings, calendars)
    reports = ReportsDue(database, clock, settings, calendars)
    results = ResultsDue(database, clock, settings, calendars)
    duty = DutyReminders(database, clock, settings, calendars)
    plan = PlanReminders(database, clock, settings, calendars)

    transcripts = TranscriptsDue(database, clock, settings.transcripts, settings.data_folder)
    hooks = WebhooksDue(database, clock, settings, WebhookPost(settings.connections.webhook_hosts))

    def send(held: Held) -> int:
        epoch = lease.epoch
        return 0 if epoch is None else sender.send(held, epoch)

    return (
        Work("recordings", RECORDINGS_EVERY, recordings.fetch, A_STRETCH),
        Work("prompts", RECORDINGS_EVERY, prompts.run_once, A_STRETCH),
        Work("calls asked about", OPEN_CALLS_EVERY, open_calls.run_once, A_STRETCH),
        Work("escalations", ADVANCE_EVERY, from_the_first(ladder), A_STRETCH),
        Work("terms", DEADLINES_EVERY, terms.run_once),
        Work("deliveries", SEND_EVERY, send),
        Work("deliveries asked about", UNCLEAR_EVERY, sender.reconcile, A_STRETCH),
        Work("receipts", RECONCILE_EVERY, receipts_due(settings, database, clock).run_once),
        Work("citizens called again", RECONCILE_EVERY, sender.again),
        Work("reports", REPORTS_EVERY, reports.run_once),
        Work("results of cases", RESULTS_EVERY, results.run_once),
        Work("duty reminders", REPORTS_EVERY, duty.run_once),
        Work("imports", IMPORTS_EVERY, ImportsDue(database, clock).run_once, A_STRETCH),
        Work("plan reminders", REPORTS_EVERY, plan.run_once),
        Work("webhooks", WEBHOOKS_EVERY, hooks.run_once, A_STRETCH),
        Work("letters", LETTERS_EVERY, letters_due(settings, database, clock).run_once, A_STRETCH),
        Work("transcripts", TRANSCRIPTS_EVERY, transcripts.run_once),
        Work("webhooks forgotten", RETENTION_EVERY, hooks.forget),
        *_house(settings, database, clock, recordings, calendars),
    )


def _house(
    settings: Settings, database: Database, clock: Clock, recordings: RecordingsDue, calendars: Calendars
) -> tuple[Work, ...]:
    """The jobs of upkeep: alarms, backups, deletion by rule."""
    account = (settings.provider_url, settings.account_sid, settings.auth_token.get_secret_value())
    backups = settings.data_folder / "backups"
    alarms = AlarmsDue(
        database=database,
        clock=clock,
        machine=Clock(),
        settings=settings,
        calendars=calendars,
        provider=RecordingsAtProvider(*account),
        backups=backups,
    )
    copies = BackupsDue(database, Clock(), settings.retention, settings.data_folder / "recordings", backups)
    keeping = RetentionDue(
        database, recordings.fetcher, recordings.folder, clock, settings.retention, settings.data_folder
    )
    return (
        Work("alarms", ALARMS_EVERY, alarms.run_once),
        Work("backups", BACKUPS_EVERY, copies.make),
        Work("keeping", RETENTION_EVERY, keeping.sweep),
    )


def beating(database: Database, clock: Clock) -> Callable[[str], None]:
    """Return what writes heartbeats by the database's clock: at most every twenty seconds, all together.

    Each transaction keeps callers from writing for a moment. A job that was never heard of does not wait.
    """
    lock, known = Lock(), set[str]()
    waiting: dict[str, float] = {}
    written_at = -math.inf

    def done(name: str) -> None:
        nonlocal written_at
        with lock:
            moment = waiting[name] = clock.monotonic()
            if name in known and moment - written_at < BEAT_EVERY:
                return
            with database.writing() as conn:
                now = shared_now(conn, clock)
                for each, at in sorted(waiting.items()):
                    heartbeats.beat(conn, each, now - timedelta(seconds=moment - at))
            known.update(waiting)
            waiting.clear()
            written_at = moment

    return done


def recordings_due(settings: Settings, database: Database, clock: Clock) -> RecordingsDue:
    """Build the job that fetches recordings."""
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


def open_calls_due(settings: Settings, database: Database, clock: Clock) -> OpenCallsDue:
    """Build the job that asks about calls whose end was never reported."""
    account = (settings.provider_url, settings.account_sid, settings.auth_token.get_secret_value())
    line = settings.line
    return OpenCallsDue(
        database=database,
        clock=clock,
        telephone=telephone_of(settings),
        recordings=RecordingsAtProvider(*account),
        line=OwnLine(settings),
        ask_again=timedelta(minutes=line.ask_after_minutes),
        lost_after=timedelta(minutes=line.lost_after_minutes),
    )


def receipts_due(settings: Settings, database: Database, clock: Clock) -> ReceiptsDue:
    """Build the job that asks about texts without a receipt."""
    through = gateway_of(settings) or telephone_of(settings)
    return ReceiptsDue(database, clock, through, settings, zalo_of(settings, database, clock))
