"""Recordings as rows: announced, fetched, or given up where a clerk sees it."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from logbook.database.samples import is_real
from logbook.database.tables import recordings
from logbook.database.upsert import InsertInto, PerDatabase
from logbook.ids import CallId, RecordingId
from logbook.plain_text import plain_text, small_number

SID = re.compile(r"[A-Za-z0-9-]{8,64}", re.ASCII)
"""The only shape of a recording's name at the provider that is let in (T-09, T-20): Twilio's, or a UUID."""
NAMELESS = "no usable name"
"""Why a recording cannot be fetched that the provider gave no name we let in."""
_LONGEST_PAUSE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Recording:
    """One row of `recordings`; state is pending, stored, absent, unplayable, given_up or removed."""

    id: RecordingId
    call_id: CallId
    turn: int
    sid: str
    purpose: str
    seconds: int | None
    heard_at: datetime
    state: str
    attempts: int
    next_try_at: datetime | None
    last_error: str | None
    file_name: str | None
    sha256: str | None
    size: int | None
    media_type: str | None
    stored_at: datetime | None
    provider_deleted_at: datetime | None


def _hear_of(insert: InsertInto) -> Any:
    new = insert(recordings).values(state="pending", attempts=0)
    return new.on_conflict_do_update(
        index_elements=[recordings.c.sid],
        set_={
            "seconds": func.coalesce(
                func.nullif(new.excluded.seconds, 0), recordings.c.seconds, new.excluded.seconds
            )
        },
    ).returning(*recordings.c)


_ANY_OF = select(recordings.c.id).where(recordings.c.call_id == bindparam("call_id")).limit(1)
_BY_SID = select(recordings).where(recordings.c.sid == bindparam("sid"))
_NAME = (
    update(recordings)
    .where(
        recordings.c.sid == bindparam("nameless"),
        ~select(1).where(recordings.alias().c.sid == bindparam("name")).exists(),
    )
    .values(
        sid=bindparam("name"),
        state="pending",
        last_error=None,
        next_try_at=bindparam("now", type_=recordings.c.next_try_at.type),
    )
)
_FIND = select(recordings).where(recordings.c.id == bindparam("recording_id"))
_HEAR_OF = PerDatabase(_hear_of)


def hear_of(
    conn: Connection,
    *,
    call_id: CallId,
    turn: int,
    sid: str | None,
    seconds: int | None,
    purpose: str,
    now: datetime,
) -> Recording:
    """Record that the provider holds recording `sid` (complaint or message), in any order of callbacks.

    The first callback makes the row, due for fetching at once; the length in seconds is filled in
    when it is known. Without a usable name (None) nobody can fetch it, and a clerk sees so; it gets the name
    that is heard later for the same turn. ValueError for a sid of another shape than `SID`.
    """
    if sid is None:
        return _nameless(conn, call_id, turn, seconds, purpose, now)
    if not SID.fullmatch(sid):
        raise ValueError("not a recording sid")
    _name(conn, call_id, turn, sid, now)
    row = conn.execute(
        _HEAR_OF.on(conn),
        {
            "call_id": call_id,
            "turn": turn,
            "sid": sid,
            "purpose": purpose,
            "seconds": small_number(seconds),
            "heard_at": now,
            "next_try_at": now,
        },
    ).one()
    return Recording(*row)


def _nameless(
    conn: Connection, call_id: CallId, turn: int, seconds: int | None, purpose: str, now: datetime
) -> Recording:
    """Return the recording of that turn when its name is known; else store one without its sound."""
    known = conn.execute(
        select(recordings)
        .where(recordings.c.call_id == call_id, recordings.c.turn == turn)
        .order_by(recordings.c.id)
        .limit(1)
    ).first()
    if known is not None:
        return Recording(*known)
    return Recording(
        *conn.execute(
            recordings.insert()
            .values(
                call_id=call_id,
                turn=turn,
                sid=_placeholder(call_id, turn),
                purpose=purpose,
                seconds=small_number(seconds),
                heard_at=now,
                state="unplayable",
                attempts=0,
                last_error=NAMELESS,
            )
            .returning(*recordings.c)
        ).one()
    )


def nameless_turn(conn: Connection, call_id: CallId) -> int | None:
    """Return the last turn of a call in which something was recorded that has no usable name, or None."""
    unnamed = recordings.c.sid.startswith("nameless:", autoescape=True)
    query = select(func.max(recordings.c.turn)).where(recordings.c.call_id == call_id, unnamed)
    turn: int | None = conn.execute(query).scalar()
    return turn


def _placeholder(call_id: CallId, turn: int) -> str:
    """Stands where a usable name would; of no shape that is ever asked for."""
    return f"nameless:{call_id}:{turn}"


def _name(conn: Connection, call_id: CallId, turn: int, sid: str, now: datetime) -> None:
    """Give a recording without a name the one that has come, unless that names another already."""
    conn.execute(_NAME, {"nameless": _placeholder(call_id, turn), "name": sid, "now": now})


def find(conn: Connection, recording_id: RecordingId) -> Recording | None:
    """Return the recording with this row number, or None."""
    row = conn.execute(_FIND, {"recording_id": recording_id}).first()
    return None if row is None else Recording(*row)


def any_of(conn: Connection, call_id: CallId) -> bool:
    """Whether anything was recorded in a call."""
    return conn.execute(_ANY_OF, {"call_id": call_id}).first() is not None


def by_sid(conn: Connection, sid: str) -> Recording | None:
    """Return the recording the provider calls `sid`, or None."""
    row = conn.execute(_BY_SID, {"sid": plain_text(sid, 64)}).first()
    return None if row is None else Recording(*row)


def due(conn: Connection, now: datetime, limit: int) -> list[Recording]:
    """Return what has to be fetched, or deleted at the provider after storing, the longest due first."""
    query = select(recordings).where(recordings.c.next_try_at <= now, is_real("recordings", recordings.c.id))
    return [Recording(*row) for row in conn.execute(query.order_by(recordings.c.next_try_at).limit(limit))]


def claim(conn: Connection, recording: Recording, hold: timedelta, now: datetime) -> bool:
    """Postpone the next attempt by `hold` before working on it; False when another runner was quicker."""
    done = conn.execute(
        update(recordings)
        .where(recordings.c.id == recording.id, recordings.c.next_try_at == recording.next_try_at)
        .values(next_try_at=now + hold, attempts=recordings.c.attempts + 1)
    )
    return done.rowcount == 1


def stored(
    conn: Connection,
    recording_id: RecordingId,
    *,
    file_name: str,
    sha256: str,
    size: int,
    media_type: str,
    now: datetime,
    delete_at_provider: bool,
) -> None:
    """Record that the sound is on our disk; the provider's copy becomes due for deletion if wanted."""
    conn.execute(
        update(recordings)
        .where(recordings.c.id == recording_id)
        .values(
            state="stored",
            file_name=file_name,
            sha256=sha256,
            size=size,
            media_type=media_type,
            stored_at=now,
            last_error=None,
            attempts=0,
            next_try_at=now if delete_at_provider else None,
        )
    )


def deleted_at_provider(conn: Connection, recording_id: RecordingId, now: datetime) -> None:
    """Record that the provider's copy is gone; nothing is left to do for this recording."""
    conn.execute(
        update(recordings)
        .where(recordings.c.id == recording_id)
        .values(provider_deleted_at=now, next_try_at=None, last_error=None)
    )


def failed(conn: Connection, recording_id: RecordingId, error: str, now: datetime, retry_hours: int) -> None:
    """Try again later, first after seconds, then up to an hour apart; give up after `retry_hours` (F-15).

    A recording given up stays listed with its error, and so does the provider's copy.
    """
    row = conn.execute(select(recordings).where(recordings.c.id == recording_id).with_for_update()).one()
    recording = Recording(*row)
    since = recording.stored_at or recording.heard_at
    over = now - since >= timedelta(hours=retry_hours)
    pause = min(timedelta(seconds=5 * 2 ** min(recording.attempts, 12)), _LONGEST_PAUSE)
    conn.execute(
        update(recordings)
        .where(recordings.c.id == recording_id)
        .values(
            state="given_up" if over and recording.state == "pending" else recording.state,
            last_error=plain_text(error, 500),
            next_try_at=None if over else now + pause,
        )
    )


def unplayable(conn: Connection, recording_id: RecordingId, error: str) -> None:
    """Record that the provider holds no sound we can keep; the provider's copy stays for a clerk."""
    conn.execute(
        update(recordings)
        .where(recordings.c.id == recording_id)
        .values(state="unplayable", last_error=plain_text(error, 500), next_try_at=None)
    )


def absent(conn: Connection, recording_id: RecordingId, error_code: str) -> None:
    """Record that the provider kept no sound (16101 too short, 16102 silent); one stored stays so."""
    conn.execute(
        update(recordings)
        .where(recordings.c.id == recording_id, recordings.c.state == "pending")
        .values(state="absent", last_error=plain_text(error_code, 500), next_try_at=None)
    )
