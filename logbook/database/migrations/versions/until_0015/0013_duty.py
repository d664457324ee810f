"""Dated sessions of duty, absences with a stand-in, and who serves the desk (000-03, 002-14).

Revision ID: 0013
"""

import sqlalchemy as sa
from alembic import op

from logbook.database.utc_datetime import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

RowId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "duty_sessions",
        sa.Column("id", RowId, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("starts", sa.Integer(), nullable=False),
        sa.Column("ends", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.String(128), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_sessions")),
    )
    key = ["date", "kind", "starts"]
    op.create_index("uq_duty_sessions_date_kind_starts", "duty_sessions", key, unique=True)
    op.create_table(
        "duty_places",
        sa.Column("session_id", RowId, autoincrement=False, nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("session_id", "place", name=op.f("pk_duty_places")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["duty_sessions.id"], name=op.f("fk_duty_places_session_id_duty_sessions")
        ),
    )
    op.create_table(
        "duty_absences",
        sa.Column("id", RowId, nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("part", sa.String(16), nullable=False),
        sa.Column("stand_in", sa.String(64)),
        sa.Column("made_by", sa.String(128), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_absences")),
    )
    op.create_index("ix_duty_absences_last_day", "duty_absences", ["last_day", "first_day"])
    op.create_table(
        "desk_busy",
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_desk_busy")),
    )
