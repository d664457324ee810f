"""Tables of tickets, their tamper-evident history and the restricted records."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, false, text

from logbook.database.partial_index import partial_index
from logbook.database.person_ids import NOBODY, PersonIds
from logbook.database.tables.metadata import RowId, metadata
from logbook.database.utc_datetime import UtcDateTime

ticket_groups = Table(
    "ticket_groups",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("title", String(200), nullable=False),
    Column("made_by", RowId, ForeignKey("people.id"), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
)

tickets = Table(
    "tickets",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("code", String(6), nullable=False, unique=True),
    Column("pin_digest", String(64)),
    Column("kind", String(32), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("caller_type", String(16)),
    Column("caller_raw", String(128), nullable=False),
    Column("caller_number", String(32)),
    Column("call_id", RowId, ForeignKey("calls.id")),
    Column("recording_id", RowId, ForeignKey("recordings.id"), unique=True),
    Column("response_id", RowId, ForeignKey("responses.id")),
    Column("state", String(32), nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("notice_due_at", UtcDateTime, nullable=False),
    Column("answer_due_at", UtcDateTime, nullable=False),
    Column("content", Text),
    Column("answer", Text),
    Column("answered_at", UtcDateTime),
    Column("closed_at", UtcDateTime),
    Column("outcome", String(32)),
    Column("version", Integer, nullable=False),
    Column("events", Integer, nullable=False),
    Column("head_hash", String(64), nullable=False),
    Column("summary", String(200)),
    Column("topic", String(16)),
    Column("category", String(64)),
    Column("tag", String(64)),
    Column("urgent", Boolean(create_constraint=False), nullable=False, server_default=false()),
    Column("anonymous", Boolean(create_constraint=False), nullable=False, server_default=false()),
    Column("conflict", Boolean(create_constraint=False), nullable=False, server_default=false()),
    Column("caller_name", String(200)),
    Column("caller_address", String(500)),
    Column("subject_ids", PersonIds, nullable=False, server_default="", default=NOBODY),
    Column("assigned_id", RowId, ForeignKey("people.id")),
    Column("transferred_to", String(200)),
    Column("group_id", RowId, ForeignKey("ticket_groups.id")),
    Column("cause", Text),
    Column("remedy", Text),
    Column("opening_id", RowId, ForeignKey("openings.id")),
    Column("search_text", Text, nullable=False, server_default=""),
    Column("noticed_at", UtcDateTime),
    Column("verdict", String(16)),
    Column("verdict_at", UtcDateTime),
    Index("ix_tickets_call_id", "call_id"),
    Index("ix_tickets_caller_number", "caller_number"),
    Index("ix_tickets_group_id", "group_id"),
    Index("ix_tickets_opening_id", "opening_id"),
    Index("ix_tickets_state", "state", "id"),
    Index("ix_tickets_opened_at", "opened_at"),
    Index("ix_tickets_answered_at", "answered_at"),
    partial_index(
        "ix_tickets_open",
        "answer_due_at",
        where=text("closed_at IS NULL"),
    ),
)

ticket_officials = Table(
    "ticket_officials",
    metadata,
    Column("ticket_id", RowId, ForeignKey("tickets.id"), primary_key=True, autoincrement=False),
    Column("official_id", RowId, ForeignKey("officials.id"), primary_key=True, autoincrement=False),
    Index("ix_ticket_officials_official_id", "official_id"),
)
"""People of the register whom a ticket is about, with an account or without."""

portal_codes = Table(
    "portal_codes",
    metadata,
    Column("ticket_id", RowId, ForeignKey("tickets.id"), primary_key=True, autoincrement=False),
    Column("code", String(40), nullable=False, unique=True),
    Column("noted_at", UtcDateTime, nullable=False),
)
"""The code of a ticket that is also a case of the national portal."""

ticket_events = Table(
    "ticket_events",
    metadata,
    Column("ticket_id", RowId, ForeignKey("tickets.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("verb", String(32), nullable=False),
    Column("actor", String(128), nullable=False),
    Column("reason", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("from_state", String(32)),
    Column("to_state", String(32), nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("ix_ticket_events_at", "at"),
)

restricted_records = Table(
    "restricted_records",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("call_id", RowId, ForeignKey("calls.id"), nullable=False, unique=True),
    Column("caller_raw", String(128), nullable=False),
    Column("caller_number", String(32)),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", String(64), nullable=False),
    Column("note", Text, nullable=False),
)
