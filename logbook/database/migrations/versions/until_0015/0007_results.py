"""Results of cases for the chairman, and indexes for figures of weeks (000-13, 000-04).

Revision ID: 0007
"""

import sqlalchemy as sa
from alembic import op

from logbook.database.utc_datetime import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

RowId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "case_results",
        sa.Column("id", RowId, nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("ticket_id", RowId, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("outcome", sa.String(32)),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("delivery_id", RowId),
        sa.Column("done_at", UtcDateTime()),
        sa.Column("done_how", sa.String(16)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_results")),
        sa.UniqueConstraint("key", name=op.f("uq_case_results_key")),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_case_results_ticket_id_tickets")
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name=op.f("fk_case_results_delivery_id_deliveries")
        ),
    )
    for column in ("at", "ticket_id", "delivery_id"):
        op.create_index(f"ix_case_results_{column}", "case_results", [column])
    still_open = sa.text("done_at IS NULL")
    op.create_index(
        "ix_case_results_open", "case_results", ["id"], sqlite_where=still_open, postgresql_where=still_open
    )
    op.create_index("ix_tickets_opened_at", "tickets", ["opened_at"])
    op.create_index("ix_tickets_answered_at", "tickets", ["answered_at"])
    op.create_index("ix_ratings_at", "ratings", ["at"])
