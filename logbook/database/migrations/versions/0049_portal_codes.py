"""Codes of the national portal, one a ticket.

Revision ID: 0049
"""

import sqlalchemy as sa
from alembic import op

from logbook.database.tables.metadata import RowId
from logbook.database.utc_datetime import UtcDateTime

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "portal_codes",
        sa.Column("ticket_id", RowId, autoincrement=False, nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("noted_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_portal_codes")),
        sa.UniqueConstraint("code", name=op.f("uq_portal_codes_code")),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_portal_codes_ticket_id_tickets")
        ),
    )
