"""Declares an index over a part of a table, for both databases, without loading the one nobody speaks."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Index, MetaData, TextClause

Condition = ColumnElement[bool] | TextClause
Column = str | ColumnElement[Any] | TextClause
_WHERE = "where"


def partial_index(name: str, *columns: Column, where: Condition, unique: bool = False) -> Index:
    """An index over the rows for which `where` is true.

    Naming `postgresql_where` here would load that dialect, 2 MB and a twentieth of the start, in every
    process of an office on SQLite; `also_on_postgresql` adds it.
    """
    return Index(name, *columns, unique=unique, sqlite_where=where, info={_WHERE: where})


def also_on_postgresql(metadata: MetaData) -> None:
    """Let PostgreSQL know which rows the partial indexes hold."""
    for table in metadata.tables.values():
        for index in table.indexes:
            if _WHERE in index.info:
                index.dialect_options["postgresql"][_WHERE] = index.info[_WHERE]
