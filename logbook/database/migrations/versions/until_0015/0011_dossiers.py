"""Dossiers of the one-stop desk, and what people add to them: explanations, apologies, reviews, meetings.

Revision ID: 0011
"""

import sqlalchemy as sa
from alembic import op

from logbook.database.utc_datetime import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

RowId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _software()
    _additions()
    _month()


def _software() -> None:
    op.create_table(
        "dossier_imports",
        sa.Column("id", RowId, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier_imports")),
    )
    op.create_table(
        "dossiers",
        sa.Column("id", RowId, nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("procedure", sa.String(length=300), nullable=False),
        sa.Column("field", sa.String(length=200), nullable=False),
        sa.Column("official", sa.String(length=200), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime()),
        sa.Column("finished_at", UtcDateTime()),
        sa.Column("online", sa.Boolean(), nullable=False),
        sa.Column("accepted_at", UtcDateTime()),
        sa.Column("supplements", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("imported_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossiers")),
        sa.UniqueConstraint("reference", name=op.f("uq_dossiers_reference")),
    )
    op.create_index("ix_dossiers_finished_at", "dossiers", ["finished_at", "field"])
    op.create_index(
        "ix_dossiers_not_accepted",
        "dossiers",
        ["received_at", "id"],
        sqlite_where=sa.text("accepted_at IS NULL AND finished_at IS NULL AND online"),
        postgresql_where=sa.text("accepted_at IS NULL AND finished_at IS NULL AND online"),
    )
    op.create_index("ix_dossiers_received_at", "dossiers", ["received_at", "id"])
    op.create_index(
        "ix_dossiers_running",
        "dossiers",
        ["due_at", "id"],
        sqlite_where=sa.text("finished_at IS NULL"),
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.create_table(
        "dossier_uploads",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("person_id", RowId, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("rows", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_dossier_uploads_person_id_people")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_dossier_uploads")),
    )
    op.create_index("ix_dossier_uploads_at", "dossier_uploads", ["at"])


def _additions() -> None:
    op.create_table(
        "dossier_apologies",
        sa.Column("dossier_id", RowId, autoincrement=False, nullable=False),
        sa.Column("new_date", sa.Date(), nullable=False),
        sa.Column("written_by", RowId, nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.Column("sent_on", sa.Date()),
        sa.Column("sent_by", RowId),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossiers.id"], name=op.f("fk_dossier_apologies_dossier_id_dossiers")
        ),
        sa.ForeignKeyConstraint(["sent_by"], ["people.id"], name=op.f("fk_dossier_apologies_sent_by_people")),
        sa.ForeignKeyConstraint(
            ["written_by"], ["people.id"], name=op.f("fk_dossier_apologies_written_by_people")
        ),
        sa.PrimaryKeyConstraint("dossier_id", name=op.f("pk_dossier_apologies")),
    )
    op.create_table(
        "dossier_explanations",
        sa.Column("dossier_id", RowId, autoincrement=False, nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("written_by", RowId, nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossiers.id"], name=op.f("fk_dossier_explanations_dossier_id_dossiers")
        ),
        sa.ForeignKeyConstraint(
            ["written_by"], ["people.id"], name=op.f("fk_dossier_explanations_written_by_people")
        ),
        sa.PrimaryKeyConstraint("dossier_id", name=op.f("pk_dossier_explanations")),
    )
    op.create_table(
        "dossier_mismatches",
        sa.Column("id", RowId, nullable=False),
        sa.Column("dossier_id", RowId, nullable=False),
        sa.Column("on_paper", sa.String(length=16), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("marked_by", RowId, nullable=False),
        sa.Column("marked_at", UtcDateTime(), nullable=False),
        sa.Column("settled_by", RowId),
        sa.Column("settled_at", UtcDateTime()),
        sa.Column("settlement", sa.Text()),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossiers.id"], name=op.f("fk_dossier_mismatches_dossier_id_dossiers")
        ),
        sa.ForeignKeyConstraint(
            ["marked_by"], ["people.id"], name=op.f("fk_dossier_mismatches_marked_by_people")
        ),
        sa.ForeignKeyConstraint(
            ["settled_by"], ["people.id"], name=op.f("fk_dossier_mismatches_settled_by_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier_mismatches")),
    )
    op.create_index("ix_dossier_mismatches_dossier_id", "dossier_mismatches", ["dossier_id"])
    op.create_index(
        "uq_dossier_mismatches_open",
        "dossier_mismatches",
        ["dossier_id"],
        unique=True,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_table(
        "dossier_supplements",
        sa.Column("id", RowId, nullable=False),
        sa.Column("dossier_id", RowId, nullable=False),
        sa.Column("document", sa.String(length=100), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("written_by", RowId, nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossiers.id"], name=op.f("fk_dossier_supplements_dossier_id_dossiers")
        ),
        sa.ForeignKeyConstraint(
            ["written_by"], ["people.id"], name=op.f("fk_dossier_supplements_written_by_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier_supplements")),
        sa.UniqueConstraint(
            "dossier_id", "document", name=op.f("uq_dossier_supplements_dossier_id_document")
        ),
    )


def _month() -> None:
    op.create_table(
        "desk_meetings",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("present", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("written_by", RowId, nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["written_by"], ["people.id"], name=op.f("fk_desk_meetings_written_by_people")
        ),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_desk_meetings")),
    )
    op.create_table(
        "desk_remedies",
        sa.Column("id", RowId, nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date()),
        sa.Column("raised_by", RowId, nullable=False),
        sa.Column("raised_at", UtcDateTime(), nullable=False),
        sa.Column("done_by", RowId),
        sa.Column("done_at", UtcDateTime()),
        sa.Column("result", sa.Text()),
        sa.ForeignKeyConstraint(["done_by"], ["people.id"], name=op.f("fk_desk_remedies_done_by_people")),
        sa.ForeignKeyConstraint(["raised_by"], ["people.id"], name=op.f("fk_desk_remedies_raised_by_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_remedies")),
    )
    op.create_index(
        "ix_desk_remedies_open",
        "desk_remedies",
        ["month"],
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_table(
        "dossier_reviews",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.Column("conclusion", sa.Text(), nullable=False),
        sa.Column("responsibility", sa.Text(), nullable=False),
        sa.Column("closed_by", RowId, nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["closed_by"], ["people.id"], name=op.f("fk_dossier_reviews_closed_by_people")
        ),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_dossier_reviews")),
    )
