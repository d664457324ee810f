"""What every office's database would hold for itself, held once a process: statements, SQLite's dialect.

An engine of SQLAlchemy keeps both for itself. With sixty-five offices each would compile every statement
anew for its first caller, and remember half a megabyte of what the others remember too.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Dialect, create_engine
from sqlalchemy.util import LRUCache

MOST_STATEMENTS = 2000


class CompiledStatements(LRUCache[Any, Any]):
    """Statements by the name and version of what they are compiled for, and not by the engine."""

    def get(self, key: Any, default: Any = None) -> Any:
        """The compiled statement, whichever engine compiled it."""
        return super().get(_of_any_engine(key), default)

    def __setitem__(self, key: Any, value: Any) -> None:
        """Keep a compiled statement for every engine of its kind."""
        super().__setitem__(_of_any_engine(key), value)


def _of_any_engine(key: Any) -> Any:
    dialect = key[0]
    return dialect.name, getattr(dialect, "server_version_info", None), *key[1:]


@cache
def compiled_statements() -> CompiledStatements:
    """The statements of all databases of this process; for any thread."""
    return CompiledStatements(MOST_STATEMENTS)


@cache
def sqlite_dialect() -> Dialect:
    """How SQLAlchemy speaks to SQLite, for all engines of this process.

    A transaction begins with what its connection was made for: `info["begin"]`. With an event instead every
    statement would pay for events.
    """
    engine = create_engine("sqlite://")
    with engine.connect():  # the dialect learns what this library of SQLite can do
        dialect = engine.dialect
    engine.dispose()
    vars(dialect)["do_begin"] = _begin
    return dialect


def _begin(connection: Any) -> None:
    cursor = connection.cursor()
    cursor.execute(connection.info["begin"])
    cursor.close()
