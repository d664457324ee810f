"""Table of openings of the letter box or the book of opinions, empty ones too."""

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
