"""The rows of the sample month, so that it can be distinguished from real cases and removed again.

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

from logbook.database.utc_datetime import UtcDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "samples",
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", name=op.f("pk_samples")),
    )
    _events_of_samples_may_go()


def _events_of_samples_may_go() -> None:
    """The history of a ticket that is noted as a sample may be deleted whole; any other stays (T-23)."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER ticket_events_no_delete")
        op.execute(
            "CREATE TRIGGER ticket_events_no_delete BEFORE DELETE ON ticket_events "
            "WHEN NOT EXISTS (SELECT 1 FROM samples "
            "WHERE samples.kind = 'tickets' AND samples.key = CAST(OLD.ticket_id AS TEXT)) "
            "BEGIN SELECT RAISE(ABORT, 'ticket_events is append-only'); END"
        )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION ticket_events_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF TG_OP = 'UPDATE' THEN "
        "IF NEW.reason = '' AND NEW.details = '{}' AND ROW(NEW.ticket_id, NEW.number, NEW.at, NEW.verb, "
        "NEW.actor, NEW.from_state, NEW.to_state, NEW.previous_hash, NEW.hash) IS NOT DISTINCT FROM "
        "ROW(OLD.ticket_id, OLD.number, OLD.at, OLD.verb, OLD.actor, OLD.from_state, OLD.to_state, "
        "OLD.previous_hash, OLD.hash) AND EXISTS (SELECT 1 FROM tombstones "
        "WHERE tombstones.kind = 'ticket' AND tombstones.subject = OLD.ticket_id::text) "
        "THEN RETURN NEW; END IF; END IF; "
        "IF TG_OP = 'DELETE' THEN "
        "IF EXISTS (SELECT 1 FROM samples "
        "WHERE samples.kind = 'tickets' AND samples.key = OLD.ticket_id::text) "
        "THEN RETURN OLD; END IF; END IF; "
        "RAISE EXCEPTION 'ticket_events is append-only' USING ERRCODE = '23001'; END $$"
    )


def downgrade() -> None:
    """There is no way back: a copy from before the upgrade is put in its place."""
    raise NotImplementedError("restore the copy made before the upgrade")
