"""Openings of the letter box and the book of opinions as records of their own (R10).

The minutes that stood in each ticket become one opening a day and wording, to which its tickets point.

Revision ID: 0014
"""

import json
from datetime import date
from typing import Any

import sqlalchemy as sa
from alembic import op

from logbook.database.utc_datetime import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

RowId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "openings",
        sa.Column("id", RowId, nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("opened_by", sa.String(200), nullable=False),
        sa.Column("witnesses", sa.String(500), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("minutes_number", sa.String(64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_by", RowId),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime()),
        sa.Column("withdrawn_by", RowId),
        sa.Column("withdrawn_why", sa.Text()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_openings")),
        sa.ForeignKeyConstraint(["made_by"], ["people.id"], name=op.f("fk_openings_made_by_people")),
        sa.ForeignKeyConstraint(
            ["withdrawn_by"], ["people.id"], name=op.f("fk_openings_withdrawn_by_people")
        ),
    )
    op.create_index("ix_openings_opened_on", "openings", ["opened_on"])
    with op.batch_alter_table("tickets") as tickets:
        tickets.add_column(sa.Column("opening_id", RowId))
        tickets.create_foreign_key(op.f("fk_tickets_opening_id_openings"), "openings", ["opening_id"], ["id"])
    op.create_index("ix_tickets_opening_id", "tickets", ["opening_id"])
    _carry_over(op.get_bind())
    with op.batch_alter_table("tickets") as tickets:
        tickets.drop_column("minutes")


def _carry_over(conn: sa.Connection) -> None:
    """One opening for each channel and wording of the minutes, recorded when its first ticket was."""
    tickets = sa.table("tickets", *map(sa.column, ("id", "channel", "minutes", "opening_id")))
    tickets.append_column(sa.column("opened_at", UtcDateTime()))
    openings = sa.table(
        "openings",
        sa.column("id"),
        sa.column("opened_on", sa.Date()),
        sa.column("made_at", UtcDateTime()),
        *map(sa.column, ("channel", "opened_by", "witnesses", "found", "minutes_number", "note", "version")),
    )
    made: dict[tuple[Any, ...], int] = {}
    query = sa.select(tickets).where(tickets.c.minutes.is_not(None)).order_by(tickets.c.id)
    for row in conn.execute(query).all():
        told = json.loads(row.minutes)
        day, who = date.fromisoformat(told["opened_on"]), str(told["opened_by"])
        found = int(told["opinions"])
        wording = (row.channel, day, who, found)
        if wording not in made:
            values = {"channel": row.channel, "opened_on": day, "opened_by": who, "found": found}
            values |= {"witnesses": "", "minutes_number": "", "note": "", "version": 1}
            values["made_at"] = row.opened_at
            inserted = conn.execute(openings.insert().values(values).returning(openings.c.id))
            made[wording] = inserted.scalar_one()
        conn.execute(sa.update(tickets).where(tickets.c.id == row.id).values(opening_id=made[wording]))
