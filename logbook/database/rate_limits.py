"""Rate limits shared by all processes: one row per scope and window, one statement per attempt (T-12)."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from logbook.database.tables import budgets
from logbook.database.upsert import InsertInto, PerDatabase
from logbook.plain_text import plain_text

_EPOCH = datetime(1969, 12, 31, 17, tzinfo=UTC)
"""Midnight in Vietnam by its time of today: a rate limit of a day is that of the day people there live in."""


def _spend(insert: InsertInto) -> Any:
    return (
        insert(budgets)
        .values(used=1)
        .on_conflict_do_update(
            index_elements=[budgets.c.scope, budgets.c.window_start],
            set_={"used": budgets.c.used + 1},
            where=budgets.c.used < bindparam("most"),
        )
        .returning(budgets.c.used)
    )


_SPEND = PerDatabase(_spend)


def spend(conn: Connection, scope: str, window: timedelta, limit: int, now: datetime) -> bool:
    """Take one from `scope`'s rate limit of `limit` per `window`; False when nothing is left.

    Windows are counted from a midnight in Vietnam, so all processes mean the same one.
    """
    if limit <= 0:
        return False
    values = {"scope": plain_text(scope, 128), "window_start": _start(window, now), "most": limit}
    return conn.execute(_SPEND.on(conn), values).first() is not None


def give_back(conn: Connection, scope: str, window: timedelta, now: datetime) -> None:
    """Return one to `scope`'s rate limit, taken in this same transaction for something that cost nothing."""
    conn.execute(
        update(budgets)
        .where(budgets.c.scope == plain_text(scope, 128), budgets.c.window_start == _start(window, now))
        .values(used=budgets.c.used - 1)
    )


def used(conn: Connection, scope: str, window: timedelta, now: datetime) -> int:
    """Return how much of `scope`'s rate limit is spent in the window of `now`."""
    query = select(budgets.c.used).where(
        budgets.c.scope == plain_text(scope, 128), budgets.c.window_start == _start(window, now)
    )
    return int(conn.execute(query).scalar() or 0)


def _start(window: timedelta, now: datetime) -> datetime:
    return _EPOCH + (now - _EPOCH) // window * window


def next_window(window: timedelta, now: datetime) -> datetime:
    """Return when the window after the present one begins (UTC)."""
    return _start(window, now) + window
