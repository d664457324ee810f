"""An uploaded file of dossiers waits in parts, which the scheduler imports; ratings are found by channel.

What waited under the old shape is gone: it is kept for two hours at most, and the file is chosen again.

Revision ID: 0034
"""

import sqlalchemy as sa
from alembic import op

from logbook.database.tables.metadata import RowId
from logbook.database.utc_datetime import UtcDateTime

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("dossier_uploads")
    op.create_table(
        "dossier_uploads",
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("person_id", RowId, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("rows", "done", "new", "changed", "unchanged", "refused")
        ),
        sa.Column("errors", sa.Text(), nullable=False),
        sa.Column("ordered_at", UtcDateTime()),
        sa.Column("ended_at", UtcDateTime()),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_dossier_uploads_person_id_people")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_dossier_uploads")),
    )
    op.create_index("ix_dossier_uploads_at", "dossier_uploads", ["at"])
    op.create_table(
        "dossier_upload_parts",
        sa.Column("upload_key", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rows", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["upload_key"],
            ["dossier_uploads.key"],
            name=op.f("fk_dossier_upload_parts_upload_key_dossier_uploads"),
        ),
        sa.PrimaryKeyConstraint("upload_key", "number", name=op.f("pk_dossier_upload_parts")),
    )
    op.create_index("ix_responses_channel", "responses", ["channel", "id"])
