"""How somebody of the register is reminded of duty, and whom of it a ticket is about (ASK-29, 001-19).

Revision ID: 0032
"""

import sqlalchemy as sa
from alembic import op

from logbook.database.tables.metadata import RowId

revision = "0032"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("officials") as officials:
        officials.add_column(sa.Column("reminded_by", sa.String(8), nullable=False, server_default="message"))
    op.create_table(
        "ticket_officials",
        sa.Column("ticket_id", RowId, autoincrement=False, nullable=False),
        sa.Column("official_id", RowId, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "official_id", name=op.f("pk_ticket_officials")),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_officials_ticket_id_tickets")
        ),
        sa.ForeignKeyConstraint(
            ["official_id"], ["officials.id"], name=op.f("fk_ticket_officials_official_id_officials")
        ),
    )
    op.create_index(op.f("ix_ticket_officials_official_id"), "ticket_officials", ["official_id"])
