"""Calls as they were written down, read back for people: the latest ones, and one call turn by turn."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from logbook.tables import calls, legs, turns


@dataclass(frozen=True, slots=True)
class Call:
    """One row of `calls`; `turn` is the number of the turn the caller answers next, `place` is JSON."""

    id: int
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


@dataclass(frozen=True, slots=True)
class Timeline:
    """A whole call for reading."""

    call: Call
    turns: tuple[TurnKept, ...]
    legs: tuple[Leg, ...]


_SUMMARY = select(
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
).order_by(calls.c.id.desc())


def recent(conn: Connection, limit: int, before: int | None = None) -> list[CallSummary]:
    """Return the newest calls first; `before` is the id of the last one already shown (keyset paging)."""
    query = _SUMMARY.limit(limit)
    if before is not None:
        query = query.where(calls.c.id < before)
    return [CallSummary(**row) for row in conn.execute(query).mappings()]


def timeline(conn: Connection, call_id: int) -> Timeline | None:
    """Return one call with its turns and legs in order; None when there is no such call."""
    row = conn.execute(select(calls).where(calls.c.id == call_id)).first()
    if row is None:
        return None
    kept = conn.execute(
        select(turns.c.number, turns.c.at, turns.c.heard, turns.c.said, turns.c.place)
        .where(turns.c.call_id == call_id)
        .order_by(turns.c.number)
    )
    rung = conn.execute(
        select(*[column for column in legs.c if column is not legs.c.call_id])
        .where(legs.c.call_id == call_id)
        .order_by(legs.c.turn)
    )
    return Timeline(Call(*row), tuple(TurnKept(*turn) for turn in kept), tuple(Leg(*leg) for leg in rung))
