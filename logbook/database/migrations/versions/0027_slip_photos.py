"""Numbers of slips that were printed, and slips read off photographs that wait for a person.

Revision ID: 0027
"""

import sqlalchemy as sa
from alembic import op

from logbook.database.tables.metadata import RowId
from logbook.database.utc_datetime import UtcDateTime

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "printed_slips",
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("dossier_id", RowId),
        sa.Column("form_key", sa.String(64), nullable=False),
        sa.Column("form_version", sa.Integer(), nullable=False),
        sa.Column("printed_by", RowId),
        sa.Column("printed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_printed_slips")),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossiers.id"], name=op.f("fk_printed_slips_dossier_id_dossiers")
        ),
        sa.ForeignKeyConstraint(
            ["printed_by"], ["people.id"], name=op.f("fk_printed_slips_printed_by_people")
        ),
    )
    op.create_index("ix_printed_slips_dossier_id", "printed_slips", ["dossier_id"])
    op.create_table(
        "slip_photos",
        sa.Column("id", RowId, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(200), nullable=False),
        sa.Column("uploaded_by", RowId),
        sa.Column("uploaded_at", UtcDateTime(), nullable=False),
        sa.Column("office", sa.String(8), nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("rows", sa.Text(), nullable=False),
        sa.Column("has_comment", sa.Boolean(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("picture", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slip_photos")),
        sa.UniqueConstraint("sha256", "place", name=op.f("uq_slip_photos_sha256_place")),
        sa.ForeignKeyConstraint(
            ["uploaded_by"], ["people.id"], name=op.f("fk_slip_photos_uploaded_by_people")
        ),
    )
    op.create_index("ix_slip_photos_number", "slip_photos", ["number"])
    op.create_index("ix_slip_photos_uploaded_at", "slip_photos", ["uploaded_at"])
