"""Tables of duty: dated sessions with their people in order, absences, and who is busy at the desk."""

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, String, Table

from logbook.database.tables.metadata import RowId, metadata
from logbook.database.utc_datetime import UtcDateTime

duty_sessions = Table(
    "duty_sessions",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("date", Date, nullable=False),
    Column("starts", Integer, nullable=False),
    Column("ends", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("changed_by", String(128), nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Index("uq_duty_sessions_date_kind_starts", "date", "kind", "starts", unique=True),
)

duty_places = Table(
    "duty_places",
    metadata,
    Column("session_id", RowId, ForeignKey("duty_sessions.id"), primary_key=True, autoincrement=False),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("person", String(64), nullable=False),
)

duty_absences = Table(
    "duty_absences",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("person", String(64), nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("part", String(16), nullable=False),
    Column("stand_in", String(64)),
    Column("made_by", String(128), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("withdrawn_at", UtcDateTime),
    Index("ix_duty_absences_last_day", "last_day", "first_day"),
)

desk_busy = Table(
    "desk_busy",
    metadata,
    Column("person", String(64), primary_key=True),
    Column("until", UtcDateTime, nullable=False),
)
