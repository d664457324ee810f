"""Draft transcripts as rows: whose turn it is, what came of it, who confirmed it, when it goes.

A draft helps to write a ticket's content down and is nothing else: it is made only for an open ticket
without content, is never searched, exported or sent, and goes with its recording, or when its ticket is
closed or turns out to be one that is only guided (rules B1, B4).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, func, or_, select, update

from logbook.database.samples import is_real
from logbook.database.tables import people, recordings, tickets, transcripts
from logbook.database.upsert import InsertInto, PerDatabase
from logbook.ids import CallId, PersonId, RecordingId
from logbook.plain_text import plain_text
from logbook.recordings.recordings import Recording

LONGEST = 15_000
"""Characters of a draft that are kept: about twenty minutes of speech; a ticket's content takes 20,000."""
TRIES = 3
_PAUSE = timedelta(minutes=5)
OVER = ("closed", "guided")
"""States of a ticket that has no use for a draft."""


class DraftState(StrEnum):
    """How far a draft is; a ticket's page shows it."""

    WORKING = "working"
    DRAFT = "draft"
    PARTLY = "partly"
    SILENT = "silent"
    FAILED = "failed"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class DraftTranscript:
    """A draft as a ticket's page shows it; `confirmed_by` is the name of who wrote the content from it."""

    state: DraftState
    text: str
    made_at: datetime | None
    confirmed_by: str | None
    confirmed_at: datetime | None

    @property
    def has_words(self) -> bool:
        """Whether there is something to read."""
        return bool(self.text)


@dataclass(frozen=True, slots=True)
class WaitingRecording:
    """A recording whose turn it is, and how often it was tried."""

    recording: Recording
    attempts: int


def _claim(insert: InsertInto) -> Any:
    new = insert(transcripts).on_conflict_do_nothing(index_elements=["recording_id"])
    return new.returning(transcripts.c.id)


_CLAIM = PerDatabase(_claim)


def next_waiting(conn: Connection, now: datetime) -> WaitingRecording | None:
    """The oldest recording of an open ticket whose content nobody has written, that has no draft yet."""
    due = and_(transcripts.c.state == DraftState.WORKING, transcripts.c.next_try_at <= now)
    query = (
        select(*recordings.c, func.coalesce(transcripts.c.attempts, 0).label("tried"))
        .join(tickets, tickets.c.recording_id == recordings.c.id)
        .outerjoin(transcripts, transcripts.c.recording_id == recordings.c.id)
        .where(
            recordings.c.state == "stored",
            tickets.c.state.not_in(OVER),
            func.coalesce(tickets.c.content, "") == "",
            or_(transcripts.c.id.is_(None), due),
            is_real("recordings", recordings.c.id),
        )
        .order_by(recordings.c.id)
        .limit(1)
    )
    row = conn.execute(query).first()
    return None if row is None else WaitingRecording(Recording(*row[:-1]), row.tried)


def claim(conn: Connection, waiting: WaitingRecording, now: datetime, hold: timedelta) -> bool:
    """Take a recording for one try that ends within `hold`; False when another runner was quicker."""
    values = {"attempts": waiting.attempts + 1, "next_try_at": now + hold}
    if waiting.attempts == 0:
        new = {"recording_id": waiting.recording.id, "state": DraftState.WORKING, "text": "", **values}
        return conn.execute(_CLAIM.on(conn), new).first() is not None
    mine = and_(_of(waiting.recording.id), transcripts.c.attempts == waiting.attempts)
    working = transcripts.c.state == DraftState.WORKING
    return conn.execute(update(transcripts).where(mine, working).values(values)).rowcount == 1


def finish(
    conn: Connection, recording_id: RecordingId, text: str, now: datetime, *, complete: bool, engine: str
) -> DraftState:
    """Write down what the machine heard; not `complete`: the time ran out, and the rest is missing."""
    words = plain_text(text, len(text) + 1).strip()
    whole = complete and len(words) <= LONGEST
    state = DraftState.DRAFT if whole else DraftState.PARTLY
    if not words:
        state = DraftState.SILENT if complete else DraftState.FAILED
    values = {"state": state, "text": words[:LONGEST], "engine": engine, "made_at": now, "next_try_at": None}
    _still_working(conn, recording_id, {**values, "last_error": None})
    return state


def failed(conn: Connection, waiting: WaitingRecording, why: str, now: datetime) -> None:
    """Try again a few minutes later, or give up after the last try."""
    attempts = waiting.attempts + 1
    over = attempts >= TRIES
    values = {
        "state": DraftState.FAILED if over else DraftState.WORKING,
        "next_try_at": None if over else now + attempts * _PAUSE,
        "last_error": plain_text(why, 200),
    }
    _still_working(conn, waiting.recording.id, values)


def _still_working(conn: Connection, recording_id: RecordingId, values: dict[str, Any]) -> None:
    where = and_(_of(recording_id), transcripts.c.state == DraftState.WORKING)
    conn.execute(update(transcripts).where(where).values(values))


def of_recording(conn: Connection, recording_id: RecordingId | None) -> DraftTranscript | None:
    """The draft beside a recording, or None."""
    if recording_id is None:
        return None
    columns = ("state", "text", "made_at", "confirmed_at")
    query = (
        select(*(transcripts.c[name] for name in columns), people.c.name)
        .outerjoin(people, people.c.id == transcripts.c.confirmed_by)
        .where(_of(recording_id))
    )
    row = conn.execute(query).first()
    if row is None:
        return None
    return DraftTranscript(DraftState(row.state), row.text, row.made_at, row.name, row.confirmed_at)


def confirm(conn: Connection, recording_id: RecordingId, person_id: PersonId, now: datetime) -> bool:
    """Note that an official wrote the ticket's content from the draft; False when there is no such draft."""
    values = {"state": DraftState.CONFIRMED, "confirmed_by": person_id, "confirmed_at": now}
    where = and_(_of(recording_id), transcripts.c.text != "")
    return conn.execute(update(transcripts).where(where).values(values)).rowcount == 1


def forget(conn: Connection, recording_id: RecordingId) -> None:
    """Delete the draft of a recording that goes itself."""
    conn.execute(delete(transcripts).where(_of(recording_id)))


def forget_call(conn: Connection, call_id: CallId) -> None:
    """Delete the drafts of everything that was recorded in a call."""
    of_call = select(recordings.c.id).where(recordings.c.call_id == call_id)
    conn.execute(delete(transcripts).where(transcripts.c.recording_id.in_(of_call)))


def needless(conn: Connection) -> list[RecordingId]:
    """The recordings whose drafts are of no use any more: gone, or without an open ticket."""
    useful = exists(
        select(tickets.c.id).where(
            tickets.c.recording_id == transcripts.c.recording_id, tickets.c.state.not_in(OVER)
        )
    )
    here = exists(
        select(recordings.c.id).where(
            recordings.c.id == transcripts.c.recording_id, recordings.c.state == "stored"
        )
    )
    query = select(transcripts.c.recording_id).where(or_(~useful, ~here)).limit(100)
    return list(conn.execute(query).scalars())


def _of(recording_id: RecordingId) -> Any:
    return transcripts.c.recording_id == recording_id
