"""Table of recordings: what the provider holds, what was fetched, what is stored here."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, text

from logbook.database.tables.metadata import RowId, metadata
from logbook.database.utc_datetime import UtcDateTime

recordings = Table(
    "recordings",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("call_id", RowId, ForeignKey("calls.id"), nullable=False),
    Column("turn", Integer, nullable=False),
    Column("sid", String(64), nullable=False, unique=True),
    Column("purpose", String(32), nullable=False),
    Column("seconds", Integer),
    Column("heard_at", UtcDateTime, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_try_at", UtcDateTime),
    Column("last_error", String(500)),
    Column("file_name", String(128), unique=True),
    Column("sha256", String(64)),
    Column("size", BigInteger),
    Column("media_type", String(64)),
    Column("stored_at", UtcDateTime),
    Column("provider_deleted_at", UtcDateTime),
    Index("ix_recordings_call_id_turn", "call_id", "turn"),
    Index(
        "ix_recordings_due",
        "next_try_at",
        sqlite_where=text("next_try_at IS NOT NULL"),
        postgresql_where=text("next_try_at IS NOT NULL"),
    ),
)
