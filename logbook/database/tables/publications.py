"""Tables of what citizens may read: answered cases, monthly notices, who posted them, the publicity log."""

from sqlalchemy import (
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from logbook.database.person_ids import NOBODY, PersonIds
from logbook.database.tables.metadata import RowId, metadata
from logbook.database.utc_datetime import UtcDateTime

publications = Table(
    "publications",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("ticket_id", RowId, ForeignKey("tickets.id"), nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("summary", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("place", String(200), nullable=False),
    Column("search_text", Text, nullable=False),
    Column("writer_ids", PersonIds, nullable=False, default=NOBODY),
    Column("written_at", UtcDateTime, nullable=False),
    Column("approved_by", RowId, ForeignKey("people.id")),
    Column("published_at", UtcDateTime),
    Column("withdrawn_by", RowId, ForeignKey("people.id")),
    Column("withdrawn_at", UtcDateTime),
    Column("withdrawn_why", Text),
    Column("version", Integer, nullable=False),
    Index("ix_publications_state", "state", "published_at"),
)

notices = Table(
    "notices",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("month", String(7), nullable=False, unique=True),
    Column("figures", Text, nullable=False),
    Column("counted_at", UtcDateTime, nullable=False),
    Column("strengths", Text, nullable=False),
    Column("shortcomings", Text, nullable=False),
    Column("remedies", Text, nullable=False),
    Column("writer_ids", PersonIds, nullable=False, default=NOBODY),
    Column("approved_by", RowId, ForeignKey("people.id")),
    Column("approved_at", UtcDateTime),
    Column("version", Integer, nullable=False),
)

postings = Table(
    "postings",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("notice_id", RowId, ForeignKey("notices.id"), nullable=False),
    Column("place", String(16), nullable=False),
    Column("posted_on", Date, nullable=False),
    Column("where", String(200), nullable=False),
    Column("address", String(500)),
    Column("photo", LargeBinary),
    Column("photo_type", String(16)),
    Column("posted_by", RowId, ForeignKey("people.id"), nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    UniqueConstraint("notice_id", "place"),
)

publicity = Table(
    "publicity",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("key", String(64), nullable=False, unique=True),
    Column("held_on", Date, nullable=False),
    Column("channel", String(32), nullable=False),
    Column("who", String(200), nullable=False),
    Column("audience", String(200), nullable=False),
    Column("people", Integer),
    Column("note", Text, nullable=False),
    Column("entered_by", RowId, ForeignKey("people.id"), nullable=False),
    Column("entered_at", UtcDateTime, nullable=False),
    Column("struck_at", UtcDateTime),
    Index("ix_publicity_held_on", "held_on"),
)
