"""Draft transcripts of recordings.

Revision ID: 0046
"""

import sqlalchemy as sa
from alembic import op

from logbook.database.tables.metadata import RowId
from logbook.database.utc_datetime import UtcDateTime

revision = "0046"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "transcripts",
        sa.Column("id", RowId, nullable=False),
        sa.Column("recording_id", RowId, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", UtcDateTime()),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("engine", sa.String(40)),
        sa.Column("last_error", sa.String(200)),
        sa.Column("made_at", UtcDateTime()),
        sa.Column("confirmed_by", RowId),
        sa.Column("confirmed_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transcripts")),
        sa.UniqueConstraint("recording_id", name=op.f("uq_transcripts_recording_id")),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recordings.id"], name=op.f("fk_transcripts_recording_id_recordings")
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by"], ["people.id"], name=op.f("fk_transcripts_confirmed_by_people")
        ),
    )
