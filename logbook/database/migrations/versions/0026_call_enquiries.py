"""What callers asked about a dossier, noted beside the call (002-30, 002-33).

Revision ID: 0026
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op

from logbook.database.tables.metadata import RowId
from logbook.database.utc_datetime import UtcDateTime

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "call_enquiries",
        sa.Column("call_id", RowId, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("noted_by", RowId, nullable=False),
        sa.Column("noted_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_call_enquiries")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_call_enquiries_call_id_calls")),
        sa.ForeignKeyConstraint(["noted_by"], ["people.id"], name=op.f("fk_call_enquiries_noted_by_people")),
    )
    op.create_index(op.f("ix_call_enquiries_noted_at"), "call_enquiries", ["noted_at"])


def downgrade() -> None:
    """There is no way back: a copy from before the upgrade is put in its place."""
    raise NotImplementedError("restore the copy made before the upgrade")
