"""The tokens of Zalo: one row, encrypted.

Revision ID: 0044
"""

import sqlalchemy as sa
from alembic import op

from logbook.database.utc_datetime import UtcDateTime

revision = "0044"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "zalo_tokens",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("seed", sa.String(64), nullable=False),
        sa.Column("refresh", sa.Text, nullable=False),
        sa.Column("access", sa.Text),
        sa.Column("expires_at", UtcDateTime),
        sa.Column("asked_at", UtcDateTime),
        sa.Column("renewed_at", UtcDateTime),
        sa.Column("error", sa.String(80)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_zalo_tokens")),
    )
