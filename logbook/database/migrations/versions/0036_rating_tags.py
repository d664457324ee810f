"""The office's promises that a rating says were kept or broken (002-12).

Revision ID: 0036
"""

import sqlalchemy as sa
from alembic import op

from logbook.database.tables.metadata import RowId

revision = "0036"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rating_tags",
        sa.Column("response_id", RowId, autoincrement=False, nullable=False),
        sa.Column("tag", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("response_id", "tag", name=op.f("pk_rating_tags")),
        sa.ForeignKeyConstraint(
            ["response_id"], ["responses.id"], name=op.f("fk_rating_tags_response_id_responses")
        ),
    )
