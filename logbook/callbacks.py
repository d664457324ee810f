"""Promises to call somebody back: one for each call, owed until somebody says it is settled."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, func, select, tuple_, update

from logbook.calls import Call
from logbook.per_database import InsertInto, PerDatabase
from logbook.plain_text import whole_text
from logbook.tables import callbacks, people
from logbook.transitions import Outdated

REASONS = ("asked", "missed", "brief", "message")
STATES = ("owed", "wanted", "calling", "settled")
"""Waiting for somebody; a clerk wants the line to ring; the line is ringing; done."""
TRIED = frozenset({"talked", "brief", "no_answer", "busy", "failed"})
"""Results after which the citizen's telephone has been rung, so that a try counts."""


@dataclass(frozen=True, slots=True)
class Callback:
    """One row of `callbacks`; `number` is E.164, None when the caller's number is withheld.

    `wanted_from` is the clerk's telephone that is rung first; `calls_placed` counts the calls the line has
    placed for this row, `return_sid` names the last one at the provider.
    """

    id: int
    call_id: int
    number: str | None
    caller_raw: str
    reason: str
    state: str
    owed_since: datetime
    settled_at: datetime | None
    recording_id: int | None
    owner_id: int | None
    note: str | None
    tries: int
    tried_at: datetime | None
    wanted_at: datetime | None
    wanted_from: str | None
    version: int
    last_result: str | None
    claimed_at: datetime | None
    calls_placed: int
    return_sid: str | None


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
            "version": callbacks.c.version + 1,
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
        .values(state="settled", settled_at=now, version=callbacks.c.version + 1)
    )
    return done.rowcount == 1


def owed(conn: Connection, limit: int = 200, after: Callback | None = None) -> list[Callback]:
    """Return what is owed, the longest waiting first; `after` is the last one already shown."""
    query = (
        select(callbacks)
        .where(callbacks.c.settled_at.is_(None))
        .order_by(callbacks.c.owed_since, callbacks.c.id)
        .limit(limit)
    )
    if after is not None:
        seen = tuple_(*_instant_and_id(after.owed_since, after.id))
        query = query.where(tuple_(callbacks.c.owed_since, callbacks.c.id) > seen)
    return [Callback(*row) for row in conn.execute(query)]


def settled(conn: Connection, limit: int, before: Callback | None = None) -> list[Callback]:
    """Return what is settled, the latest first; `before` is the last one already shown."""
    query = (
        select(callbacks)
        .where(callbacks.c.settled_at.is_not(None))
        .order_by(callbacks.c.settled_at.desc(), callbacks.c.id.desc())
        .limit(limit)
    )
    if before is not None and before.settled_at is not None:
        seen = tuple_(*_instant_and_id(before.settled_at, before.id))
        query = query.where(tuple_(callbacks.c.settled_at, callbacks.c.id) < seen)
    return [Callback(*row) for row in conn.execute(query)]


def find(conn: Connection, callback_id: int) -> Callback | None:
    """Return the callback with this row number, or None."""
    row = conn.execute(select(callbacks).where(callbacks.c.id == callback_id)).first()
    return None if row is None else Callback(*row)


def of_call(conn: Connection, call_id: int) -> Callback | None:
    """Return the promise made in one call, or None."""
    row = conn.execute(select(callbacks).where(callbacks.c.call_id == call_id)).first()
    return None if row is None else Callback(*row)


def owners(conn: Connection, listed: list[Callback]) -> dict[int, str]:
    """Return the names of the people who took these, by their id."""
    ids = {one.owner_id for one in listed if one.owner_id is not None}
    query = select(people.c.id, people.c.name).where(people.c.id.in_(ids))
    return {row.id: row.name for row in conn.execute(query)}


def take(conn: Connection, callback_id: int, person_id: int, version: int) -> None:
    """Make it somebody's own; Outdated when it is settled or no longer at `version`."""
    change(conn, callback_id, version, owner_id=person_id)


def tried_by_hand(
    conn: Connection,
    callback_id: int,
    version: int,
    *,
    talked: bool,
    note: str,
    person_id: int,
    now: datetime,
) -> None:
    """Write down that a clerk has called: settled when they talked, one more try otherwise (Outdated).

    Whoever called owns it from now on; an empty note leaves the note that stands there.
    """
    values: dict[str, Any] = {
        "state": "settled" if talked else "owed",
        "settled_at": now if talked else None,
        "last_result": "talked" if talked else "no_answer",
        "tries": callbacks.c.tries + 1,
        "tried_at": now,
        "owner_id": person_id,
        "wanted_at": None,
        "wanted_from": None,
        "claimed_at": None,
    }
    if note.strip():
        values["note"] = whole_text(note, 2000)
    change(conn, callback_id, version, **values)


def change(conn: Connection, callback_id: int, version: int, **values: Any) -> None:
    """Change one that is not settled and stands at `version`, which goes up by one; Outdated otherwise."""
    done = conn.execute(
        update(callbacks)
        .where(
            callbacks.c.id == callback_id,
            callbacks.c.version == version,
            callbacks.c.settled_at.is_(None),
        )
        .values(version=callbacks.c.version + 1, **values)
    )
    if done.rowcount != 1:
        raise Outdated(f"callback {callback_id} is no longer at version {version}")


def _instant_and_id(instant: datetime, number: int) -> tuple[Any, Any]:
    """Return both as typed values, so that an instant is compared in the form it is stored in."""
    from sqlalchemy import bindparam

    return (
        bindparam("seen_at", instant, type_=callbacks.c.owed_since.type),
        bindparam("seen_id", number, type_=callbacks.c.id.type),
    )
