"""Table of the register of officials: one row per person, kept after they leave."""

from sqlalchemy import Column, Date, Integer, String, Table

from logbook.database.tables.metadata import RowId, metadata
from logbook.database.utc_datetime import UtcDateTime

officials = Table(
    "officials",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("key", String(40), nullable=False, unique=True),
    Column("second_key", String(40), unique=True),
    Column("name", String(128), nullable=False),
    Column("title", String(128), nullable=False),
    Column("unit", String(128), nullable=False),
    Column("organisation", String(16), nullable=False),
    Column("since", Date, nullable=False),
    Column("until", Date),
    Column("login", String(64), unique=True),
    Column("telephone", String(32)),
    Column("photo_consent_at", UtcDateTime),
    Column("reminded_by", String(8), nullable=False, server_default="message"),
    Column("version", Integer, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
)
