"""A column type for instants: aware UTC in, aware UTC out, on every database (F-13)."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant: whole microseconds since 1970 on SQLite, `timestamptz` on PostgreSQL.

    SQLite drops time zones (F-13), so there the number is stored, which also sorts rightly.
    A naive datetime raises ValueError.
    """

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The column's real type on this database."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """What is written: refuses a naive datetime with ValueError."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime refused: {value!r}")
        return microseconds(value) if dialect.name == "sqlite" else value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """What is read: always aware UTC."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            return _EPOCH + timedelta(microseconds=value)
        instant: datetime = value
        return instant.astimezone(UTC)


def microseconds(instant: datetime) -> int:
    """Whole microseconds from 1970-01-01T00:00Z to an aware `instant`."""
    return (instant - _EPOCH) // _MICROSECOND
