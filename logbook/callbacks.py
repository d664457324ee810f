"""Promises to call somebody back: one for each call, owed until somebody says it is settled."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, func, select, update

from logbook.calls import Call
from logbook.per_database import InsertInto, PerDatabase
from logbook.tables import callbacks

REASONS = ("asked", "missed", "message")


@dataclass(frozen=True, slots=True)
class Callback:
    """One row of `callbacks`; `number` is E.164, None when the caller's number is withheld."""

    id: int
    call_id: int
    number: str | None
    caller_raw: str
    reason: str
    state: str
    owed_since: datetime
    settled_at: datetime | None
    recording_id: int | None


def _owe(insert: InsertInto) -> Any:
    new = insert(callbacks).values(state="owed")
    return new.on_conflict_do_update(
        index_elements=[callbacks.c.call_id],
        set_={
            "reason": new.excluded.reason,
            "state": new.excluded.state,
            "owed_since": case(
                (callbacks.c.settled_at.is_(None), callbacks.c.owed_since), else_=new.excluded.owed_since
            ),
            "settled_at": None,
            "number": func.coalesce(new.excluded.number, callbacks.c.number),
            "recording_id": func.coalesce(callbacks.c.recording_id, new.excluded.recording_id),
        },
    ).returning(*callbacks.c)


_OWE = PerDatabase(_owe)


def owe(
    conn: Connection,
    call: Call,
    reason: str,
    number: str | None,
    now: datetime,
    recording_id: int | None = None,
) -> Callback:
    """Owe the caller a call back (asked, missed or message; ValueError else); once per call (T-02).

    Saying it again changes the reason and fills in what was missing, never the moment it is owed from.
    A caller who reached a clerk and is promised a call once more in the same call is owed one from then on.
    """
    if reason not in REASONS:
        raise ValueError(f"not a reason to call back: {reason}")
    row = conn.execute(
        _OWE.on(conn),
        {
            "call_id": call.id,
            "number": number,
            "caller_raw": call.caller_raw,
            "reason": reason,
            "owed_since": now,
            "recording_id": recording_id,
        },
    ).one()
    return Callback(*row)


def settle(conn: Connection, call_id: int, now: datetime) -> bool:
    """Say that the caller was called back; False when nothing was owed any more."""
    done = conn.execute(
        update(callbacks)
        .where(callbacks.c.call_id == call_id, callbacks.c.settled_at.is_(None))
        .values(state="settled", settled_at=now)
    )
    return done.rowcount == 1


def owed(conn: Connection, limit: int = 200) -> list[Callback]:
    """Return what is owed, the longest waiting first."""
    query = select(callbacks).where(callbacks.c.settled_at.is_(None)).order_by(callbacks.c.owed_since)
    return [Callback(*row) for row in conn.execute(query.limit(limit))]
