"""Names of people beside ratings and forms, encrypted (docs/decisions/0014).

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

from logbook.database.tables.metadata import RowId

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; no column of an earlier version held such a name."""
    op.create_table(
        "personal_names",
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("subject_id", RowId, autoincrement=False, nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("sealed_with", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject_id", name=op.f("pk_personal_names")),
    )
    op.create_index(op.f("ix_personal_names_sealed_with"), "personal_names", ["sealed_with"])


def downgrade() -> None:
    """There is no way back: a copy from before the upgrade is put in its place."""
    raise NotImplementedError("restore the copy made before the upgrade")
