"""Builds one upsert statement for SQLite and PostgreSQL."""

from collections.abc import Callable
from typing import Generic, TypeVar, cast

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

InsertInto = Callable[[Table], sqlite.Insert]
Statement = TypeVar("Statement")


class PerDatabase(Generic[Statement]):
    """One upsert for both databases: `build(insert)` writes it once, `on(connection)` picks the right one."""

    def __init__(self, build: Callable[[InsertInto], Statement]) -> None:
        """`build` gets the database's own `insert`; both offer the same ON CONFLICT and RETURNING."""
        self._sqlite = build(sqlite.insert)
        self._postgresql = build(cast(InsertInto, postgresql.insert))

    def on(self, connection: Connection) -> Statement:
        """The statement for the database behind `connection`."""
        return self._sqlite if connection.dialect.name == "sqlite" else self._postgresql
