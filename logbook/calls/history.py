"""Reads calls back for people: the latest ones, and one call turn by turn."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, select

from logbook.database.tables import calls, consents, legs, ratings, recordings, responses, turns
from logbook.ids import CallId


@dataclass(frozen=True, slots=True)
class Call:
    """One row of `calls`; `turn` is the number of the turn the caller answers next, `place` is JSON.

    `ask_at` is when the provider is asked about it next; None once its end was reported.
    """

    id: CallId
    sid: str
    direction: str
    caller_raw: str
    caller_number: str | None
    called: str
    language: str
    started_at: datetime
    ended_at: datetime | None
    status: str
    outcome: str | None
    purpose: str | None
    caller_type: str | None
    place: str
    turn: int
    time_shift: int
    status_sequence: int
    duration: int | None
    ask_at: datetime | None


@dataclass(frozen=True, slots=True)
class CallSummary:
    """What a list of calls shows of each."""

    id: int
    sid: str
    caller_raw: str
    caller_number: str | None
    started_at: datetime
    ended_at: datetime | None
    status: str
    outcome: str | None
    purpose: str | None
    caller_type: str | None
    duration: int | None
    turn: int


@dataclass(frozen=True, slots=True)
class TurnKept:
    """One exchange: what the caller did and what was said, both JSON, and the place it led to."""

    number: int
    at: datetime
    heard: str
    said: str
    place: str


@dataclass(frozen=True, slots=True)
class Leg:
    """One person's telephone that was rung; `seconds` is the talk."""

    turn: int
    person_id: str
    number: str
    dialled_at: datetime
    ended_at: datetime | None
    outcome: str | None
    seconds: int | None
    sid: str | None
    key_asked: bool = False
    accepted_at: datetime | None = None

    @property
    def accepted(self) -> bool:
        """Whether nobody asked for the key that says "a person is here", or it was pressed (R3)."""
        return not self.key_asked or self.accepted_at is not None


@dataclass(frozen=True, slots=True)
class Timeline:
    """A whole call for reading."""

    call: Call
    turns: tuple[TurnKept, ...]
    legs: tuple[Leg, ...]


OUTBOUND = "outbound%"
_SUMMARY = (
    select(
        calls.c.id,
        calls.c.sid,
        calls.c.caller_raw,
        calls.c.caller_number,
        calls.c.started_at,
        calls.c.ended_at,
        calls.c.status,
        calls.c.outcome,
        calls.c.purpose,
        calls.c.caller_type,
        calls.c.duration,
        calls.c.turn,
    )
    .where(calls.c.direction.not_like(OUTBOUND))
    .order_by(calls.c.id.desc())
)


def summaries() -> Select[Any]:
    """Return the query of all summaries, the newest call first, to be filtered.

    Outgoing calls are shown with their delivery, not among those of callers.
    """
    return _SUMMARY


def recent(conn: Connection, limit: int, before: int | None = None) -> list[CallSummary]:
    """Return the newest calls first; `before` is the id of the last one already shown (keyset paging)."""
    query = _SUMMARY.limit(limit)
    if before is not None:
        query = query.where(calls.c.id < before)
    return [CallSummary(**row) for row in conn.execute(query).mappings()]


def timeline(conn: Connection, call_id: CallId) -> Timeline | None:
    """Return one call with its turns and legs in order; None when no caller's call has that number.

    An outgoing call speaks to an official or a citizen about a ticket that its row does not name (T-10).
    """
    callers = calls.c.direction.not_like(OUTBOUND)
    row = conn.execute(select(calls).where(calls.c.id == call_id, callers)).first()
    if row is None:
        return None
    kept = conn.execute(
        select(turns.c.number, turns.c.at, turns.c.heard, turns.c.said, turns.c.place)
        .where(turns.c.call_id == call_id)
        .order_by(turns.c.number)
    )
    called = conn.execute(
        select(*[column for column in legs.c if column is not legs.c.call_id])
        .where(legs.c.call_id == call_id)
        .order_by(legs.c.turn)
    )
    return Timeline(Call(*row), tuple(TurnKept(*turn) for turn in kept), tuple(Leg(*leg) for leg in called))


@dataclass(frozen=True, slots=True)
class ConsentKept:
    """Whether recording was agreed to: the key pressed and the wording it answered (rules B4)."""

    turn: int
    purpose: str
    wording_version: str
    key: str
    given: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class SoundKept:
    """A recording as a list shows it; `seconds` is its length."""

    id: int
    turn: int
    purpose: str
    seconds: int | None
    state: str


@dataclass(frozen=True, slots=True)
class RatingKept:
    """The survey answered in a call: its state, how many criteria were answered, and their mean."""

    state: str
    values: tuple[int, ...]

    @property
    def mean(self) -> float | None:
        """The mean of the answers; None when nothing was answered."""
        return sum(self.values) / len(self.values) if self.values else None


def consents_of(conn: Connection, call_id: CallId) -> list[ConsentKept]:
    """Return the answers to "may we record?" in the order they were given."""
    columns = [column for column in consents.c if column is not consents.c.call_id]
    query = select(*columns).where(consents.c.call_id == call_id).order_by(consents.c.turn)
    return [ConsentKept(*row) for row in conn.execute(query)]


def sounds_of(conn: Connection, call_id: CallId) -> list[SoundKept]:
    """Return the recordings made in a call, in order."""
    columns = [recordings.c[name] for name in ("id", "turn", "purpose", "seconds", "state")]
    query = select(*columns).where(recordings.c.call_id == call_id).order_by(recordings.c.id)
    return [SoundKept(*row) for row in conn.execute(query)]


def rating_of(conn: Connection, call_id: CallId) -> RatingKept | None:
    """Return what the caller answered to the survey, or None when it was not begun (000-04)."""
    begun = conn.execute(
        select(responses.c.id, responses.c.state).where(responses.c.call_id == call_id)
    ).first()
    if begun is None:
        return None
    query = select(ratings.c.value).where(ratings.c.response_id == begun.id, ratings.c.value.is_not(None))
    return RatingKept(begun.state, tuple(conn.execute(query).scalars()))


def of_sid(conn: Connection, sid: str) -> Call | None:
    """Return the call the provider calls `sid`, whoever called whom; None when nobody knows it."""
    row = conn.execute(select(calls).where(calls.c.sid == sid)).first()
    return None if row is None else Call(*row)
