"""When the provider is asked about a call without an end, and receipts of text messages (F-26, R15).

Revision ID: 0006
"""

import sqlalchemy as sa
from alembic import op

from logbook.database.utc_datetime import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("calls", sa.Column("ask_at", UtcDateTime()))
    calls = sa.table("calls", sa.column("ask_at"), sa.column("started_at"), sa.column("status"))
    over = ("completed", "busy", "failed", "no-answer", "canceled")
    op.execute(calls.update().where(calls.c.status.not_in(over)).values(ask_at=calls.c.started_at))
    op.create_index(
        "ix_calls_ask_at",
        "calls",
        ["ask_at"],
        sqlite_where=sa.text("ask_at IS NOT NULL"),
        postgresql_where=sa.text("ask_at IS NOT NULL"),
    )
    op.add_column("deliveries", sa.Column("receipt", sa.String(16)))
    op.add_column("deliveries", sa.Column("receipt_at", UtcDateTime()))
