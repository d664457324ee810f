"""Tables of checklists, news, monthly counts, checks of officials' work, and internal checks."""

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from logbook.database.tables.metadata import RowId, metadata
from logbook.database.utc_datetime import UtcDateTime

checklist_looks = Table(
    "checklist_looks",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("checklist", String(40), nullable=False),
    Column("period", String(7), nullable=False),
    Column("item", String(40), nullable=False),
    Column("place", String(40), nullable=False),
    Column("number", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("note", Text, nullable=False),
    Column("looked_by", RowId, ForeignKey("people.id"), nullable=False),
    Column("looked_at", UtcDateTime, nullable=False),
    UniqueConstraint("checklist", "period", "item", "place", "number"),
    Index("ix_checklist_looks_looked_at", "looked_at"),
)

news_items = Table(
    "news_items",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("key", String(64), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("published_on", Date, nullable=False),
    Column("title", Text, nullable=False),
    Column("link", Text, nullable=False),
    Column("author", String(200), nullable=False),
    Column("entered_by", RowId, ForeignKey("people.id"), nullable=False),
    Column("entered_at", UtcDateTime, nullable=False),
    Column("struck_at", UtcDateTime),
    Index("ix_news_items_published_on", "published_on"),
)

monthly_counts = Table(
    "monthly_counts",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("month", String(7), nullable=False),
    Column("service", String(40), nullable=False),
    Column("number", Integer, nullable=False),
    Column("value", Integer, nullable=False),
    Column("entered_by", RowId, ForeignKey("people.id"), nullable=False),
    Column("entered_at", UtcDateTime, nullable=False),
    UniqueConstraint("month", "service", "number"),
)

work_checks = Table(
    "work_checks",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("key", String(64), nullable=False, unique=True),
    Column("checked_on", Date, nullable=False),
    Column("checker", String(200), nullable=False),
    Column("unit", String(200), nullable=False),
    Column("content", Text, nullable=False),
    Column("guidance", Text, nullable=False),
    Column("entered_by", RowId, ForeignKey("people.id"), nullable=False),
    Column("entered_at", UtcDateTime, nullable=False),
    Column("struck_at", UtcDateTime),
    Index("ix_work_checks_checked_on", "checked_on"),
)

internal_checks = Table(
    "internal_checks",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("record", String(32), nullable=False),
    Column("number", Integer, nullable=False),
    Column("official_id", RowId, ForeignKey("officials.id"), nullable=False),
    Column("checked_on", Date, nullable=False),
    Column("subject", Text, nullable=False),
    Column("finding", Text, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("measure", Text, nullable=False),
    Column("written_by", RowId, ForeignKey("people.id"), nullable=False),
    Column("written_at", UtcDateTime, nullable=False),
    UniqueConstraint("record", "number"),
    Index("ix_internal_checks_official_id", "official_id"),
)
