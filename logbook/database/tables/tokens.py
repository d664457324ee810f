"""Tables of ratings by QR code: places with a printed code, tokens, ratings, tags, replaced ratings."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text

from logbook.database.tables.metadata import RowId, metadata
from logbook.database.utc_datetime import UtcDateTime

rating_places = Table(
    "rating_places",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("code", String(16), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("name", String(200), nullable=False),
    Column("official_id", RowId, ForeignKey("officials.id")),
    Column("made_by", String(128), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
)

rating_tokens = Table(
    "rating_tokens",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("code_hash", String(64), nullable=False, unique=True),
    Column("made_at", UtcDateTime, nullable=False),
    Column("made_by", String(128), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("response_id", RowId, ForeignKey("responses.id"), unique=True),
)

token_ratings = Table(
    "token_ratings",
    metadata,
    Column("response_id", RowId, ForeignKey("responses.id"), primary_key=True, autoincrement=False),
    Column("official_id", RowId, ForeignKey("officials.id")),
    Column("procedure", String(300), nullable=False),
    Column("comment", Text, nullable=False),
    Column("replaced", Integer, nullable=False),
    Column("sent_at", UtcDateTime, nullable=False),
    Column("place_id", RowId, ForeignKey("rating_places.id")),
    Column("comment_state", String(16), nullable=False, server_default="waiting"),
    Column("tags", String(500), nullable=False, server_default=""),
    Column("moderated_by", RowId, ForeignKey("people.id")),
    Column("moderated_at", UtcDateTime),
    Index("ix_token_ratings_official_id", "official_id"),
)

rating_tags = Table(
    "rating_tags",
    metadata,
    Column("response_id", RowId, ForeignKey("responses.id"), primary_key=True, autoincrement=False),
    Column("tag", String(64), primary_key=True),
)
"""The promises of the office (`tickets.tags`) that a rating's comment says were kept or broken (002-12)."""

replaced_ratings = Table(
    "replaced_ratings",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("response_id", RowId, ForeignKey("responses.id"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("content", Text, nullable=False),
    Index("ix_replaced_ratings_response_id", "response_id"),
)
