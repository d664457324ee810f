"""Creates callbacks: one open row per number, however often that number calls (B-05)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from logbook.calls.callback_rows import REASONS, Callback
from logbook.calls.calls import Call
from logbook.database.tables import callback_calls, callbacks, calls
from logbook.database.upsert import InsertInto, PerDatabase
from logbook.ids import CallId, RecordingId

_RACES = 5
"""How often another call of the same number may be quicker before that is an error."""


def _begin(insert: InsertInto) -> Any:
    new = insert(callbacks).values(state="owed")
    # Only the row that this very call began can stand in the way, and it is settled: open it again.
    return new.on_conflict_do_update(
        index_elements=[callbacks.c.call_id],
        set_={
            "reason": new.excluded.reason,
            "state": "owed",
            "owed_since": new.excluded.owed_since,
            "settled_at": None,
            "merged_into": None,
            "number": func.coalesce(new.excluded.number, callbacks.c.number),
            "recording_id": func.coalesce(callbacks.c.recording_id, new.excluded.recording_id),
            "version": callbacks.c.version + 1,
        },
    ).returning(*callbacks.c)


def _link(insert: InsertInto) -> Any:
    new = insert(callback_calls)
    return new.on_conflict_do_update(
        index_elements=[callback_calls.c.call_id],
        set_={"callback_id": new.excluded.callback_id, "reason": new.excluded.reason},
    )


_BEGIN = PerDatabase(_begin)
_LINK = PerDatabase(_link)


def owe(
    conn: Connection,
    call: Call,
    reason: str,
    number: str | None,
    now: datetime,
    recording_id: RecordingId | None = None,
) -> Callback:
    """Create a callback (asked, missed or message; ValueError else) to `number`.

    `number` is E.164, None when withheld. A number that waits already gets no second callback: this call
    joins the open row, which keeps its first moment. Saying it again in one call changes the reason, and the
    number when another one is asked for. A withheld caller has a row for each call. Two calls of one number
    at once make one row (T-02).
    """
    if reason not in REASONS:
        raise ValueError(f"not a reason to call back: {reason}")
    values = {
        "call_id": call.id,
        "number": number,
        "caller_raw": call.caller_raw,
        "reason": reason,
        "owed_since": now,
        "recording_id": recording_id,
    }
    for race in range(_RACES):
        try:
            with conn.begin_nested():
                return _owe(conn, values)
        except IntegrityError:
            if race == _RACES - 1:
                raise
    raise AssertionError  # the loop returns or raises


def _owe(conn: Connection, values: dict[str, Any]) -> Callback:
    number, now = values["number"], values["owed_since"]
    waiting = None if number is None else _one(conn, callbacks.c.number == number)
    mine = _one(conn, callbacks.c.id == _row_of(values["call_id"]))
    if waiting is not None and mine is not None and waiting.id != mine.id:
        _merge(conn, mine, waiting, now)
    row = waiting or mine
    if row is None:
        row = Callback(*conn.execute(_BEGIN.on(conn), values).one())
    else:
        row = _once_more(conn, row, values)
    link = {"call_id": values["call_id"], "callback_id": row.id, "reason": values["reason"], "at": now}
    conn.execute(_LINK.on(conn), link)
    return row


def _once_more(conn: Connection, row: Callback, values: dict[str, Any]) -> Callback:
    """What is new about a row that is open; whoever reads it meanwhile sees that it has changed."""
    changed = {
        "reason": values["reason"],
        "number": func.coalesce(values["number"], callbacks.c.number),
        "recording_id": func.coalesce(callbacks.c.recording_id, values["recording_id"]),
        "version": callbacks.c.version + 1,
    }
    query = update(callbacks).where(callbacks.c.id == row.id).values(**changed).returning(*callbacks.c)
    return Callback(*conn.execute(query).one())


def _merge(conn: Connection, row: Callback, into: Callback, now: datetime) -> None:
    """Let the calls of one open row join another: the same person asked for another of their numbers."""
    conn.execute(
        update(callback_calls).where(callback_calls.c.callback_id == row.id).values(callback_id=into.id)
    )
    conn.execute(
        update(callbacks)
        .where(callbacks.c.id == row.id)
        .values(
            state="settled",
            settled_at=now,
            merged_into=into.id,
            version=callbacks.c.version + 1,
        )
    )
    since = min(row.owed_since, into.owed_since)
    conn.execute(update(callbacks).where(callbacks.c.id == into.id).values(owed_since=since))


def settle(conn: Connection, call_id: CallId, now: datetime) -> bool:
    """Settle callbacks: the caller of `call_id` reached a clerk; False when none was open any more.

    Settles the callback promised in this call and the open one of the calling number.
    """
    caller = select(calls.c.caller_number).where(calls.c.id == call_id).scalar_subquery()
    done = conn.execute(
        update(callbacks)
        .where(
            callbacks.c.settled_at.is_(None),
            or_(callbacks.c.id == _row_of(call_id), callbacks.c.number == caller),
        )
        .values(state="settled", settled_at=now, version=callbacks.c.version + 1)
    )
    return done.rowcount > 0


def _row_of(call_id: CallId) -> Any:
    return select(callback_calls.c.callback_id).where(callback_calls.c.call_id == call_id).scalar_subquery()


def _one(conn: Connection, which: Any) -> Callback | None:
    """The open row of that kind, locked until the transaction ends."""
    query = select(callbacks).where(which, callbacks.c.settled_at.is_(None)).with_for_update()
    row = conn.execute(query).first()
    return None if row is None else Callback(*row)
