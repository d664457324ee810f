"""Calls that the line returns for a clerk: wanted in the console, claimed once, with their result.

A row is wanted, then claimed before anything is sent, so that one press of the button is at most one call,
whatever dies in between; every result leads back to "owed" or to "settled".
"""

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, update

from logbook.calls.callbacks import TRIED, Callback, change
from logbook.calls.talks import Talk
from logbook.database import rate_limits
from logbook.database.tables import callbacks, people
from logbook.guests import EVERYBODY, NOT_SENT, Guests
from logbook.plain_text import plain_text
from logbook.settings import own_numbers

DAY = timedelta(days=1)
PATIENCE = timedelta(minutes=10)
"""A clerk who pressed the button longer ago than this is not rung any more."""
DIALLED = "dialled"
NOT_PLACED = "not_placed"
"""The provider took no call: nobody was rung, and nothing is spent."""
_LEG_RESULTS: dict[Talk | None, str] = {
    "completed": "talked",
    "brief": "brief",
    "busy": "busy",
    "no-answer": "no_answer",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """How many calls may be returned in a day, to one number and in all (T-13).

    `own` are the line's numbers, which nobody is rung at, `office` those at which no citizen is.
    """

    per_number: int
    in_all: int
    own: frozenset[str]
    office: frozenset[str] = frozenset()
    guests: Guests = EVERYBODY


def destination(number: str | None, own: Container[str] = ()) -> str | None:
    """Return the E.164 number that may be rung, or None: Vietnamese landlines and mobiles only (T-13)."""
    return own_numbers.callable_citizen(number, own)


def telephone_of(conn: Connection, person_id: int) -> str | None:
    """Return the telephone a person who signs in has entered, or None."""
    found: str | None = conn.execute(select(people.c.telephone).where(people.c.id == person_id)).scalar()
    return found


def want(
    conn: Connection, callback_id: int, version: int, *, telephone: str, person_id: int, now: datetime
) -> None:
    """Ask the line to ring the clerk at `telephone` and then the citizen; Outdated when it has changed."""
    change(
        conn,
        callback_id,
        version,
        state="wanted",
        wanted_at=now,
        wanted_from=plain_text(telephone, 32),
        owner_id=person_id,
        last_result=None,
    )


def wanted(conn: Connection, limit: int) -> list[Callback]:
    """Return what clerks wait for, the first asked first."""
    return _in_state(conn, "wanted", callbacks.c.wanted_at, limit)


def being_called(conn: Connection, limit: int) -> list[Callback]:
    """Return those whose call is under way as far as is known, the oldest first."""
    return _in_state(conn, "calling", callbacks.c.claimed_at, limit)


def claim(conn: Connection, row: Callback, limits: Limits, now: datetime) -> Callback | None:
    """Claim `row` for its one call, or record on it why there is none; None then.

    None as well when another runner was quicker. The rate limits are spent here, before anything is sent.
    """
    clerk = destination(row.wanted_from, limits.own)
    citizen = destination(row.number, limits.own | limits.office)
    refused = None
    if row.wanted_at is None or now - row.wanted_at > PATIENCE:
        refused = "expired"
    elif clerk is None or citizen is None:
        refused = "refused"
    elif not (limits.guests.number(clerk) and limits.guests.number(citizen)):
        refused = NOT_SENT
    elif not _spend(conn, citizen, limits, now):
        refused = "too_many"
    values: dict[str, Any] = {"state": "owed", "wanted_at": None, "wanted_from": None, "last_result": refused}
    if refused is None:
        values = {
            "state": "calling",
            "claimed_at": now,
            "calls_placed": callbacks.c.calls_placed + 1,
            "return_sid": None,
            "last_result": None,
        }
    done = conn.execute(
        update(callbacks)
        .where(callbacks.c.id == row.id, callbacks.c.version == row.version, callbacks.c.state == "wanted")
        .values(version=callbacks.c.version + 1, **values)
        .returning(*callbacks.c)
    ).first()
    if refused is None and done is None and citizen is not None:
        _give_back(conn, citizen, now)
    return Callback(*done) if refused is None and done is not None else None


def current(conn: Connection, callback_id: int, call: int) -> Callback | None:
    """Return the row while its `call`-th call is under way, locked; None when that is over or never was."""
    row = conn.execute(
        select(callbacks)
        .where(
            callbacks.c.id == callback_id, callbacks.c.state == "calling", callbacks.c.calls_placed == call
        )
        .with_for_update()
    ).first()
    return None if row is None else Callback(*row)


def known_as(conn: Connection, row: Callback, sid: str) -> None:
    """Record the provider's id of the call, whoever brings it first."""
    conn.execute(
        update(callbacks)
        .where(_of(row), callbacks.c.return_sid.is_(None))
        .values(return_sid=plain_text(sid, 64))
    )


def dialled(conn: Connection, row: Callback) -> None:
    """Record that the clerk is there and the citizen is being rung."""
    conn.execute(update(callbacks).where(_of(row)).values(last_result=DIALLED))


def ended(conn: Connection, row: Callback, result: str, now: datetime) -> bool:
    """Record the call's result: settled when they talked, else open again; False when recorded before.

    A try counts only when the citizen's telephone was rung.
    """
    talked = result == "talked"
    values: dict[str, Any] = {
        "state": "settled" if talked else "owed",
        "settled_at": now if talked else None,
        "last_result": result,
        "wanted_at": None,
        "wanted_from": None,
        "claimed_at": None,
        "version": callbacks.c.version + 1,
    }
    if result in TRIED:
        values |= {"tries": callbacks.c.tries + 1, "tried_at": now}
    done = conn.execute(update(callbacks).where(_of(row)).values(**values)).rowcount == 1
    citizen = destination(row.number)
    if done and result == NOT_PLACED and citizen is not None:
        _give_back(conn, citizen, row.claimed_at or now)
    return done


def leg_result(talk: Talk | None) -> str:
    """Our word for how ringing the citizen ended, as `talks` judges it."""
    return _LEG_RESULTS.get(talk, "failed")


def _of(row: Callback) -> Any:
    return (
        (callbacks.c.id == row.id)
        & (callbacks.c.state == "calling")
        & (callbacks.c.calls_placed == row.calls_placed)
    )


def _in_state(conn: Connection, state: str, order: Any, limit: int) -> list[Callback]:
    query = select(callbacks).where(callbacks.c.state == state, callbacks.c.settled_at.is_(None))
    return [Callback(*row) for row in conn.execute(query.order_by(order, callbacks.c.id).limit(limit))]


def _spend(conn: Connection, citizen: str, limits: Limits, now: datetime) -> bool:
    if not rate_limits.spend(conn, _scope(citizen), DAY, limits.per_number, now):
        return False
    if rate_limits.spend(conn, _EVERYBODY, DAY, limits.in_all, now):
        return True
    rate_limits.give_back(conn, _scope(citizen), DAY, now)
    return False


def _give_back(conn: Connection, citizen: str, now: datetime) -> None:
    rate_limits.give_back(conn, _scope(citizen), DAY, now)
    rate_limits.give_back(conn, _EVERYBODY, DAY, now)


_EVERYBODY = "return:all"


def _scope(citizen: str) -> str:
    return f"return:number:{citizen}"
