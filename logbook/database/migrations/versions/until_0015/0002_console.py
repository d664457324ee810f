"""The console: people, sessions, the audit log, saved views, groups, and what a clerk writes on a ticket.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

from logbook.database.utc_datetime import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

RowId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _yes_no() -> sa.Boolean:
    return sa.Boolean(create_constraint=False)


def upgrade() -> None:
    op.create_table(
        "people",
        sa.Column("id", RowId, nullable=False),
        sa.Column("login", sa.String(64), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("title", sa.String(128), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("telephone", sa.String(32)),
        sa.Column("sees_restricted", _yes_no(), nullable=False),
        sa.Column("password_hash", sa.String(256), nullable=False),
        sa.Column("second_factor", sa.String(64)),
        sa.Column("last_code", sa.Integer()),
        sa.Column("must_change_password", _yes_no(), nullable=False),
        sa.Column("demo", _yes_no(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("disabled_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("login", name=op.f("uq_people_login")),
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("person_id", RowId, nullable=False),
        sa.Column("begun_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("complete", _yes_no(), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("agent", sa.String(256), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sessions")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_sessions_person_id_people")),
    )
    op.create_index("ix_sessions_person_id", "sessions", ["person_id"])
    op.create_table(
        "journal",
        sa.Column("number", RowId, autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("person_id", RowId),
        sa.Column("who", sa.String(128), nullable=False),
        sa.Column("act", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_journal")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_journal_person_id_people")),
    )
    op.create_index("ix_journal_subject", "journal", ["subject"])
    op.create_index("ix_journal_act", "journal", ["act", "number"])
    op.create_index("ix_journal_who", "journal", ["who", "number"])
    head = op.create_table(
        "journal_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", RowId, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_head")),
    )
    op.bulk_insert(head, [{"id": 1, "number": 0, "hash": "0" * 64}])
    op.create_table(
        "saved_views",
        sa.Column("id", RowId, nullable=False),
        sa.Column("person_id", RowId, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("query", sa.String(1000), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_saved_views_person_id_people")),
    )
    op.create_index("ix_saved_views_person_id", "saved_views", ["person_id"])
    op.create_table(
        "ticket_groups",
        sa.Column("id", RowId, nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("made_by", RowId, nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_groups")),
        sa.ForeignKeyConstraint(["made_by"], ["people.id"], name=op.f("fk_ticket_groups_made_by_people")),
    )
    _widen_tickets()
    _widen_callbacks()
    _index_words()


def _widen_tickets() -> None:
    with op.batch_alter_table("tickets") as tickets:
        tickets.add_column(sa.Column("summary", sa.String(200)))
        tickets.add_column(sa.Column("topic", sa.String(16)))
        tickets.add_column(sa.Column("category", sa.String(64)))
        tickets.add_column(sa.Column("tag", sa.String(64)))
        for name in ("urgent", "anonymous", "conflict"):
            tickets.add_column(sa.Column(name, _yes_no(), nullable=False, server_default=sa.false()))
        tickets.add_column(sa.Column("caller_name", sa.String(200)))
        tickets.add_column(sa.Column("caller_address", sa.String(500)))
        tickets.add_column(sa.Column("concerned_id", RowId))
        tickets.add_column(sa.Column("assigned_id", RowId))
        tickets.add_column(sa.Column("transferred_to", sa.String(200)))
        tickets.add_column(sa.Column("group_id", RowId))
        tickets.add_column(sa.Column("cause", sa.Text()))
        tickets.add_column(sa.Column("remedy", sa.Text()))
        tickets.add_column(sa.Column("minutes", sa.Text()))
        tickets.add_column(sa.Column("search_text", sa.Text(), nullable=False, server_default=""))
        links = {"concerned_id": "people", "assigned_id": "people", "group_id": "ticket_groups"}
        for name, other in links.items():
            tickets.create_foreign_key(op.f(f"fk_tickets_{name}_{other}"), other, [name], ["id"])
    op.create_index("ix_tickets_caller_number", "tickets", ["caller_number"])
    op.create_index("ix_tickets_group_id", "tickets", ["group_id"])
    op.create_index("ix_tickets_state", "tickets", ["state", "id"])


def _widen_callbacks() -> None:
    with op.batch_alter_table("callbacks") as callbacks:
        callbacks.add_column(sa.Column("owner_id", RowId))
        callbacks.add_column(sa.Column("note", sa.Text()))
        callbacks.add_column(sa.Column("tries", sa.Integer(), nullable=False, server_default="0"))
        callbacks.add_column(sa.Column("tried_at", UtcDateTime()))
        callbacks.add_column(sa.Column("wanted_at", UtcDateTime()))
        callbacks.add_column(sa.Column("wanted_from", sa.String(32)))
        callbacks.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="0"))
        callbacks.add_column(sa.Column("last_result", sa.String(32)))
        callbacks.add_column(sa.Column("claimed_at", UtcDateTime()))
        callbacks.add_column(sa.Column("calls_placed", sa.Integer(), nullable=False, server_default="0"))
        callbacks.add_column(sa.Column("return_sid", sa.String(64)))
        callbacks.create_foreign_key(op.f("fk_callbacks_owner_id_people"), "people", ["owner_id"], ["id"])


def _index_words() -> None:
    """The search's index; all its names begin with ticket_words (logbook/database/tables/words.py)."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE ticket_words USING fts5("
            "matter, caller, tokenize='ascii', detail=column, prefix='1 2 3 4 5 6 7')"
        )
        return
    for name, words in {"all": "search_text", "matter": "split_part(search_text, E'\\n', 1)"}.items():
        op.execute(
            f"CREATE INDEX ticket_words_{name} ON tickets USING gin "
            f"(array_to_tsvector(array_remove(string_to_array({words}, ' '), '')))"
        )
