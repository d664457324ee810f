"""How well the sound of a call arrived, where the office has a line of its own (F-24).

Revision ID: 0064
"""

import sqlalchemy as sa
from alembic import op

from logbook.database.tables.metadata import RowId

revision = "0064"
down_revision = "0056"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "call_quality",
        sa.Column("call_id", RowId, autoincrement=False, nullable=False),
        sa.Column("packets", sa.Integer(), nullable=False),
        sa.Column("lost", sa.Integer(), nullable=False),
        sa.Column("late", sa.Integer()),
        sa.Column("jitter_ms", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_call_quality")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_call_quality_call_id_calls")),
    )


def downgrade() -> None:
    """There is no way back: a copy from before the upgrade is put in its place."""
    raise NotImplementedError("restore the copy made before the upgrade")
