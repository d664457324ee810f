"""A returned call is a delivery: the callback names it, and keeps nothing of the call itself.

What was wanted or under way at the upgrade is owed again, with what is known of it: nobody was rung, or
nobody knows what became of it. No call is placed for it by itself.

Revision ID: 0056
"""

import sqlalchemy as sa
from alembic import op

from logbook.database.tables.metadata import RowId

revision = "0056"
down_revision = "0049"
branch_labels = None
depends_on = None

OF_THE_CALL = ("wanted_at", "wanted_from", "claimed_at", "calls_placed", "return_sid")
UNDER_WAY = {"wanted": "expired", "calling": "lost"}
JOBS = ("returned calls", "returned calls asked about")
"""Jobs that are no more; their last signs of life would grow old for ever."""

_rows = sa.table(
    "callbacks", *(sa.column(name) for name in ("state", "last_result", "version", "settled_at"))
)
_heartbeats = sa.table("heartbeats", sa.column("name"))


def upgrade() -> None:
    for state, result in UNDER_WAY.items():
        op.execute(
            _rows.update()
            .where(_rows.c.state == state, _rows.c.settled_at.is_(None))
            .values(state="owed", last_result=result, version=_rows.c.version + 1)
        )
    with op.batch_alter_table("callbacks") as callbacks:
        for name in OF_THE_CALL:
            callbacks.drop_column(name)
        callbacks.add_column(sa.Column("delivery_id", RowId))
        callbacks.create_foreign_key(
            op.f("fk_callbacks_delivery_id_deliveries"), "deliveries", ["delivery_id"], ["id"]
        )
    op.create_index("ix_callbacks_delivery_id", "callbacks", ["delivery_id"])
    op.execute(_heartbeats.delete().where(_heartbeats.c.name.in_(JOBS)))
