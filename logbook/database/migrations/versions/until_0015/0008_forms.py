"""Forms that were sent, so that two clicks store once, and words of forms that could not be taken.

Revision ID: 0008
"""

import sqlalchemy as sa
from alembic import op

from logbook.database.utc_datetime import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

RowId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "sent_forms",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("person_id", RowId, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("answer", sa.String(500)),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sent_forms")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_sent_forms_person_id_people")),
    )
    op.create_index("ix_sent_forms_at", "sent_forms", ["at"])
    op.create_table(
        "kept_forms",
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("person_id", RowId, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("path", sa.String(300), nullable=False),
        sa.Column("page", sa.String(500), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_kept_forms")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_kept_forms_person_id_people")),
    )
    op.create_index("ix_kept_forms_person_id", "kept_forms", ["person_id", "at"])
    op.create_index("ix_kept_forms_at", "kept_forms", ["at"])
