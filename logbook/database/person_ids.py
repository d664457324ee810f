"""A column type for a set of accounts: row numbers in, a set out."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Dialect, String, Text, type_coerce
from sqlalchemy.types import TypeDecorator

from logbook.ids import PersonId

NOBODY: frozenset[int] = frozenset()


class PersonIds(TypeDecorator[frozenset[int]]):
    """A set of row numbers, kept as ",3,17," and as "" when it is empty."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Iterable[int] | None, _dialect: Dialect) -> Any:
        """What is written, in the order of the numbers."""
        numbers = sorted(set(value or ()))
        return f",{','.join(map(str, numbers))}," if numbers else ""

    def process_result_value(self, value: Any | None, _dialect: Dialect) -> frozenset[int]:
        """What is read."""
        return frozenset(int(number) for number in (value or "").split(",") if number)


def holds(column: ColumnElement[Any], person_id: PersonId) -> ColumnElement[bool]:
    """The condition that a column of PersonIds names this account."""
    return type_coerce(column, String).like(f"%,{person_id:d},%")
