"""Tables of paper slips: one for each finished dossier, its answers in `ratings`; printed, photographed."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from logbook.database.partial_index import partial_index
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
    partial_index(
        "uq_slips_dossier_id_valid",
        "dossier_id",
        unique=True,
        where=text("valid"),
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

printed_slips = Table(
    "printed_slips",
    metadata,
    Column("number", String(32), primary_key=True),
    Column("dossier_id", RowId, ForeignKey("dossiers.id")),
    Column("form_key", String(64), nullable=False),
    Column("form_version", Integer, nullable=False),
    Column("printed_by", RowId, ForeignKey("people.id")),
    Column("printed_at", UtcDateTime, nullable=False),
    Index("ix_printed_slips_dossier_id", "dossier_id"),
)

slip_photos = Table(
    "slip_photos",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("place", Integer, nullable=False),
    Column("file_name", String(200), nullable=False),
    Column("uploaded_by", RowId, ForeignKey("people.id")),
    Column("uploaded_at", UtcDateTime, nullable=False),
    Column("office", String(8), nullable=False),
    Column("number", String(32), nullable=False),
    Column("rows", Text, nullable=False),
    Column("has_comment", Boolean(create_constraint=False), nullable=False),
    Column("problem", Text, nullable=False),
    Column("picture", LargeBinary),
    UniqueConstraint("sha256", "place", name="uq_slip_photos_sha256_place"),
    Index("ix_slip_photos_number", "number"),
    Index("ix_slip_photos_uploaded_at", "uploaded_at"),
)
