"""Table of the periodic reports: one row a kind and period, its figures kept as they were when made."""

from sqlalchemy import Column, Date, ForeignKey, Integer, String, Table, Text, UniqueConstraint

from logbook.tables.metadata import RowId, metadata
from logbook.utc_datetime import UtcDateTime

reports = Table(
    "reports",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("period", String(16), nullable=False),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("figures", Text, nullable=False),
    Column("team_part", Text),
    Column("remarks", Text),
    Column("confirmed_at", UtcDateTime),
    Column("confirmed_by", RowId, ForeignKey("people.id")),
    Column("conclusion", Text),
    Column("version", Integer, nullable=False),
    UniqueConstraint("kind", "period"),
)
