"""The people whom a call rang: who, for how long, and whether somebody was there (R3)."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, update

from logbook.calls.calls import OVER, take
from logbook.calls.history import Leg
from logbook.database.tables import calls, legs
from logbook.database.upsert import InsertInto, PerDatabase
from logbook.ids import CallId
from logbook.plain_text import plain_text, small_number


def _ring(insert: InsertInto) -> Any:
    return insert(legs).on_conflict_do_nothing(index_elements=[legs.c.call_id, legs.c.turn])


_RING = PerDatabase(_ring)


def ring(
    conn: Connection,
    call_id: CallId,
    turn: int,
    person_id: str,
    number: str,
    now: datetime,
    *,
    key_asked: bool = False,
) -> None:
    """Record that turn `turn` rings `person_id` at `number`; once only, however often it is said."""
    conn.execute(
        _RING.on(conn),
        {
            "call_id": call_id,
            "turn": turn,
            "person_id": person_id,
            "number": plain_text(number, 64),
            "dialled_at": now,
            "key_asked": key_asked,
        },
    )


def leg_ended(
    conn: Connection,
    call_id: CallId,
    turn: int,
    outcome: str,
    seconds: int | None,
    sid: str | None,
    now: datetime,
) -> None:
    """Record how the leg of `turn` ended (the provider's DialCallStatus) after `seconds` of talk.

    A name at the provider that another leg has already names nothing.
    """
    name = sid and plain_text(sid, 64)
    if name and conn.execute(select(legs.c.sid).where(legs.c.sid == name)).first() is not None:
        name = None
    conn.execute(
        update(legs)
        .where(legs.c.call_id == call_id, legs.c.turn == turn, legs.c.ended_at.is_(None))
        .values(
            outcome=plain_text(outcome, 32),
            seconds=small_number(seconds),
            sid=name,
            ended_at=now,
        )
    )


def rung(conn: Connection, call_id: CallId, turn: int) -> Leg | None:
    """Return whom turn `turn` of a call rang; None when it rang nobody."""
    columns = [column for column in legs.c if column is not legs.c.call_id]
    row = conn.execute(select(*columns).where(legs.c.call_id == call_id, legs.c.turn == turn)).first()
    return None if row is None else Leg(*row)


def is_left_open(conn: Connection, sid: str | None) -> bool:
    """Whether the call `sid` rang somebody, and how that ended is not known."""
    of_call = select(calls.c.id).where(calls.c.sid == sid).scalar_subquery()
    left = select(legs.c.turn).where(legs.c.call_id == of_call, legs.c.ended_at.is_(None))
    return conn.execute(left).first() is not None


def waits_for_key(conn: Connection, sid: str, turn: int) -> Leg | None:
    """Return the leg whose key is still worth pressing: the caller `sid` is there and waits for its end."""
    call = take(conn, sid)
    if call is None or call.status in OVER or call.turn != turn:
        return None
    leg = rung(conn, call.id, turn)
    return leg if leg is not None and leg.key_asked and leg.ended_at is None else None


def accept(conn: Connection, sid: str, turn: int, now: datetime) -> bool:
    """Whoever was rung in turn `turn` of the call `sid` pressed the key; False when it comes too late."""
    leg, call = waits_for_key(conn, sid, turn), take(conn, sid)
    if leg is None or call is None:
        return False
    if leg.accepted_at is None:
        moment = now + timedelta(seconds=call.time_shift)
        here = (legs.c.call_id == call.id) & (legs.c.turn == turn)
        conn.execute(update(legs).where(here).values(accepted_at=moment))
    return True
