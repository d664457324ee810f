"""Converts instants to numbers inside a query, on both databases, so that figures need no row each."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, cast, func, type_coerce

VIETNAM_AHEAD = 7 * 3600
"""Seconds Vietnam's clocks are ahead of UTC; there is no summer time."""
DAY = 24 * 3600


def seconds(conn: Connection, column: ColumnElement[Any]) -> ColumnElement[int]:
    """Return whole seconds since 1970 of a UtcDateTime column."""
    if conn.dialect.name == "sqlite":
        return type_coerce(column, BigInteger) // 1_000_000
    return cast(func.floor(func.extract("epoch", column)), BigInteger)


def local_day(conn: Connection, column: ColumnElement[Any]) -> ColumnElement[int]:
    """Return the day in Vietnam as a number that counts up."""
    return (seconds(conn, column) + VIETNAM_AHEAD) // DAY
