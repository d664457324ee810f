"""A complaint may be about several people (R14).

Revision ID: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("tickets") as tickets:
        tickets.add_column(sa.Column("subject_ids", sa.Text(), nullable=False, server_default=""))
    rows = sa.table("tickets", sa.column("concerned_id"), sa.column("subject_ids"))
    number = sa.cast(rows.c.concerned_id, sa.Text())
    op.execute(
        sa.update(rows)
        .where(rows.c.concerned_id.is_not(None))
        .values(subject_ids=sa.literal(",").concat(number).concat(","))
    )
    with op.batch_alter_table("tickets") as tickets:
        if op.get_bind().dialect.name != "sqlite":
            tickets.drop_constraint(op.f("fk_tickets_concerned_id_people"), type_="foreignkey")
        tickets.drop_column("concerned_id")
