"""Callbacks: lists the open ones, the longest waiting first, and settles them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, tuple_, update

from logbook.calls.callback_rows import REASONS, STATES, TRIED, Callback
from logbook.calls.owed_callbacks import owe, settle
from logbook.database.errors import StaleVersionError
from logbook.database.tables import callback_calls, callbacks, people
from logbook.ids import CallbackId, CallId, PersonId
from logbook.plain_text import whole_text

__all__ = [
    "REASONS",
    "STATES",
    "TRIED",
    "Callback",
    "Called",
    "called",
    "calls_of",
    "change",
    "find",
    "of_call",
    "owe",
    "owed",
    "owners",
    "settle",
    "settled",
    "take",
    "tried_by_hand",
]


@dataclass(frozen=True, slots=True)
class Called:
    """How often somebody called who waits to be called back, and when last."""

    times: int
    last: datetime


def owed(conn: Connection, limit: int = 200, after: Callback | None = None) -> list[Callback]:
    """Return open callbacks, the longest waiting first; `after` is the last one already shown."""
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
        .where(callbacks.c.settled_at.is_not(None), callbacks.c.merged_into.is_(None))
        .order_by(callbacks.c.settled_at.desc(), callbacks.c.id.desc())
        .limit(limit)
    )
    if before is not None and before.settled_at is not None:
        seen = tuple_(*_instant_and_id(before.settled_at, before.id))
        query = query.where(tuple_(callbacks.c.settled_at, callbacks.c.id) < seen)
    return [Callback(*row) for row in conn.execute(query)]


def find(conn: Connection, callback_id: CallbackId) -> Callback | None:
    """Return the callback with this row number, or None."""
    row = conn.execute(select(callbacks).where(callbacks.c.id == callback_id)).first()
    return None if row is None else Callback(*row)


def of_call(conn: Connection, call_id: CallId) -> Callback | None:
    """Return the promise made in one call, or None."""
    promised = select(callback_calls.c.callback_id).where(callback_calls.c.call_id == call_id)
    row = conn.execute(select(callbacks).where(callbacks.c.id.in_(promised))).first()
    return None if row is None else Callback(*row)


def calls_of(conn: Connection, listed: Iterable[Callback]) -> dict[CallbackId, list[CallId]]:
    """Return the calls that wait for each of these, the first one first, by the row's id."""
    found = {row.id: [row.call_id] for row in listed}
    query = select(callback_calls.c.callback_id, callback_calls.c.call_id).where(
        callback_calls.c.callback_id.in_(list(found))
    )
    for row in conn.execute(query.order_by(callback_calls.c.at, callback_calls.c.call_id)):
        if row.call_id not in found[row.callback_id]:
            found[row.callback_id].append(row.call_id)
    return found


def called(conn: Connection, listed: Iterable[Callback]) -> dict[int, Called]:
    """Return how often and when last each of these called, by the row's id."""
    query = (
        select(callback_calls.c.callback_id, func.count(), func.max(callback_calls.c.at))
        .where(callback_calls.c.callback_id.in_([row.id for row in listed]))
        .group_by(callback_calls.c.callback_id)
    )
    return {row[0]: Called(row[1], row[2]) for row in conn.execute(query)}


def owners(conn: Connection, listed: list[Callback]) -> dict[int, str]:
    """Return the names of the people who took these, by their id."""
    ids = {one.owner_id for one in listed if one.owner_id is not None}
    query = select(people.c.id, people.c.name).where(people.c.id.in_(ids))
    return {row.id: row.name for row in conn.execute(query)}


def take(conn: Connection, callback_id: CallbackId, person_id: PersonId, version: int) -> None:
    """Make it somebody's own; StaleVersionError when it is settled or no longer at `version`."""
    change(conn, callback_id, version, owner_id=person_id)


def tried_by_hand(
    conn: Connection,
    callback_id: CallbackId,
    version: int,
    *,
    talked: bool,
    note: str,
    person_id: PersonId,
    now: datetime,
) -> None:
    """Record that a clerk has called: settled when they talked, else one more try (StaleVersionError).

    Whoever called owns it from now on; an empty note leaves the note that stands there.
    """
    values: dict[str, Any] = {
        "state": "settled" if talked else "owed",
        "settled_at": now if talked else None,
        "last_result": "talked" if talked else "no_answer",
        "tries": callbacks.c.tries + 1,
        "tried_at": now,
        "owner_id": person_id,
    }
    if note.strip():
        values["note"] = whole_text(note, 2000)
    change(conn, callback_id, version, **values)


def change(conn: Connection, callback_id: CallbackId, version: int, **values: Any) -> None:
    """Change an open one that stands at `version`, which goes up by one; StaleVersionError otherwise."""
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
        raise StaleVersionError(f"callback {callback_id} is no longer at version {version}")


def _instant_and_id(instant: datetime, number: int) -> tuple[Any, Any]:
    """Return both as typed values, so that an instant is compared in the form it is stored in."""
    from sqlalchemy import bindparam

    return (
        bindparam("seen_at", instant, type_=callbacks.c.owed_since.type),
        bindparam("seen_id", number, type_=callbacks.c.id.type),
    )
