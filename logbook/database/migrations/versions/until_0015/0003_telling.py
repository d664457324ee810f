"""Notifications: escalations, the outbox, reports, legal holds and erasure records.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

from logbook.database.utc_datetime import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

RowId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _widen()
    _telling()
    _keeping()
    _reports()


def _widen() -> None:
    op.add_column("tickets", sa.Column("noticed_at", UtcDateTime()))
    op.add_column("tickets", sa.Column("verdict", sa.String(16)))
    op.add_column("tickets", sa.Column("verdict_at", UtcDateTime()))
    op.add_column("people", sa.Column("phone_pin_hash", sa.String(256)))


def _links(table: str, **others: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([name], [f"{other}.id"], name=op.f(f"fk_{table}_{name}_{other}"))
        for name, other in others.items()
    ]


def _telling() -> None:
    op.create_table(
        "escalations",
        sa.Column("id", RowId, nullable=False),
        sa.Column("key", sa.String(128), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("ladder", sa.String(40), nullable=False),
        sa.Column("ticket_id", RowId),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("urgent", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.Column("next_at", UtcDateTime()),
        sa.Column("first_told_at", UtcDateTime()),
        sa.Column("settled_at", UtcDateTime()),
        sa.Column("settled_how", sa.String(16)),
        sa.Column("settled_by", RowId),
        sa.Column("settled_who", sa.String(128)),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalations")),
        sa.UniqueConstraint("key", name=op.f("uq_escalations_key")),
        *_links("escalations", ticket_id="tickets", settled_by="people"),
    )
    op.create_index("ix_escalations_ticket_id", "escalations", ["ticket_id"])
    op.create_index(
        "ix_escalations_due",
        "escalations",
        ["next_at"],
        sqlite_where=sa.text("next_at IS NOT NULL"),
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", RowId, nullable=False),
        sa.Column("key", sa.String(160), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("recipient", sa.String(40), nullable=False),
        sa.Column("channel", sa.String(40)),
        sa.Column("number", sa.String(32)),
        sa.Column("escalation_id", RowId),
        sa.Column("ticket_id", RowId),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime()),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("extra", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.BigInteger()),
        sa.Column("claimed_at", UtcDateTime()),
        sa.Column("sent_at", UtcDateTime()),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("provider_sid", sa.String(64)),
        sa.Column("result", sa.String(32)),
        sa.Column("last_error", sa.String(500)),
        sa.Column("instead_of", RowId),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("key", name=op.f("uq_deliveries_key")),
        *_links("deliveries", escalation_id="escalations", ticket_id="tickets", instead_of="deliveries"),
    )
    for column in ("escalation_id", "ticket_id", "provider_sid"):
        op.create_index(f"ix_deliveries_{column}", "deliveries", [column])
    op.create_index(
        "ix_deliveries_due",
        "deliveries",
        ["due_at"],
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_table(
        "beats",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("note", sa.String(500), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_beats")),
    )


def _keeping() -> None:
    op.create_table(
        "legal_holds",
        sa.Column("id", RowId, nullable=False),
        sa.Column("ticket_id", RowId, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_by", RowId, nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("lifted_at", UtcDateTime()),
        sa.Column("lifted_by", RowId),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_holds")),
        *_links("legal_holds", ticket_id="tickets", made_by="people", lifted_by="people"),
    )
    op.create_index("ix_legal_holds_ticket_id", "legal_holds", ["ticket_id"])
    op.create_table(
        "tombstones",
        sa.Column("id", RowId, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("deleted_at", UtcDateTime(), nullable=False),
        sa.Column("rule", sa.String(200), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tombstones")),
        sa.UniqueConstraint("kind", "subject", name=op.f("uq_tombstones_kind_subject")),
    )


def _reports() -> None:
    op.create_table(
        "reports",
        sa.Column("id", RowId, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("period", sa.String(16), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.Column("team_part", sa.Text()),
        sa.Column("remarks", sa.Text()),
        sa.Column("confirmed_at", UtcDateTime()),
        sa.Column("confirmed_by", RowId),
        sa.Column("conclusion", sa.Text()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint("kind", "period", name=op.f("uq_reports_kind_period")),
        *_links("reports", confirmed_by="people"),
    )
