"""Table of what callers asked about a dossier, as the clerk noted it beside the call (002-30, 002-33)."""

from sqlalchemy import Column, ForeignKey, Index, String, Table

from logbook.database.tables.metadata import RowId, metadata
from logbook.database.utc_datetime import UtcDateTime

call_enquiries = Table(
    "call_enquiries",
    metadata,
    Column("call_id", RowId, ForeignKey("calls.id"), primary_key=True, autoincrement=False),
    Column("kind", String(24), nullable=False),
    Column("noted_by", RowId, ForeignKey("people.id"), nullable=False),
    Column("noted_at", UtcDateTime, nullable=False),
    Index("ix_call_enquiries_noted_at", "noted_at"),
)
