"""Retention rules: how long each kind is kept, and which rows are past their time (rules B4, T-22)."""

from __future__ import annotations

import calendar
import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, String, case, cast, delete, exists, func, or_, select

from logbook.clock import local
from logbook.database.engine import Database, DatabaseBusyError
from logbook.database.tables import (
    budgets,
    callback_calls,
    callbacks,
    calls,
    deliveries,
    recordings,
    responses,
    ticket_events,
    tickets,
    tombstones,
)
from logbook.ids import CallId, TicketId
from logbook.recordings.recordings import Recording
from logbook.retention import legal_holds
from logbook.settings.notifications import RetentionPart
from logbook.tickets import history
from logbook.tickets.lifecycle import TicketState
from logbook.tickets.verbs.instruct import GiveInstruction

RATE_LIMITS_KEPT = timedelta(days=62)
"""Counted rate limits name telephone numbers; none of their windows is longer than a day."""
_ASKS_AT_PROVIDER = 100
"""How often a provider that does not answer is asked to delete its copy."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The moments before which each kind is over, and the rules that say so, as erasure records name them."""

    recording: datetime
    ticket: datetime
    rating: datetime
    call: datetime
    comment: datetime
    slip: datetime
    dossier: datetime
    rules: RetentionPart

    def rule(self, name: str) -> str:
        """The setting by its name and value, e.g. "retention.ticket_years = 10"."""
        return f"retention.{name} = {getattr(self.rules, name)}"


def terms(part: RetentionPart, now: datetime) -> Terms:
    """Work out what is over at `now`, by whole months and years of the Vietnamese calendar."""
    return Terms(
        recording=months_before(now, part.recording_months),
        ticket=months_before(now, 12 * part.ticket_years),
        rating=months_before(now, 12 * part.rating_years),
        call=months_before(now, part.call_months),
        comment=months_before(now, 12 * part.comment_years),
        slip=months_before(now, 12 * part.slip_years),
        dossier=months_before(now, 12 * part.dossier_years),
        rules=part,
    )


def months_before(now: datetime, months: int) -> datetime:
    """The same day and hour `months` earlier, or that month's last day: nothing goes a day too soon."""
    here = local(now)
    year, month = divmod(here.year * 12 + here.month - 1 - months, 12)
    day = min(here.day, calendar.monthrange(year, month + 1)[1])
    return here.replace(year=year, month=month + 1, day=day)


_GUIDED_AT = (
    select(func.max(ticket_events.c.at))
    .where(ticket_events.c.ticket_id == tickets.c.id)
    .correlate(tickets)
    .scalar_subquery()
)
_ENDED: ColumnElement[Any] = case(
    (tickets.c.closed_at.is_not(None), tickets.c.closed_at),
    (tickets.c.state == TicketState.GUIDED, _GUIDED_AT),
)
"""When a ticket's retention began: at its closing, or for a guided one (B1) at its last event."""


def _in_use(before: datetime) -> ColumnElement[bool]:
    """The condition that a ticket is at work, ended after `before`, or held."""
    return or_(_ENDED.is_(None), before < _ENDED, legal_holds.held())


def _still_owed(call_id: ColumnElement[Any]) -> ColumnElement[bool]:
    return exists().where(
        callback_calls.c.call_id == call_id,
        callback_calls.c.callback_id == callbacks.c.id,
        callbacks.c.settled_at.is_(None),
    )


def _buried(kind: str, row_id: ColumnElement[Any]) -> ColumnElement[bool]:
    return exists().where(tombstones.c.kind == kind, tombstones.c.subject == cast(row_id, String))


def tickets_over(conn: Connection, over: Terms, limit: int, only: int | None = None) -> list[TicketId]:
    """Return tickets whose words are to be erased, the oldest first; at most the one of id `only`."""
    erased_since = exists().where(
        tombstones.c.kind == history.ERASED,
        tombstones.c.subject == cast(tickets.c.id, String),
        tombstones.c.deleted_at >= _ENDED,
    )
    query = select(tickets.c.id).where(~_in_use(over.ticket), ~erased_since).order_by(tickets.c.id)
    if only is not None:
        query = query.where(tickets.c.id == only)
    return list(conn.execute(query.limit(limit)).scalars())


def calls_over(conn: Connection, over: Terms, limit: int) -> list[tuple[CallId, bool]]:
    """Return calls that made no ticket and are past their retention, and whether each gave a rating.

    A call somebody still waits to be returned is kept, and one we placed about a ticket that is held; a
    rating's number has a retention period of its own.
    """
    about_held = (
        select(deliveries.c.id)
        .join(tickets, tickets.c.id == deliveries.c.ticket_id)
        .where(deliveries.c.provider_sid == calls.c.sid, legal_holds.held())
    )
    rated = exists().where(responses.c.call_id == calls.c.id, responses.c.started_at > over.rating)
    query = select(calls.c.id, rated).where(
        calls.c.started_at <= over.call,
        ~exists().where(tickets.c.call_id == calls.c.id),
        ~exists(about_held),
        ~_still_owed(calls.c.id),
        ~_buried("call", calls.c.id),
    )
    return [(row[0], bool(row[1])) for row in conn.execute(query.order_by(calls.c.id).limit(limit))]


def numbers_over(conn: Connection, over: Terms, limit: int) -> list[int]:
    """Return ratings beside which the caller's number is past its retention; a ticket's call goes with it."""
    query = select(responses.c.id).where(
        responses.c.started_at <= over.rating,
        responses.c.call_id.is_not(None),
        ~exists().where(tickets.c.call_id == responses.c.call_id),
        ~_still_owed(responses.c.call_id),
        ~_buried("rating", responses.c.id),
    )
    return list(conn.execute(query.order_by(responses.c.id).limit(limit)).scalars())


def recordings_over(conn: Connection, over: Terms, limit: int) -> list[Recording]:
    """Return recordings past their retention, counted from their ticket's closing, else from their arrival.

    None of an open or held ticket, of an open callback, or that a leader's instruction refers to. One that
    is gone here but not yet at the provider comes last: a silent provider holds up none.
    """
    query = (
        select(recordings)
        .where(
            *_sound_is_over(over),
            recordings.c.id.not_in(_in_instructions(conn, over)),
            or_(
                recordings.c.state != "removed",
                recordings.c.provider_deleted_at.is_(None) & (recordings.c.attempts < _ASKS_AT_PROVIDER),
            ),
        )
        .order_by(case((recordings.c.state == "removed", 1), else_=0), recordings.c.id)
    )
    return [Recording(*row) for row in conn.execute(query.limit(limit))]


def files_named(conn: Connection) -> set[str]:
    """The files of recordings that a row names."""
    named = select(recordings.c.file_name).where(recordings.c.file_name.is_not(None))
    return set(conn.execute(named).scalars())


def is_over(conn: Connection, recording: Recording, over: Terms) -> bool:
    """Whether a recording is past its retention at this moment; asked again before it is deleted."""
    query = select(recordings.c.id).where(recordings.c.id == recording.id, *_sound_is_over(over))
    return conn.execute(query).first() is not None and recording.id not in _in_instructions(conn, over)


def _sound_is_over(over: Terms) -> tuple[ColumnElement[bool], ...]:
    in_use = _in_use(over.recording)
    return (
        recordings.c.heard_at <= over.recording,
        ~exists(select(tickets.c.id).where(tickets.c.recording_id == recordings.c.id, in_use)),
        ~exists(select(tickets.c.id).where(tickets.c.call_id == recordings.c.call_id, in_use)),
        ~_still_owed(recordings.c.call_id),
    )


def _in_instructions(conn: Connection, over: Terms) -> frozenset[int]:
    """The recordings spoken as instructions to tickets that are at work, not over yet, or held."""
    query = (
        select(ticket_events.c.details)
        .join(tickets, tickets.c.id == ticket_events.c.ticket_id)
        .where(ticket_events.c.verb == GiveInstruction.name, _in_use(over.recording))
    )
    values = [json.loads(details) for details in conn.execute(query).scalars()]
    return frozenset(one["recording_id"] for one in values if isinstance(one.get("recording_id"), int))


def delete_rate_limits(conn: Connection, now: datetime) -> int:
    """Drop counted rate limits nobody asks about any more and return how many."""
    return conn.execute(delete(budgets).where(budgets.c.window_start < now - RATE_LIMITS_KEPT)).rowcount


def mark_unclean(conn: Connection) -> None:
    """Note, in the erasing transaction, that SQLite's file still holds the erased words in free pages."""
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql("PRAGMA user_version=1")


def _is_marked(database: Database) -> bool:
    with database.reading() as conn:
        return bool(conn.exec_driver_sql("PRAGMA user_version").scalar())


def clean_file(database: Database) -> bool:
    """Write SQLite's file anew without what was erased, when it was marked; whether anything was done.

    The words index keeps erased words in its older segments until it is merged, the file keeps them in free
    pages until VACUUM, and the log until it is cut off. Raises DatabaseBusyError; then the mark stays.
    """
    if not database.is_sqlite:
        return False
    if not _is_marked(database):
        return False
    with (
        database.alone(),
        closing(sqlite3.connect(database.file, timeout=10, isolation_level=None)) as raw,
    ):
        try:
            raw.execute("INSERT INTO ticket_words(ticket_words) VALUES('optimize')")
            raw.execute("VACUUM")
            if raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                raise DatabaseBusyError("the log could not be cut off while somebody was reading")
            raw.execute("PRAGMA user_version=0")
        except sqlite3.OperationalError as problem:
            raise DatabaseBusyError(str(problem)) from problem
    return True
