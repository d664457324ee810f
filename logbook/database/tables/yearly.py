"""Table of the yearly index of satisfaction as the superior body published it (002-01)."""

from sqlalchemy import Column, ForeignKey, Integer, String, Table

from logbook.database.tables.metadata import RowId, metadata
from logbook.database.utc_datetime import UtcDateTime

yearly_indexes = Table(
    "yearly_indexes",
    metadata,
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("hundredths", Integer, nullable=False),
    Column("rank", Integer),
    Column("places", Integer),
    Column("target_hundredths", Integer),
    Column("document", String(500), nullable=False),
    Column("written_by", RowId, ForeignKey("people.id"), nullable=False),
    Column("written_at", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False),
)
