"""Tables of sound: recordings of calls and their drafts; what callers hear: sentences, menu, clips, codes."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from logbook.database.partial_index import partial_index
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
    partial_index(
        "ix_recordings_due",
        "next_try_at",
        where=text("next_try_at IS NOT NULL"),
    ),
)

transcripts = Table(
    "transcripts",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("recording_id", RowId, ForeignKey("recordings.id"), nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_try_at", UtcDateTime),
    Column("text", Text, nullable=False),
    Column("engine", String(40)),
    Column("last_error", String(200)),
    Column("made_at", UtcDateTime),
    Column("confirmed_by", RowId, ForeignKey("people.id")),
    Column("confirmed_at", UtcDateTime),
)

line_edits = Table(
    "line_edits",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("subject", String(120), nullable=False),
    Column("version", Integer, nullable=False),
    Column("value", Text),
    Column("made_by", RowId, ForeignKey("people.id"), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    UniqueConstraint("subject", "version"),
)

prompt_clips = Table(
    "prompt_clips",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("language", String(8), nullable=False),
    Column("prompt", String(120), nullable=False),
    Column("text", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("source", String(16), nullable=False),
    Column("sound", LargeBinary),
    Column("milliseconds", Integer, nullable=False),
    Column("troubles", String(200), nullable=False),
    Column("recording_id", RowId, ForeignKey("recordings.id"), unique=True),
    Column("made_by", RowId, ForeignKey("people.id"), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("retired_at", UtcDateTime),
    Index("ix_prompt_clips_language_digest", "language", "digest"),
)

prompt_codes = Table(
    "prompt_codes",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("code_hash", String(64), nullable=False, unique=True),
    Column("language", String(8), nullable=False),
    Column("prompt", String(120), nullable=False),
    Column("made_by", RowId, ForeignKey("people.id"), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
)
