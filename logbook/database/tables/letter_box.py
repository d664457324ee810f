"""Tables of openings of the letter box or the book of opinions, empty ones too, and of letters by mail."""

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, String, Table, Text

from logbook.database.tables.metadata import RowId, metadata
from logbook.database.utc_datetime import UtcDateTime

openings = Table(
    "openings",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("channel", String(32), nullable=False),
    Column("opened_on", Date, nullable=False),
    Column("opened_by", String(200), nullable=False),
    Column("witnesses", String(500), nullable=False),
    Column("found", Integer, nullable=False),
    Column("minutes_number", String(64), nullable=False),
    Column("note", Text, nullable=False),
    Column("made_by", RowId, ForeignKey("people.id")),
    Column("made_at", UtcDateTime, nullable=False),
    Column("withdrawn_at", UtcDateTime),
    Column("withdrawn_by", RowId, ForeignKey("people.id")),
    Column("withdrawn_why", Text),
    Column("version", Integer, nullable=False),
    Index("ix_openings_opened_on", "opened_on"),
)

mail_letters = Table(
    "mail_letters",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("key", String(64), nullable=False, unique=True),
    Column("fate", String(16), nullable=False),
    Column("ticket_id", RowId, ForeignKey("tickets.id")),
    Column("heard_at", UtcDateTime, nullable=False),
    Column("reply_to", String(254)),
    Column("due_at", UtcDateTime),
    Column("attempts", Integer, nullable=False),
    Column("answered_at", UtcDateTime),
)
"""A letter by the hash of its Message-ID; the writer's address stays until they were answered."""
