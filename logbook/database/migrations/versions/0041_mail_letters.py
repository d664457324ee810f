"""Letters that came by mail: each is taken once, and its writer answered.

Revision ID: 0041
"""

import sqlalchemy as sa
from alembic import op

from logbook.database.tables.metadata import RowId
from logbook.database.utc_datetime import UtcDateTime

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mail_letters",
        sa.Column("id", RowId, nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("fate", sa.String(16), nullable=False),
        sa.Column("ticket_id", RowId),
        sa.Column("heard_at", UtcDateTime, nullable=False),
        sa.Column("reply_to", sa.String(254)),
        sa.Column("due_at", UtcDateTime),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("answered_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_letters")),
        sa.UniqueConstraint("key", name=op.f("uq_mail_letters_key")),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_mail_letters_ticket_id_tickets")
        ),
    )
