"""Columns and tables get the field's terms: an escalation's step and cycle, parameters of texts, heartbeats.

Revision ID: 0022
"""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # RENAME COLUMN on both databases: batch mode would copy the outbox, and indexes follow by themselves
    op.execute("ALTER TABLE escalations RENAME COLUMN rung TO step")
    op.execute("ALTER TABLE escalations RENAME COLUMN rounds TO cycle")
    op.execute("ALTER TABLE escalations RENAME COLUMN words TO params")
    op.execute("ALTER TABLE escalations RENAME COLUMN first_told_at TO first_sent_at")
    op.execute("ALTER TABLE deliveries RENAME COLUMN words TO params")
    op.execute("ALTER TABLE replaced_ratings RENAME COLUMN told TO content")
    op.execute("ALTER TABLE beats RENAME TO heartbeats")
    op.execute("ALTER TABLE deliveries RENAME COLUMN extra TO duplicates")
