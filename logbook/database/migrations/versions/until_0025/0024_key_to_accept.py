"""Whether a clerk who was rung was asked for a key, and when they pressed it (R3).

Revision ID: 0024
"""

import sqlalchemy as sa
from alembic import op

from logbook.database.utc_datetime import UtcDateTime

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("legs") as table:
        table.add_column(
            sa.Column(
                "key_asked", sa.Boolean(create_constraint=False), nullable=False, server_default=sa.false()
            )
        )
        table.add_column(sa.Column("accepted_at", UtcDateTime()))
