"""The clock of the database, which all processes share whatever their machines' clocks show (S6)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from logbook.clock import Clock
from logbook.database.utc_datetime import UtcDateTime

MOST_APART = timedelta(seconds=5)
"""How far the clock of a machine may be from the database's before the office gets an alarm."""


def shared_now(conn: Connection, machine: Clock) -> datetime:
    """Return the present as aware UTC by PostgreSQL's own clock; on SQLite by `machine`, which is one."""
    if conn.dialect.name == "sqlite":
        return machine.now()
    return conn.execute(select(func.clock_timestamp(type_=UtcDateTime()))).scalar_one()


def ahead(conn: Connection, machine: Clock) -> timedelta:
    """Return how far the clock of `machine` is ahead of the shared one, negative when it is behind."""
    before = machine.now()
    shared = shared_now(conn, machine)
    return before + (machine.now() - before) / 2 - shared
