"""Stores each telephone call: place in the dialogue, turns, consents (its legs: legs.py)."""

from dataclasses import dataclass, fields
from datetime import datetime
from itertools import combinations
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from logbook.calls.history import Call, CallSummary, Leg, Timeline, TurnKept, recent, timeline
from logbook.database.tables import calls, consents, turns
from logbook.database.upsert import InsertInto, PerDatabase
from logbook.ids import CallId
from logbook.plain_text import plain_text, small_number

__all__ = [
    "NOTHING",
    "Call",
    "CallNotes",
    "CallSummary",
    "Leg",
    "Timeline",
    "TurnKept",
    "answer_of",
    "answered_at",
    "begin",
    "consent",
    "end",
    "hear_status",
    "keep_turn",
    "note",
    "place_after",
    "recent",
    "take",
    "timeline",
]

TERMINAL = ("completed", "busy", "failed", "no-answer", "canceled")
"""The provider's words for a call that is over (TEL-1)."""
LOST = "lost"
ERASED = "{}"
"""The place of a call whose words were erased by rule."""
"""Our own status for a call whose end nobody could report (F-26)."""
OVER = (*TERMINAL, LOST)
_STAGES = {
    "queued": 0,
    "initiated": 1,
    "ringing": 2,
    "in-progress": 3,
    "answered": 3,
    **dict.fromkeys((*TERMINAL, LOST), 4),
}


def _begin(insert: InsertInto) -> Any:
    new = insert(calls).values(status="in-progress", status_sequence=-1, turn=0)
    # A repeated first request finds its row; the empty update locks it and lets RETURNING give it.
    return new.on_conflict_do_update(index_elements=[calls.c.sid], set_={"sid": new.excluded.sid}).returning(
        *calls.c
    )


_BEGIN = PerDatabase(_begin)
_TAKE = select(calls).where(calls.c.sid == bindparam("sid")).with_for_update()
_OF_TURN = (turns.c.call_id == bindparam("call_id"), turns.c.number == bindparam("number"))
_ANSWER = select(turns.c.answer).where(*_OF_TURN)
_ANSWERED_AT = select(turns.c.at).where(*_OF_TURN)
_PLACE_AFTER = select(turns.c.place).where(*_OF_TURN)
_KEEP = turns.insert()
_FIRST_END: dict[str, Any] = {
    "outcome": func.coalesce(calls.c.outcome, bindparam("why", type_=calls.c.outcome.type)),
    "ended_at": func.coalesce(calls.c.ended_at, bindparam("ended", type_=calls.c.ended_at.type)),
}
_END = update(calls).where(calls.c.id == bindparam("call_id")).values(_FIRST_END)


@dataclass(frozen=True, slots=True)
class CallNotes:
    """What a turn taught about its call, written together with its place; None changes nothing.

    `end` is why the call ended and when; the first reason stays.
    """

    purpose: str | None = None
    caller_type: str | None = None
    end: tuple[str, datetime] | None = None


NOTHING = CallNotes()


def _move(*noted: str) -> Any:
    place: dict[str, Any] = {"place": bindparam("new_place"), "turn": bindparam("next_turn")}
    learnt: dict[str, Any] = {name: bindparam(f"new_{name}") for name in noted if name != "end"}
    ended = _FIRST_END if "end" in noted else {}
    return update(calls).where(calls.c.id == bindparam("call_id")).values({**place, **learnt, **ended})


_MOVES = {
    which: _move(*which)
    for number in range(4)
    for which in combinations([field.name for field in fields(CallNotes)], number)
}


def begin(
    conn: Connection,
    *,
    sid: str,
    direction: str,
    caller_raw: str,
    caller_number: str | None,
    called: str,
    language: str,
    place: str,
    time_shift: int,
    now: datetime,
    ask_at: datetime | None = None,
) -> Call:
    """Record a call that begins, or take the one of this `sid` as it stands (a repeated webhook, T-02).

    `time_shift` is in seconds and 0 outside demonstrations; `caller_number` is E.164 or None (withheld).
    `ask_at` is when the provider is asked about it, should its end not be reported by then (F-26).
    """
    row = conn.execute(
        _BEGIN.on(conn),
        {
            "sid": plain_text(sid, 64),
            "direction": plain_text(direction, 32),
            "caller_raw": plain_text(caller_raw, 128),
            "caller_number": caller_number,
            "called": plain_text(called, 128),
            "language": language,
            "started_at": now,
            "place": place,
            "time_shift": time_shift,
            "ask_at": ask_at,
        },
    ).one()
    return Call(*row)


def take(conn: Connection, sid: str) -> Call | None:
    """Return the call, its row locked until the transaction ends; None when nobody knows it."""
    row = conn.execute(_TAKE, {"sid": plain_text(sid, 64)}).first()
    return None if row is None else Call(*row)


def answer_of(conn: Connection, call_id: CallId, number: int) -> str | None:
    """Return what turn `number` was answered with, for a repeated request; None when it is still open."""
    answer: str | None = conn.execute(_ANSWER, {"call_id": call_id, "number": number}).scalar()
    return answer


def answered_at(conn: Connection, call_id: CallId, number: int) -> datetime | None:
    """Return when turn `number` was answered (aware UTC); None for a turn that never was."""
    at: datetime | None = conn.execute(_ANSWERED_AT, {"call_id": call_id, "number": number}).scalar()
    return at


def place_after(conn: Connection, call_id: CallId, number: int) -> str | None:
    """Return the name of the state in which turn `number` left the caller; None for a turn that never was."""
    place: str | None = conn.execute(_PLACE_AFTER, {"call_id": call_id, "number": number}).scalar()
    return place


def keep_turn(
    conn: Connection,
    call: Call,
    *,
    number: int,
    heard: str,
    said: str,
    place: str,
    place_name: str,
    answer: str,
    next_turn: int,
    now: datetime,
    noted: CallNotes = NOTHING,
) -> None:
    """Store turn `number` for ever and move the call to `place`; IntegrityError when it is stored already.

    `heard` and `said` are JSON, `place` is the whole place as JSON, `place_name` its state's name. What was
    `noted` of the call is written with it.
    """
    conn.execute(
        _KEEP,
        {
            "call_id": call.id,
            "number": number,
            "at": now,
            "heard": plain_text(heard, 20_000),
            "said": said,
            "place": place_name,
            "answer": answer,
        },
    )
    move(conn, call.id, place, next_turn, noted)


def move(conn: Connection, call_id: CallId, place: str, turn: int, noted: CallNotes = NOTHING) -> None:
    """Move a call to `place` (JSON); once its caller is gone `turn` stays the turn nobody will answer."""
    values: dict[str, Any] = {"call_id": call_id, "new_place": place, "next_turn": turn}
    which = tuple(field.name for field in fields(noted) if getattr(noted, field.name) is not None)
    if noted.purpose is not None:
        values["new_purpose"] = noted.purpose
    if noted.caller_type is not None:
        values["new_caller_type"] = noted.caller_type
    if noted.end is not None:
        values["why"], values["ended"] = noted.end
    conn.execute(_MOVES[which], values)


_NOTE = {
    name: update(calls).where(calls.c.id == bindparam("call_id")).values({name: bindparam("noted")})
    for name in ("purpose", "caller_type", "outcome", "language")
}
_OF_STATUS = (calls.c.status, calls.c.status_sequence, calls.c.duration, calls.c.ended_at, calls.c.ask_at)


def note(conn: Connection, call_id: CallId, **columns: str | None) -> None:
    """Record what was learnt: purpose, caller_type, outcome or language; ValueError for others."""
    if unknown := columns.keys() - _NOTE.keys():
        raise ValueError(f"not a thing to note of a call: {sorted(unknown)}")
    for name, value in columns.items():
        conn.execute(_NOTE[name], {"call_id": call_id, "noted": value})


def _consent(insert: InsertInto) -> Any:
    return insert(consents).on_conflict_do_nothing(index_elements=[consents.c.call_id, consents.c.turn])


_CONSENT = PerDatabase(_consent)


def consent(
    conn: Connection,
    *,
    call_id: CallId,
    turn: int,
    purpose: str,
    wording_version: str,
    key: str,
    given: bool,
    now: datetime,
) -> None:
    """Keep whether recording was agreed to, with the wording heard and the key pressed (rules B4)."""
    conn.execute(
        _CONSENT.on(conn),
        {
            "call_id": call_id,
            "turn": turn,
            "purpose": purpose,
            "wording_version": wording_version,
            "key": plain_text(key, 8),
            "given": given,
            "at": now,
        },
    )


_HEAR = (
    update(calls)
    .where(calls.c.id == bindparam("call_id"))
    .values({column: bindparam(f"new_{column.name}", type_=column.type) for column in _OF_STATUS})
    .returning(*calls.c)
)


def hear_status(
    conn: Connection, call: Call, status: str, sequence: int | None, duration: int | None, now: datetime
) -> Call:
    """Take in a status callback of `call`, as `take` returned it, in whatever order they come (F-04).

    The highest (stage of the call, sequence) wins, so that every order of the same callbacks ends alike
    and no call goes back to ringing; words that are no stage of a call change nothing.
    """
    ends = status in OVER
    number = -1 if sequence is None else small_number(sequence)
    rank, stored = (_STAGES.get(status, -1), number), (_STAGES[call.status], call.status_sequence)
    if rank <= stored:
        return call
    heard = {
        "call_id": call.id,
        "new_status": plain_text(status, 32),
        "new_status_sequence": number,
        "new_duration": call.duration if duration is None else small_number(duration),
        "new_ended_at": (call.ended_at or now) if ends else call.ended_at,
        "new_ask_at": None if ends else call.ask_at,
    }
    return Call(*conn.execute(_HEAR, heard).one())


def end(conn: Connection, call_id: CallId, outcome: str, now: datetime) -> None:
    """Record why the call ended; the first reason stays."""
    conn.execute(_END, {"call_id": call_id, "why": outcome, "ended": now})
