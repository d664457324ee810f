"""Confirmed figures of a month as they leave an office, and as the province takes them in.

Revision ID: 0048
"""

import sqlalchemy as sa
from alembic import op

from logbook.database.tables.metadata import RowId
from logbook.database.utc_datetime import UtcDateTime

revision = "0048"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "monthly_figures",
        sa.Column("id", RowId, nullable=False),
        sa.Column("office", sa.String(5), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("issued_at", UtcDateTime, nullable=False),
        sa.Column("kept_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_monthly_figures")),
        sa.UniqueConstraint("digest", name=op.f("uq_monthly_figures_digest")),
    )
    op.create_table(
        "province_offices",
        sa.Column("id", RowId, nullable=False),
        sa.Column("code", sa.String(5), nullable=False),
        sa.Column("public_key", sa.String(64), nullable=False),
        sa.Column("since", sa.String(7), nullable=False),
        sa.Column("until", sa.String(7)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_province_offices")),
        sa.UniqueConstraint("code", name=op.f("uq_province_offices_code")),
    )
