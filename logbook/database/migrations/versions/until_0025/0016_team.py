"""Members of the team, the log of forms written for citizens, and budget lines (001-01, 001-07, 001-08).

Revision ID: 0016
"""

import sqlalchemy as sa
from alembic import op

from logbook.database.utc_datetime import UtcDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

RowId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "team_members",
        sa.Column("id", RowId, nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date()),
        *_made(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_members")),
    )
    op.create_index("ix_team_members_person", "team_members", ["person"])
    op.create_table(
        "written_forms",
        sa.Column("id", RowId, nullable=False),
        sa.Column("written_on", sa.Date(), nullable=False),
        sa.Column("procedure", sa.String(300), nullable=False),
        sa.Column("field", sa.String(100), nullable=False),
        sa.Column("helper", sa.String(64), nullable=False),
        sa.Column("manner", sa.String(16), nullable=False),
        sa.Column("asked_for", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("check_result", sa.String(16), nullable=False),
        sa.Column("receipt", sa.String(64), nullable=False),
        sa.Column("appointment", sa.Date()),
        sa.Column("same_day", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("confirmed_by", sa.String(16), nullable=False),
        sa.Column("entered_by", sa.String(128), nullable=False),
        sa.Column("entered_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_written_forms")),
    )
    op.create_index("ix_written_forms_written_on", "written_forms", ["written_on", "id"])
    op.create_table(
        "budget_lines",
        sa.Column("id", RowId, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("ceiling", sa.Integer(), nullable=False),
        *_made(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_lines")),
    )
    op.create_index("uq_budget_lines_year_model", "budget_lines", ["year", "model"], unique=True)
    op.create_table(
        "budget_spends",
        sa.Column("id", RowId, nullable=False),
        sa.Column("line_id", RowId, nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(300), nullable=False),
        *_made(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_spends")),
        sa.ForeignKeyConstraint(
            ["line_id"], ["budget_lines.id"], name=op.f("fk_budget_spends_line_id_budget_lines")
        ),
    )
    op.create_index("ix_budget_spends_line_id", "budget_spends", ["line_id"])


def _made() -> tuple[sa.Column[str], sa.Column[object]]:
    return (
        sa.Column("made_by", sa.String(128), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
    )
