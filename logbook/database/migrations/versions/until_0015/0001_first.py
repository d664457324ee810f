"""The first tables: calls, tickets with their history, ratings, recordings, callbacks and the office's own.

Revision ID: 0001
"""

import sqlalchemy as sa
from alembic import op

from logbook.database.utc_datetime import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

RowId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "budgets",
        sa.Column("scope", sa.String(length=128), nullable=False),
        sa.Column("window_start", UtcDateTime(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "window_start", name=op.f("pk_budgets")),
    )
    op.create_table(
        "calls",
        sa.Column("id", RowId, nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("direction", sa.String(length=32), nullable=False),
        sa.Column("caller_raw", sa.String(length=128), nullable=False),
        sa.Column("caller_number", sa.String(length=32), nullable=True),
        sa.Column("called", sa.String(length=128), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("outcome", sa.String(length=64), nullable=True),
        sa.Column("purpose", sa.String(length=32), nullable=True),
        sa.Column("caller_type", sa.String(length=16), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("time_shift", sa.Integer(), nullable=False),
        sa.Column("status_sequence", sa.Integer(), nullable=False),
        sa.Column("duration", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
        sa.UniqueConstraint("sid", name=op.f("uq_calls_sid")),
    )
    op.create_index("ix_calls_started_at", "calls", ["started_at"], unique=False)
    op.create_table(
        "closures",
        sa.Column("id", RowId, nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("made_by", sa.String(length=128), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("ended_early_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closures")),
    )
    op.create_table(
        "criteria_sets",
        sa.Column("id", RowId, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("scale_min", sa.Integer(), nullable=False),
        sa.Column("scale_max", sa.Integer(), nullable=False),
        sa.Column("installed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_criteria_sets")),
        sa.UniqueConstraint("key", "version", name=op.f("uq_criteria_sets_key_version")),
    )
    op.create_table(
        "day_overrides",
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("worked", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("document", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("date", name=op.f("pk_day_overrides")),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=128), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "consents",
        sa.Column("call_id", RowId, nullable=False),
        sa.Column("turn", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("wording_version", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=8), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_consents_call_id_calls")),
        sa.PrimaryKeyConstraint("call_id", "turn", name=op.f("pk_consents")),
    )
    op.create_table(
        "criteria",
        sa.Column("id", RowId, nullable=False),
        sa.Column("set_id", RowId, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["set_id"], ["criteria_sets.id"], name=op.f("fk_criteria_set_id_criteria_sets")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_criteria")),
        sa.UniqueConstraint("set_id", "key", name=op.f("uq_criteria_set_id_key")),
    )
    op.create_table(
        "legs",
        sa.Column("call_id", RowId, nullable=False),
        sa.Column("turn", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("dialled_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column("sid", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_legs_call_id_calls")),
        sa.PrimaryKeyConstraint("call_id", "turn", name=op.f("pk_legs")),
        sa.UniqueConstraint("sid", name=op.f("uq_legs_sid")),
    )
    op.create_table(
        "recordings",
        sa.Column("id", RowId, nullable=False),
        sa.Column("call_id", RowId, nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column("heard_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", UtcDateTime(), nullable=True),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.Column("file_name", sa.String(length=128), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("media_type", sa.String(length=64), nullable=True),
        sa.Column("stored_at", UtcDateTime(), nullable=True),
        sa.Column("provider_deleted_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_recordings_call_id_calls")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recordings")),
        sa.UniqueConstraint("file_name", name=op.f("uq_recordings_file_name")),
        sa.UniqueConstraint("sid", name=op.f("uq_recordings_sid")),
    )
    op.create_index("ix_recordings_call_id_turn", "recordings", ["call_id", "turn"], unique=False)
    op.create_index(
        "ix_recordings_due",
        "recordings",
        ["next_try_at"],
        unique=False,
        sqlite_where=sa.text("next_try_at IS NOT NULL"),
        postgresql_where=sa.text("next_try_at IS NOT NULL"),
    )
    op.create_table(
        "responses",
        sa.Column("id", RowId, nullable=False),
        sa.Column("call_id", RowId, nullable=True),
        sa.Column("set_id", RowId, nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_responses_call_id_calls")),
        sa.ForeignKeyConstraint(
            ["set_id"], ["criteria_sets.id"], name=op.f("fk_responses_set_id_criteria_sets")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responses")),
        sa.UniqueConstraint("call_id", name=op.f("uq_responses_call_id")),
    )
    op.create_index("ix_responses_started_at", "responses", ["started_at"], unique=False)
    op.create_table(
        "restricted_records",
        sa.Column("id", RowId, nullable=False),
        sa.Column("call_id", RowId, nullable=False),
        sa.Column("caller_raw", sa.String(length=128), nullable=False),
        sa.Column("caller_number", sa.String(length=32), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_restricted_records_call_id_calls")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restricted_records")),
        sa.UniqueConstraint("call_id", name=op.f("uq_restricted_records_call_id")),
    )
    op.create_table(
        "turns",
        sa.Column("call_id", RowId, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("heard", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("place", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_turns_call_id_calls")),
        sa.PrimaryKeyConstraint("call_id", "number", name=op.f("pk_turns")),
    )
    op.create_table(
        "callbacks",
        sa.Column("id", RowId, nullable=False),
        sa.Column("call_id", RowId, nullable=False),
        sa.Column("number", sa.String(length=32), nullable=True),
        sa.Column("caller_raw", sa.String(length=128), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("owed_since", UtcDateTime(), nullable=False),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.Column("recording_id", RowId, nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_callbacks_call_id_calls")),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recordings.id"], name=op.f("fk_callbacks_recording_id_recordings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callbacks")),
        sa.UniqueConstraint("call_id", name=op.f("uq_callbacks_call_id")),
        sa.UniqueConstraint("recording_id", name=op.f("uq_callbacks_recording_id")),
    )
    op.create_index(
        "ix_callbacks_owed",
        "callbacks",
        ["owed_since"],
        unique=False,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_table(
        "ratings",
        sa.Column("response_id", RowId, nullable=False),
        sa.Column("criterion_id", RowId, nullable=False),
        sa.Column("value", sa.Integer(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["criterion_id"], ["criteria.id"], name=op.f("fk_ratings_criterion_id_criteria")
        ),
        sa.ForeignKeyConstraint(
            ["response_id"], ["responses.id"], name=op.f("fk_ratings_response_id_responses")
        ),
        sa.PrimaryKeyConstraint("response_id", "criterion_id", name=op.f("pk_ratings")),
    )
    op.create_table(
        "tickets",
        sa.Column("id", RowId, nullable=False),
        sa.Column("code", sa.String(length=6), nullable=False),
        sa.Column("pin_digest", sa.String(length=64), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("caller_type", sa.String(length=16), nullable=True),
        sa.Column("caller_raw", sa.String(length=128), nullable=False),
        sa.Column("caller_number", sa.String(length=32), nullable=True),
        sa.Column("call_id", RowId, nullable=True),
        sa.Column("recording_id", RowId, nullable=True),
        sa.Column("response_id", RowId, nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("notice_due_at", UtcDateTime(), nullable=False),
        sa.Column("answer_due_at", UtcDateTime(), nullable=False),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("head_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_tickets_call_id_calls")),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recordings.id"], name=op.f("fk_tickets_recording_id_recordings")
        ),
        sa.ForeignKeyConstraint(
            ["response_id"], ["responses.id"], name=op.f("fk_tickets_response_id_responses")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
        sa.UniqueConstraint("code", name=op.f("uq_tickets_code")),
        sa.UniqueConstraint("recording_id", name=op.f("uq_tickets_recording_id")),
    )
    op.create_index("ix_tickets_call_id", "tickets", ["call_id"], unique=False)
    op.create_index(
        "ix_tickets_open",
        "tickets",
        ["answer_due_at"],
        unique=False,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "ticket_events",
        sa.Column("ticket_id", RowId, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("verb", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("from_state", sa.String(length=32), nullable=True),
        sa.Column("to_state", sa.String(length=32), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_events_ticket_id_tickets")
        ),
        sa.PrimaryKeyConstraint("ticket_id", "number", name=op.f("pk_ticket_events")),
    )
    _refuse_to_rewrite_history()


def _refuse_to_rewrite_history() -> None:
    """Events of a ticket are only ever added (T-23)."""
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER ticket_events_no_{change.lower()} BEFORE {change} ON ticket_events "
                "BEGIN SELECT RAISE(ABORT, 'ticket_events is append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION ticket_events_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'ticket_events is append-only' USING ERRCODE = '23001'; END $$"
    )
    op.execute(
        "CREATE TRIGGER ticket_events_append_only BEFORE UPDATE OR DELETE ON ticket_events "
        "FOR EACH ROW EXECUTE FUNCTION ticket_events_append_only()"
    )
    op.execute(
        "CREATE TRIGGER ticket_events_no_truncate BEFORE TRUNCATE ON ticket_events "
        "FOR EACH STATEMENT EXECUTE FUNCTION ticket_events_append_only()"
    )
