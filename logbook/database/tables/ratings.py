"""Tables of the satisfaction survey: criteria sets, responses, ratings, kept counts, the yearly index."""

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from logbook.database.tables.metadata import RowId, metadata
from logbook.database.utc_datetime import UtcDateTime

criteria_sets = Table(
    "criteria_sets",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("key", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("title", String(500), nullable=False),
    Column("scale_min", Integer, nullable=False),
    Column("scale_max", Integer, nullable=False),
    Column("installed_at", UtcDateTime, nullable=False),
    Column("legal_basis", Text),
    Column("channels", String(64)),
    Column("target_percent", Integer),
    Column("screening", Text),
    UniqueConstraint("key", "version"),
)

criteria = Table(
    "criteria",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("set_id", RowId, ForeignKey("criteria_sets.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("key", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("question", Text, nullable=False),
    UniqueConstraint("set_id", "key"),
)

responses = Table(
    "responses",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("call_id", RowId, ForeignKey("calls.id"), unique=True),
    Column("set_id", RowId, ForeignKey("criteria_sets.id"), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Index("ix_responses_started_at", "started_at"),
    Index("ix_responses_channel", "channel", "id"),
)

ratings = Table(
    "ratings",
    metadata,
    Column("response_id", RowId, ForeignKey("responses.id"), primary_key=True),
    Column("criterion_id", RowId, ForeignKey("criteria.id"), primary_key=True),
    Column("value", Integer),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_ratings_at", "at"),
)

rating_counts = Table(
    "rating_counts",
    metadata,
    Column("official_id", RowId, primary_key=True, autoincrement=False),
    Column("day", Date, primary_key=True),
    Column("set_id", RowId, primary_key=True, autoincrement=False),
    Column("channel", String(32), primary_key=True),
    Column("criterion_id", RowId, primary_key=True, autoincrement=False),
    Column("value", Integer, primary_key=True, autoincrement=False),
    Column("many", Integer, nullable=False),
)
"""How often each mark was given on a day in Vietnam (logbook/calls/rating_counts.py): official 0 is everybody
together, criterion 0 counts people instead of answers."""

yearly_indexes = Table(
    "yearly_indexes",
    metadata,
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("hundredths", Integer, nullable=False),
    Column("rank", Integer),
    Column("places", Integer),
    Column("target_hundredths", Integer),
    Column("document", String(500), nullable=False),
    Column("written_by", RowId, ForeignKey("people.id"), nullable=False),
    Column("written_at", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False),
)
