"""When the office passed an obstacle on to the UBND of the commune (001-23).

Revision ID: 0018
"""

import sqlalchemy as sa
from alembic import op

from logbook.database.utc_datetime import UtcDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("obstacles") as table:
        table.add_column(sa.Column("passed_up_at", UtcDateTime()))
