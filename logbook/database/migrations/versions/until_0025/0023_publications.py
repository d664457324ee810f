"""What citizens may read: published answers, monthly notices and their postings, the publicity log (002-27).

Revision ID: 0023
"""

import sqlalchemy as sa
from alembic import op

from logbook.database.person_ids import PersonIds
from logbook.database.tables.metadata import RowId
from logbook.database.utc_datetime import UtcDateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def _person(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["people.id"], name=op.f(f"fk_{table}_{column}_people"))


def upgrade() -> None:
    op.create_table(
        "publications",
        sa.Column("id", RowId, nullable=False),
        sa.Column("ticket_id", RowId, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("place", sa.String(200), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("writer_ids", PersonIds(), nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.Column("approved_by", RowId),
        sa.Column("published_at", UtcDateTime()),
        sa.Column("withdrawn_by", RowId),
        sa.Column("withdrawn_at", UtcDateTime()),
        sa.Column("withdrawn_why", sa.Text()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publications")),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_publications_ticket_id_tickets")
        ),
        _person("publications", "approved_by"),
        _person("publications", "withdrawn_by"),
        sa.UniqueConstraint("ticket_id", name=op.f("uq_publications_ticket_id")),
    )
    op.create_index("ix_publications_state", "publications", ["state", "published_at"])
    op.create_table(
        "notices",
        sa.Column("id", RowId, nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.Column("counted_at", UtcDateTime(), nullable=False),
        sa.Column("strengths", sa.Text(), nullable=False),
        sa.Column("shortcomings", sa.Text(), nullable=False),
        sa.Column("remedies", sa.Text(), nullable=False),
        sa.Column("writer_ids", PersonIds(), nullable=False),
        sa.Column("approved_by", RowId),
        sa.Column("approved_at", UtcDateTime()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        _person("notices", "approved_by"),
        sa.UniqueConstraint("month", name=op.f("uq_notices_month")),
    )
    op.create_table(
        "postings",
        sa.Column("id", RowId, nullable=False),
        sa.Column("notice_id", RowId, nullable=False),
        sa.Column("place", sa.String(16), nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=False),
        sa.Column("where", sa.String(200), nullable=False),
        sa.Column("address", sa.String(500)),
        sa.Column("photo", sa.LargeBinary()),
        sa.Column("photo_type", sa.String(16)),
        sa.Column("posted_by", RowId, nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_postings")),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_postings_notice_id_notices")),
        _person("postings", "posted_by"),
        sa.UniqueConstraint("notice_id", "place", name=op.f("uq_postings_notice_id_place")),
    )
    op.create_table(
        "publicity",
        sa.Column("id", RowId, nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("who", sa.String(200), nullable=False),
        sa.Column("audience", sa.String(200), nullable=False),
        sa.Column("people", sa.Integer()),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("entered_by", RowId, nullable=False),
        sa.Column("entered_at", UtcDateTime(), nullable=False),
        sa.Column("struck_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publicity")),
        _person("publicity", "entered_by"),
        sa.UniqueConstraint("key", name=op.f("uq_publicity_key")),
    )
    op.create_index("ix_publicity_held_on", "publicity", ["held_on"])
