"""Tables of paper slips: one per finished dossier, and second entries; answers are in `ratings`."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, text

from logbook.database.tables.metadata import RowId, metadata
from logbook.database.utc_datetime import UtcDateTime

slips = Table(
    "slips",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("number", String(32), nullable=False, unique=True),
    Column("dossier_id", RowId, ForeignKey("dossiers.id"), nullable=False),
    Column("response_id", RowId, ForeignKey("responses.id"), nullable=False, unique=True),
    Column("respondent", String(16), nullable=False),
    Column("comment", Text, nullable=False),
    Column("source", String(16), nullable=False),
    Column("entered_by", RowId, ForeignKey("people.id")),
    Column("entered_at", UtcDateTime, nullable=False),
    Column("valid", Boolean(create_constraint=False), nullable=False),
    Column("void_reason", Text),
    Column("version", Integer, nullable=False),
    Index("ix_slips_dossier_id", "dossier_id"),
    Index(
        "uq_slips_dossier_id_valid",
        "dossier_id",
        unique=True,
        sqlite_where=text("valid"),
        postgresql_where=text("valid"),
    ),
)

slip_checks = Table(
    "slip_checks",
    metadata,
    Column("slip_id", RowId, ForeignKey("slips.id"), primary_key=True, autoincrement=False),
    Column("reference", String(64), nullable=False),
    Column("respondent", String(16), nullable=False),
    Column("answers", Text, nullable=False),
    Column("entered_by", RowId, ForeignKey("people.id"), nullable=False),
    Column("entered_at", UtcDateTime, nullable=False),
)
