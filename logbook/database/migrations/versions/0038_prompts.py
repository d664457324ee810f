"""What callers hear: changes of sentences and of the menu, recorded clips, codes to phone them in.

Revision ID: 0038
"""

import sqlalchemy as sa
from alembic import op

from logbook.database.tables.metadata import RowId
from logbook.database.utc_datetime import UtcDateTime

revision = "0038"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "line_edits",
        sa.Column("id", RowId, nullable=False),
        sa.Column("subject", sa.String(120), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("value", sa.Text()),
        *_made(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_edits")),
        sa.UniqueConstraint("subject", "version", name=op.f("uq_line_edits_subject_version")),
        _person("line_edits"),
    )
    op.create_table(
        "prompt_clips",
        sa.Column("id", RowId, nullable=False),
        *_prompt(),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("sound", sa.LargeBinary()),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("troubles", sa.String(200), nullable=False),
        sa.Column("recording_id", RowId),
        *_made(),
        sa.Column("retired_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prompt_clips")),
        sa.UniqueConstraint("recording_id", name=op.f("uq_prompt_clips_recording_id")),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recordings.id"], name=op.f("fk_prompt_clips_recording_id_recordings")
        ),
        _person("prompt_clips"),
    )
    op.create_index("ix_prompt_clips_language_digest", "prompt_clips", ["language", "digest"])
    op.create_table(
        "prompt_codes",
        sa.Column("id", RowId, nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        *_prompt(),
        *_made(),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prompt_codes")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_prompt_codes_code_hash")),
        _person("prompt_codes"),
    )


def _prompt() -> tuple[sa.Column[str], ...]:
    return (
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("prompt", sa.String(120), nullable=False),
    )


def _made() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("made_by", RowId, nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
    )


def _person(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["made_by"], ["people.id"], name=op.f(f"fk_{table}_made_by_people"))
