"""Builds one upsert statement for SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar, cast

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import sqlite

InsertInto = Callable[[Table], sqlite.Insert]
Statement = TypeVar("Statement")


class PerDatabase(Generic[Statement]):
    """One upsert for both databases: `build(insert)` writes it once, `on(connection)` picks the right one."""

    def __init__(self, build: Callable[[InsertInto], Statement]) -> None:
        """`build` gets the database's own `insert`; both offer the same ON CONFLICT and RETURNING."""
        self._build = build
        self._sqlite = build(sqlite.insert)
        self._postgresql: Statement | None = None

    def on(self, connection: Connection) -> Statement:
        """The statement for the database behind `connection`."""
        if connection.dialect.name == "sqlite":
            return self._sqlite
        if self._postgresql is None:  # an office on SQLite never loads the other dialect
            from sqlalchemy.dialects import postgresql

            self._postgresql = self._build(cast(InsertInto, postgresql.insert))
        return self._postgresql
