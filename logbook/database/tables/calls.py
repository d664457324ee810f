"""Tables of a telephone call: the call, its turns, legs, consents, what it was about (002-30)."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, false, text

from logbook.database.partial_index import partial_index
from logbook.database.tables.metadata import RowId, metadata
from logbook.database.utc_datetime import UtcDateTime

calls = Table(
    "calls",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("sid", String(64), nullable=False, unique=True),
    Column("direction", String(32), nullable=False),
    Column("caller_raw", String(128), nullable=False),
    Column("caller_number", String(32)),
    Column("called", String(128), nullable=False),
    Column("language", String(16), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("status", String(32), nullable=False),
    Column("outcome", String(64)),
    Column("purpose", String(32)),
    Column("caller_type", String(16)),
    Column("place", Text, nullable=False),
    Column("turn", Integer, nullable=False),
    Column("time_shift", Integer, nullable=False),
    Column("status_sequence", Integer, nullable=False),
    Column("duration", Integer),
    Column("ask_at", UtcDateTime),
    Index("ix_calls_started_at", "started_at"),
    partial_index(
        "ix_calls_ask_at",
        "ask_at",
        where=text("ask_at IS NOT NULL"),
    ),
)

turns = Table(
    "turns",
    metadata,
    Column("call_id", RowId, ForeignKey("calls.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("heard", Text, nullable=False),
    Column("said", Text, nullable=False),
    Column("place", String(64), nullable=False),
    Column("answer", Text, nullable=False),
)

legs = Table(
    "legs",
    metadata,
    Column("call_id", RowId, ForeignKey("calls.id"), primary_key=True),
    Column("turn", Integer, primary_key=True, autoincrement=False),
    Column("person_id", String(64), nullable=False),
    Column("number", String(64), nullable=False),
    Column("dialled_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("outcome", String(32)),
    Column("seconds", Integer),
    Column("sid", String(64), unique=True),
    Column("key_asked", Boolean(create_constraint=False), nullable=False, server_default=false()),
    Column("accepted_at", UtcDateTime),
)

consents = Table(
    "consents",
    metadata,
    Column("call_id", RowId, ForeignKey("calls.id"), primary_key=True),
    Column("turn", Integer, primary_key=True, autoincrement=False),
    Column("purpose", String(32), nullable=False),
    Column("wording_version", String(32), nullable=False),
    Column("key", String(8), nullable=False),
    Column("given", Boolean(create_constraint=False), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

call_quality = Table(
    "call_quality",
    metadata,
    Column("call_id", RowId, ForeignKey("calls.id"), primary_key=True, autoincrement=False),
    Column("packets", Integer, nullable=False),
    Column("lost", Integer, nullable=False),
    Column("late", Integer),
    Column("jitter_ms", Integer, nullable=False),
)

call_enquiries = Table(
    "call_enquiries",
    metadata,
    Column("call_id", RowId, ForeignKey("calls.id"), primary_key=True, autoincrement=False),
    Column("kind", String(24), nullable=False),
    Column("noted_by", RowId, ForeignKey("people.id"), nullable=False),
    Column("noted_at", UtcDateTime, nullable=False),
    Index("ix_call_enquiries_noted_at", "noted_at"),
)
