"""Tables of the one-stop desk: dossiers as its software lists them, and what people add.

Nobody's name, telephone or identity number has a column here: the import drops them (002-32).
"""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from logbook.database.partial_index import partial_index
from logbook.database.tables.metadata import RowId, metadata
from logbook.database.utc_datetime import UtcDateTime

UNFINISHED = text("finished_at IS NULL")
NOT_ACCEPTED = text("accepted_at IS NULL AND finished_at IS NULL AND online")

dossiers = Table(
    "dossiers",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("reference", String(64), nullable=False, unique=True),
    Column("procedure", String(300), nullable=False),
    Column("field", String(200), nullable=False),
    Column("official", String(200), nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("online", Boolean(create_constraint=False), nullable=False),
    Column("accepted_at", UtcDateTime),
    Column("supplements", Integer, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("imported_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Index("ix_dossiers_finished_at", "finished_at", "field"),
    Index("ix_dossiers_received_at", "received_at", "id"),
    partial_index("ix_dossiers_running", "due_at", "id", where=UNFINISHED),
    partial_index(
        "ix_dossiers_not_accepted",
        "received_at",
        "id",
        where=NOT_ACCEPTED,
    ),
)

dossier_imports = Table(
    "dossier_imports",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String(128), nullable=False),
    Column("new", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
)

dossier_uploads = Table(
    "dossier_uploads",
    metadata,
    Column("key", String(32), primary_key=True),
    Column("person_id", RowId, ForeignKey("people.id"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("state", String(16), nullable=False),
    Column("columns", Text, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("new", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("errors", Text, nullable=False),
    Column("ordered_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Index("ix_dossier_uploads_at", "at"),
)

dossier_upload_parts = Table(
    "dossier_upload_parts",
    metadata,
    Column("upload_key", String(32), ForeignKey("dossier_uploads.key"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("rows", Text, nullable=False),
)

dossier_supplements = Table(
    "dossier_supplements",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("dossier_id", RowId, ForeignKey("dossiers.id"), nullable=False),
    Column("document", String(100), nullable=False),
    Column("asked_on", Date, nullable=False),
    Column("written_by", RowId, ForeignKey("people.id"), nullable=False),
    Column("written_at", UtcDateTime, nullable=False),
    UniqueConstraint("dossier_id", "document"),
)

dossier_mismatches = Table(
    "dossier_mismatches",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("dossier_id", RowId, ForeignKey("dossiers.id"), nullable=False),
    Column("on_paper", String(16), nullable=False),
    Column("note", Text, nullable=False),
    Column("marked_by", RowId, ForeignKey("people.id"), nullable=False),
    Column("marked_at", UtcDateTime, nullable=False),
    Column("settled_by", RowId, ForeignKey("people.id")),
    Column("settled_at", UtcDateTime),
    Column("settlement", Text),
    Index("ix_dossier_mismatches_dossier_id", "dossier_id"),
    partial_index(
        "uq_dossier_mismatches_open",
        "dossier_id",
        unique=True,
        where=text("settled_at IS NULL"),
    ),
)

dossier_explanations = Table(
    "dossier_explanations",
    metadata,
    Column("dossier_id", RowId, ForeignKey("dossiers.id"), primary_key=True, autoincrement=False),
    Column("owner", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("remedy", Text, nullable=False),
    Column("written_by", RowId, ForeignKey("people.id"), nullable=False),
    Column("written_at", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False),
)

dossier_apologies = Table(
    "dossier_apologies",
    metadata,
    Column("dossier_id", RowId, ForeignKey("dossiers.id"), primary_key=True, autoincrement=False),
    Column("new_date", Date, nullable=False),
    Column("written_by", RowId, ForeignKey("people.id"), nullable=False),
    Column("written_at", UtcDateTime, nullable=False),
    Column("sent_on", Date),
    Column("sent_by", RowId, ForeignKey("people.id")),
)

dossier_reviews = Table(
    "dossier_reviews",
    metadata,
    Column("month", String(7), primary_key=True),
    Column("figures", Text, nullable=False),
    Column("conclusion", Text, nullable=False),
    Column("responsibility", Text, nullable=False),
    Column("closed_by", RowId, ForeignKey("people.id"), nullable=False),
    Column("closed_at", UtcDateTime, nullable=False),
)

desk_meetings = Table(
    "desk_meetings",
    metadata,
    Column("month", String(7), primary_key=True),
    Column("held_on", Date, nullable=False),
    Column("present", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("written_by", RowId, ForeignKey("people.id"), nullable=False),
    Column("written_at", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False),
)

desk_remedies = Table(
    "desk_remedies",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("month", String(7), nullable=False),
    Column("text", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("due_on", Date),
    Column("raised_by", RowId, ForeignKey("people.id"), nullable=False),
    Column("raised_at", UtcDateTime, nullable=False),
    Column("done_by", RowId, ForeignKey("people.id")),
    Column("done_at", UtcDateTime),
    Column("result", Text),
    partial_index(
        "ix_desk_remedies_open",
        "month",
        where=text("done_at IS NULL"),
    ),
)
