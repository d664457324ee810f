"""Tables of the office: callbacks, rate limits, closures, day overrides and leases."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from logbook.database.partial_index import partial_index
from logbook.database.tables.metadata import RowId, metadata
from logbook.database.utc_datetime import UtcDateTime

callbacks = Table(
    "callbacks",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("call_id", RowId, ForeignKey("calls.id"), nullable=False, unique=True),
    Column("number", String(32)),
    Column("caller_raw", String(128), nullable=False),
    Column("reason", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("owed_since", UtcDateTime, nullable=False),
    Column("settled_at", UtcDateTime),
    Column("recording_id", RowId, ForeignKey("recordings.id"), unique=True),
    Column("owner_id", RowId, ForeignKey("people.id")),
    Column("note", Text),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("tried_at", UtcDateTime),
    Column("version", Integer, nullable=False, server_default="0"),
    Column("last_result", String(32)),
    Column("merged_into", RowId, ForeignKey("callbacks.id")),
    Column("delivery_id", RowId, ForeignKey("deliveries.id")),
    Index("ix_callbacks_delivery_id", "delivery_id"),
    partial_index(
        "ix_callbacks_owed",
        "owed_since",
        where=text("settled_at IS NULL"),
    ),
    partial_index(
        "uq_callbacks_open_number",
        "number",
        unique=True,
        where=text("settled_at IS NULL AND number IS NOT NULL"),
    ),
)

callback_calls = Table(
    "callback_calls",
    metadata,
    Column("call_id", RowId, ForeignKey("calls.id"), primary_key=True, autoincrement=False),
    Column("callback_id", RowId, ForeignKey("callbacks.id"), nullable=False),
    Column("reason", String(16), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_callback_calls_callback_id", "callback_id"),
)

secret_key = Table(
    "secret_key",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("check_value", String(64), nullable=False),
    Column("since", UtcDateTime, nullable=False),
)

budgets = Table(
    "budgets",
    metadata,
    Column("scope", String(128), primary_key=True),
    Column("window_start", UtcDateTime, primary_key=True),
    Column("used", Integer, nullable=False),
)

closures = Table(
    "closures",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime),
    Column("reason", String(500), nullable=False),
    Column("made_by", String(128), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("ended_early_at", UtcDateTime),
)

day_overrides = Table(
    "day_overrides",
    metadata,
    Column("date", Date, primary_key=True),
    Column("worked", Boolean(create_constraint=False), nullable=False),
    Column("reason", String(500), nullable=False),
    Column("document", String(200), nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("owner", String(128), nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("epoch", BigInteger, nullable=False),
)
