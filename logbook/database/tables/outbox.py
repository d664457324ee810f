"""Tables of notifications: escalations, deliveries, results for the chairman, webhooks out, heartbeats."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, text

from logbook.database.partial_index import partial_index
from logbook.database.tables.metadata import RowId, metadata
from logbook.database.utc_datetime import UtcDateTime

escalations = Table(
    "escalations",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("key", String(128), nullable=False, unique=True),
    Column("kind", String(32), nullable=False),
    Column("ladder", String(40), nullable=False),
    Column("ticket_id", RowId, ForeignKey("tickets.id")),
    Column("params", Text, nullable=False),
    Column("urgent", Boolean(create_constraint=False), nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("step", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("cycle", Integer, nullable=False),
    Column("next_at", UtcDateTime),
    Column("first_sent_at", UtcDateTime),
    Column("settled_at", UtcDateTime),
    Column("settled_how", String(16)),
    Column("settled_by", RowId, ForeignKey("people.id")),
    Column("settled_who", String(128)),
    Column("version", Integer, nullable=False),
    Index("ix_escalations_ticket_id", "ticket_id"),
    partial_index(
        "ix_escalations_due",
        "next_at",
        where=text("next_at IS NOT NULL"),
    ),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("key", String(160), nullable=False, unique=True),
    Column("kind", String(32), nullable=False),
    Column("recipient", String(40), nullable=False),
    Column("channel", String(40)),
    Column("number", String(32)),
    Column("escalation_id", RowId, ForeignKey("escalations.id")),
    Column("ticket_id", RowId, ForeignKey("tickets.id")),
    Column("params", Text, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("duplicates", Integer, nullable=False),
    Column("epoch", BigInteger),
    Column("claimed_at", UtcDateTime),
    Column("sent_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("provider_sid", String(64)),
    Column("result", String(32)),
    Column("last_error", String(500)),
    Column("instead_of", RowId, ForeignKey("deliveries.id")),
    Column("receipt", String(16)),
    Column("receipt_at", UtcDateTime),
    Index("ix_deliveries_escalation_id", "escalation_id"),
    Index("ix_deliveries_ticket_id", "ticket_id"),
    Index("ix_deliveries_provider_sid", "provider_sid"),
    partial_index(
        "ix_deliveries_due",
        "due_at",
        where=text("due_at IS NOT NULL"),
    ),
)

case_results = Table(
    "case_results",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("key", String(64), nullable=False, unique=True),
    Column("ticket_id", RowId, ForeignKey("tickets.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("outcome", String(32)),
    Column("at", UtcDateTime, nullable=False),
    Column("delivery_id", RowId, ForeignKey("deliveries.id")),
    Column("done_at", UtcDateTime),
    Column("done_how", String(16)),
    Index("ix_case_results_at", "at"),
    Index("ix_case_results_ticket_id", "ticket_id"),
    Index("ix_case_results_delivery_id", "delivery_id"),
    partial_index(
        "ix_case_results_open",
        "id",
        where=text("done_at IS NULL"),
    ),
)

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("note", String(500), nullable=False),
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("name", String(128), nullable=False),
    Column("url", String(500), nullable=False),
    Column("salt", String(64), nullable=False),
    Column("made_by", String(128), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("stopped_at", UtcDateTime),
)
"""Addresses that hear of moved tickets; the key that signs is made from `salt` and SECRET_KEY."""

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("webhook_id", RowId, ForeignKey("webhooks.id"), nullable=False),
    Column("ticket_id", RowId, ForeignKey("tickets.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("message_id", String(64), nullable=False, unique=True),
    Column("body", Text, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("status", Integer),
    Column("last_error", String(200)),
    Column("sent_at", UtcDateTime),
    Index("ix_webhook_deliveries_ticket", "webhook_id", "ticket_id", "number", unique=True),
    partial_index(
        "ix_webhook_deliveries_due",
        "due_at",
        where=text("due_at IS NOT NULL"),
    ),
)
"""One event of a ticket's history for one webhook; `number` is the event's."""

zalo_tokens = Table(
    "zalo_tokens",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seed", String(64), nullable=False),
    Column("refresh", Text, nullable=False),
    Column("access", Text),
    Column("expires_at", UtcDateTime),
    Column("asked_at", UtcDateTime),
    Column("renewed_at", UtcDateTime),
    Column("error", String(80)),
)
"""One row: Zalo's tokens, encrypted. `seed` is a hash of the first one, `asked_at` when one was used."""
