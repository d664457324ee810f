"""The yearly index of satisfaction and rank, as the superior body published them (002-01, 002-02).

Revision ID: 0019
"""

import sqlalchemy as sa
from alembic import op

from logbook.database.tables.metadata import RowId
from logbook.database.utc_datetime import UtcDateTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "yearly_indexes",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hundredths", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer()),
        sa.Column("places", sa.Integer()),
        sa.Column("target_hundredths", sa.Integer()),
        sa.Column("document", sa.String(500), nullable=False),
        sa.Column("written_by", RowId, nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_yearly_indexes")),
        sa.ForeignKeyConstraint(
            ["written_by"], ["people.id"], name=op.f("fk_yearly_indexes_written_by_people")
        ),
    )
