"""One open callback for each number, however often it calls (B-05).

Revision ID: 0009
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from logbook.database.utc_datetime import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

RowId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPEN_NUMBER = "settled_at IS NULL AND number IS NOT NULL"
STATES = ("calling", "wanted", "owed")
"""Which of several open rows goes on: the one for which something is under way, else the oldest."""

callbacks = sa.table(
    "callbacks",
    *(
        sa.column(name)
        for name in ("id", "call_id", "number", "reason", "state", "tries", "note", "owner_id")
    ),
    *(sa.column(name) for name in ("wanted_at", "wanted_from", "claimed_at", "merged_into", "version")),
    *(sa.column(name, UtcDateTime()) for name in ("owed_since", "settled_at", "tried_at")),
)
callback_calls = sa.table(
    "callback_calls",
    *(sa.column(name) for name in ("call_id", "callback_id", "reason")),
    sa.column("at", UtcDateTime()),
)


def upgrade() -> None:
    op.create_table(
        "callback_calls",
        sa.Column("call_id", RowId, autoincrement=False, nullable=False),
        sa.Column("callback_id", RowId, nullable=False),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_callback_calls")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_callback_calls_call_id_calls")),
        sa.ForeignKeyConstraint(
            ["callback_id"], ["callbacks.id"], name=op.f("fk_callback_calls_callback_id_callbacks")
        ),
    )
    op.create_index("ix_callback_calls_callback_id", "callback_calls", ["callback_id"])
    with op.batch_alter_table("callbacks") as table:
        table.add_column(sa.Column("merged_into", RowId))
        table.create_foreign_key(
            op.f("fk_callbacks_merged_into_callbacks"), "callbacks", ["merged_into"], ["id"]
        )
    begun = sa.select(callbacks.c.call_id, callbacks.c.id, callbacks.c.reason, callbacks.c.owed_since)
    op.execute(sa.insert(callback_calls).from_select(["call_id", "callback_id", "reason", "at"], begun))
    _merge_open_rows(op.get_bind())
    op.create_index(
        "uq_callbacks_open_number",
        "callbacks",
        ["number"],
        unique=True,
        sqlite_where=sa.text(OPEN_NUMBER),
        postgresql_where=sa.text(OPEN_NUMBER),
    )


def _merge_open_rows(conn: sa.Connection) -> None:
    """Let all open rows of a number join one of them; what was written on them is kept on both."""
    query = sa.select(callbacks).where(callbacks.c.settled_at.is_(None), callbacks.c.number.is_not(None))
    by_number: dict[str, list[Any]] = {}
    for row in conn.execute(query.order_by(callbacks.c.owed_since, callbacks.c.id)):
        by_number.setdefault(row.number, []).append(row)
    for rows in by_number.values():
        if len(rows) > 1:
            stays = min(rows, key=lambda row: (STATES.index(row.state), row.owed_since, row.id))
            _join(conn, stays, [row for row in rows if row.id != stays.id])


def _join(conn: sa.Connection, stays: Any, others: list[Any]) -> None:
    ids, rows = [row.id for row in others], [stays, *others]
    conn.execute(
        sa.update(callback_calls).where(callback_calls.c.callback_id.in_(ids)).values(callback_id=stays.id)
    )
    notes = [row.note for row in sorted(rows, key=lambda row: (row.owed_since, row.id)) if row.note]
    conn.execute(
        sa.update(callbacks)
        .where(callbacks.c.id == stays.id)
        .values(
            owed_since=min(row.owed_since for row in rows),
            tries=sum(row.tries for row in rows),
            tried_at=max((row.tried_at for row in rows if row.tried_at), default=None),
            owner_id=stays.owner_id or next((row.owner_id for row in others if row.owner_id), None),
            note="\n".join(notes) or None,
            version=callbacks.c.version + 1,
        )
    )
    conn.execute(
        sa.update(callbacks)
        .where(callbacks.c.id.in_(ids))
        .values(
            state="settled",
            settled_at=callbacks.c.owed_since,
            merged_into=stays.id,
            wanted_at=None,
            wanted_from=None,
            claimed_at=None,
            version=callbacks.c.version + 1,
        )
    )
