"""Checklists, news, monthly counts, checks of officials' work, and internal checks.

Revision ID: 0033
"""

import sqlalchemy as sa
from alembic import op

from logbook.database.tables.metadata import RowId
from logbook.database.utc_datetime import UtcDateTime

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "checklist_looks",
        sa.Column("id", RowId, nullable=False),
        sa.Column("checklist", sa.String(40), nullable=False),
        sa.Column("period", sa.String(7), nullable=False),
        sa.Column("item", sa.String(40), nullable=False),
        sa.Column("place", sa.String(40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("looked_by", RowId, nullable=False),
        sa.Column("looked_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checklist_looks")),
        sa.UniqueConstraint(
            "checklist",
            "period",
            "item",
            "place",
            "number",
            name=op.f("uq_checklist_looks_checklist_period_item_place_number"),
        ),
        _person("checklist_looks", "looked_by"),
    )
    op.create_index("ix_checklist_looks_looked_at", "checklist_looks", ["looked_at"])
    op.create_table(
        "news_items",
        sa.Column("id", RowId, nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("author", sa.String(200), nullable=False),
        *_entered(),
        sa.Column("struck_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_news_items")),
        sa.UniqueConstraint("key", name=op.f("uq_news_items_key")),
        _person("news_items", "entered_by"),
    )
    op.create_index("ix_news_items_published_on", "news_items", ["published_on"])
    op.create_table(
        "monthly_counts",
        sa.Column("id", RowId, nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("service", sa.String(40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        *_entered(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_monthly_counts")),
        sa.UniqueConstraint(
            "month", "service", "number", name=op.f("uq_monthly_counts_month_service_number")
        ),
        _person("monthly_counts", "entered_by"),
    )
    _checks()


def _checks() -> None:
    op.create_table(
        "work_checks",
        sa.Column("id", RowId, nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("checker", sa.String(200), nullable=False),
        sa.Column("unit", sa.String(200), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("guidance", sa.Text(), nullable=False),
        *_entered(),
        sa.Column("struck_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_checks")),
        sa.UniqueConstraint("key", name=op.f("uq_work_checks_key")),
        _person("work_checks", "entered_by"),
    )
    op.create_index("ix_work_checks_checked_on", "work_checks", ["checked_on"])
    op.create_table(
        "internal_checks",
        sa.Column("id", RowId, nullable=False),
        sa.Column("record", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("official_id", RowId, nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("written_by", RowId, nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_internal_checks")),
        sa.UniqueConstraint("record", "number", name=op.f("uq_internal_checks_record_number")),
        sa.ForeignKeyConstraint(
            ["official_id"], ["officials.id"], name=op.f("fk_internal_checks_official_id_officials")
        ),
        _person("internal_checks", "written_by"),
    )
    op.create_index("ix_internal_checks_official_id", "internal_checks", ["official_id"])


def _entered() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("entered_by", RowId, nullable=False),
        sa.Column("entered_at", UtcDateTime(), nullable=False),
    )


def _person(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["people.id"], name=op.f(f"fk_{table}_{column}_people"))
