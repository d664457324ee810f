"""Tables of retention: legal holds, and erasure records of what was deleted."""

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text, UniqueConstraint

from logbook.database.tables.metadata import RowId, metadata
from logbook.database.utc_datetime import UtcDateTime

legal_holds = Table(
    "legal_holds",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("ticket_id", RowId, ForeignKey("tickets.id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("made_by", RowId, ForeignKey("people.id"), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("lifted_at", UtcDateTime),
    Column("lifted_by", RowId, ForeignKey("people.id")),
    Index("ix_legal_holds_ticket_id", "ticket_id"),
)

tombstones = Table(
    "tombstones",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("deleted_at", UtcDateTime, nullable=False),
    Column("rule", String(200), nullable=False),
    Column("details", Text, nullable=False),
    UniqueConstraint("kind", "subject"),
)
