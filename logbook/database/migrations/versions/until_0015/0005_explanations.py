"""Why each late ticket of a report was late, and what stands in the office's way (002-22, 001-18).

Revision ID: 0005
"""

import sqlalchemy as sa
from alembic import op

from logbook.database.utc_datetime import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

RowId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "late_explanations",
        sa.Column("id", RowId, nullable=False),
        sa.Column("report_id", RowId, nullable=False),
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("written_by", RowId, nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_late_explanations")),
        sa.UniqueConstraint("report_id", "code", name=op.f("uq_late_explanations_report_id_code")),
        *_links("late_explanations", report_id="reports", written_by="people"),
    )
    op.create_table(
        "obstacles",
        sa.Column("id", RowId, nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("raised_by", RowId, nullable=False),
        sa.Column("raised_at", UtcDateTime(), nullable=False),
        sa.Column("resolution", sa.Text()),
        sa.Column("resolved_by", RowId),
        sa.Column("resolved_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_obstacles")),
        sa.UniqueConstraint("key", name=op.f("uq_obstacles_key")),
        *_links("obstacles", raised_by="people", resolved_by="people"),
    )


def _links(table: str, **others: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([name], [f"{other}.id"], name=op.f(f"fk_{table}_{name}_{other}"))
        for name, other in others.items()
    ]
