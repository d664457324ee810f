"""Table of the sample month: which rows of the database are samples, by table and key."""

from sqlalchemy import Column, String, Table

from logbook.database.tables.metadata import metadata
from logbook.database.utc_datetime import UtcDateTime

samples = Table(
    "samples",
    metadata,
    Column("kind", String(64), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("made_at", UtcDateTime, nullable=False),
)
