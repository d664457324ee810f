"""Words of a ticket's history may be erased, and nothing else, once a record says so (B4, T-22, T-23).

Revision ID: 0004
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER ticket_events_no_update")
        op.execute(
            "CREATE TRIGGER ticket_events_no_update BEFORE UPDATE ON ticket_events "
            "WHEN NOT (NEW.reason = '' AND NEW.details = '{}' "
            "AND NEW.ticket_id = OLD.ticket_id AND NEW.number = OLD.number AND NEW.at = OLD.at "
            "AND NEW.verb = OLD.verb AND NEW.actor = OLD.actor AND NEW.from_state IS OLD.from_state "
            "AND NEW.to_state = OLD.to_state AND NEW.previous_hash = OLD.previous_hash "
            "AND NEW.hash = OLD.hash AND EXISTS (SELECT 1 FROM tombstones "
            "WHERE tombstones.kind = 'ticket' AND tombstones.subject = CAST(OLD.ticket_id AS TEXT))) "
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
        "RAISE EXCEPTION 'ticket_events is append-only' USING ERRCODE = '23001'; END $$"
    )
