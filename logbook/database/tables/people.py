"""Tables of accounts: people with their role, sessions, clients of the read API, and the audit log."""

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, String, Table, Text

from logbook.database.tables.metadata import RowId, metadata
from logbook.database.utc_datetime import UtcDateTime

people = Table(
    "people",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("login", String(64), nullable=False, unique=True),
    Column("name", String(128), nullable=False),
    Column("title", String(128), nullable=False),
    Column("role", String(32), nullable=False),
    Column("language", String(2), nullable=False),
    Column("telephone", String(32)),
    Column("sees_restricted", Boolean(create_constraint=False), nullable=False),
    Column("password_hash", String(256), nullable=False),
    Column("second_factor", String(64)),
    Column("last_code", Integer),
    Column("must_change_password", Boolean(create_constraint=False), nullable=False),
    Column("demo", Boolean(create_constraint=False), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("disabled_at", UtcDateTime),
    Column("phone_pin_hash", String(256)),
    Column("last_day", Date),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("person_id", RowId, ForeignKey("people.id"), nullable=False),
    Column("begun_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("complete", Boolean(create_constraint=False), nullable=False),
    Column("address", String(64), nullable=False),
    Column("agent", String(256), nullable=False),
    Index("ix_sessions_person_id", "person_id"),
)

journal = Table(
    "journal",
    metadata,
    Column("number", RowId, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("person_id", RowId, ForeignKey("people.id")),
    Column("who", String(128), nullable=False),
    Column("act", String(32), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("ix_journal_subject", "subject"),
    Index("ix_journal_act", "act", "number"),
    Index("ix_journal_who", "who", "number"),
)

journal_head = Table(
    "journal_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", RowId, nullable=False),
    Column("hash", String(64), nullable=False),
)

saved_views = Table(
    "saved_views",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("person_id", RowId, ForeignKey("people.id"), nullable=False),
    Column("name", String(64), nullable=False),
    Column("query", String(1000), nullable=False),
    Index("ix_saved_views_person_id", "person_id"),
)

api_clients = Table(
    "api_clients",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("name", String(128), nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("rights", String(200), nullable=False),
    Column("made_by", String(128), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
    Column("used_at", UtcDateTime),
)
