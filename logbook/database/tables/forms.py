"""Tables of the console's forms: submitted ones, and the kept words of refused ones."""

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text

from logbook.database.tables.metadata import RowId, metadata
from logbook.database.utc_datetime import UtcDateTime

sent_forms = Table(
    "sent_forms",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("person_id", RowId, ForeignKey("people.id"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("answer", String(500)),
    Index("ix_sent_forms_at", "at"),
)

kept_forms = Table(
    "kept_forms",
    metadata,
    Column("key", String(32), primary_key=True),
    Column("person_id", RowId, ForeignKey("people.id"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("path", String(300), nullable=False),
    Column("page", String(500), nullable=False),
    Column("fields", Text, nullable=False),
    Index("ix_kept_forms_person_id", "person_id", "at"),
    Index("ix_kept_forms_at", "at"),
)
