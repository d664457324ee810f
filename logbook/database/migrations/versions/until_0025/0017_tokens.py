"""Ratings by QR code: tokens of the desk, what they rated, what was replaced (T-19); slips by their dossier.

Revision ID: 0017
"""

import sqlalchemy as sa
from alembic import op

from logbook.database.tables.metadata import RowId
from logbook.database.utc_datetime import UtcDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rating_tokens",
        sa.Column("id", RowId, nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("made_by", sa.String(128), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("response_id", RowId),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rating_tokens")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_rating_tokens_code_hash")),
        sa.UniqueConstraint("response_id", name=op.f("uq_rating_tokens_response_id")),
        sa.ForeignKeyConstraint(
            ["response_id"], ["responses.id"], name=op.f("fk_rating_tokens_response_id_responses")
        ),
    )
    op.create_table(
        "token_ratings",
        sa.Column("response_id", RowId, autoincrement=False, nullable=False),
        sa.Column("official_id", RowId),
        sa.Column("procedure", sa.String(300), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("replaced", sa.Integer(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("response_id", name=op.f("pk_token_ratings")),
        sa.ForeignKeyConstraint(
            ["response_id"], ["responses.id"], name=op.f("fk_token_ratings_response_id_responses")
        ),
        sa.ForeignKeyConstraint(
            ["official_id"], ["officials.id"], name=op.f("fk_token_ratings_official_id_officials")
        ),
    )
    op.create_index("ix_token_ratings_official_id", "token_ratings", ["official_id"])
    op.create_table(
        "replaced_ratings",
        sa.Column("id", RowId, nullable=False),
        sa.Column("response_id", RowId, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replaced_ratings")),
        sa.ForeignKeyConstraint(
            ["response_id"], ["responses.id"], name=op.f("fk_replaced_ratings_response_id_responses")
        ),
    )
    op.create_index("ix_replaced_ratings_response_id", "replaced_ratings", ["response_id"])
    op.create_index("ix_slips_dossier_id", "slips", ["dossier_id"])
