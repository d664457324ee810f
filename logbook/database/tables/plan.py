"""Tables of the action plan: plans, their tasks, what proves them month by month, who was reminded."""

from sqlalchemy import (
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from logbook.database.tables.metadata import RowId, metadata
from logbook.database.utc_datetime import UtcDateTime

plans = Table(
    "plans",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("key", String(64), nullable=False, unique=True),
    Column("title", String(500), nullable=False),
    Column("legal_basis", Text, nullable=False),
    Column("first_month", String(7), nullable=False),
    Column("last_month", String(7), nullable=False),
    Column("owner", String(64)),
    Column("recipients", Text, nullable=False),
    Column("made_by", String(128), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("version", Integer, nullable=False),
)

plan_tasks = Table(
    "plan_tasks",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("plan_id", RowId, ForeignKey("plans.id"), nullable=False),
    Column("group_number", Integer, nullable=False),
    Column("group_title", String(500), nullable=False),
    Column("number", Integer, nullable=False),
    Column("content", Text, nullable=False),
    Column("responsible", Text, nullable=False),
    Column("cadence", String(16), nullable=False),
    Column("pace", String(300), nullable=False),
    Column("due", Date),
    Column("result", Text, nullable=False),
    Column("person", String(64)),
    Column("figures", String(500), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False),
    UniqueConstraint("plan_id", "group_number", "number"),
    Index("ix_plan_tasks_person", "person"),
)

plan_evidence = Table(
    "plan_evidence",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("task_id", RowId, ForeignKey("plan_tasks.id"), nullable=False),
    Column("month", String(7), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("note", Text, nullable=False),
    Column("link", String(1000)),
    Column("file_name", String(200)),
    Column("file_type", String(100)),
    Column("size", Integer),
    Column("content", LargeBinary),
    Column("given_by", RowId, ForeignKey("people.id"), nullable=False),
    Column("given_at", UtcDateTime, nullable=False),
    Column("withdrawn_by", RowId, ForeignKey("people.id")),
    Column("withdrawn_at", UtcDateTime),
    UniqueConstraint("task_id", "month", "digest"),
    Index("ix_plan_evidence_month", "month"),
)

plan_reminders = Table(
    "plan_reminders",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("task_id", RowId, ForeignKey("plan_tasks.id"), nullable=False),
    Column("occasion", String(32), nullable=False),
    Column("person", String(64)),
    Column("delivery_id", RowId, ForeignKey("deliveries.id")),
    Column("made_at", UtcDateTime, nullable=False),
    UniqueConstraint("task_id", "occasion"),
)
