"""The action plan: plans, tasks, what proves them month by month, and who was reminded.

Revision ID: 0028
"""

import sqlalchemy as sa
from alembic import op

from logbook.database.tables.metadata import RowId
from logbook.database.utc_datetime import UtcDateTime

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plans",
        sa.Column("id", RowId, nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("title", sa.String(500), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("first_month", sa.String(7), nullable=False),
        sa.Column("last_month", sa.String(7), nullable=False),
        sa.Column("owner", sa.String(64)),
        sa.Column("recipients", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(128), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
        sa.UniqueConstraint("key", name=op.f("uq_plans_key")),
    )
    op.create_table(
        "plan_tasks",
        sa.Column("id", RowId, nullable=False),
        sa.Column("plan_id", RowId, nullable=False),
        sa.Column("group_number", sa.Integer(), nullable=False),
        sa.Column("group_title", sa.String(500), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("responsible", sa.Text(), nullable=False),
        sa.Column("cadence", sa.String(16), nullable=False),
        sa.Column("pace", sa.String(300), nullable=False),
        sa.Column("due", sa.Date()),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("person", sa.String(64)),
        sa.Column("figures", sa.String(500), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_tasks")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_plan_tasks_plan_id_plans")),
        sa.UniqueConstraint(
            "plan_id", "group_number", "number", name=op.f("uq_plan_tasks_plan_id_group_number_number")
        ),
    )
    op.create_index("ix_plan_tasks_person", "plan_tasks", ["person"])
    op.create_table(
        "plan_evidence",
        sa.Column("id", RowId, nullable=False),
        sa.Column("task_id", RowId, nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("link", sa.String(1000)),
        sa.Column("file_name", sa.String(200)),
        sa.Column("file_type", sa.String(100)),
        sa.Column("size", sa.Integer()),
        sa.Column("content", sa.LargeBinary()),
        sa.Column("given_by", RowId, nullable=False),
        sa.Column("given_at", UtcDateTime(), nullable=False),
        sa.Column("withdrawn_by", RowId),
        sa.Column("withdrawn_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_evidence")),
        sa.ForeignKeyConstraint(
            ["task_id"], ["plan_tasks.id"], name=op.f("fk_plan_evidence_task_id_plan_tasks")
        ),
        sa.ForeignKeyConstraint(["given_by"], ["people.id"], name=op.f("fk_plan_evidence_given_by_people")),
        sa.ForeignKeyConstraint(
            ["withdrawn_by"], ["people.id"], name=op.f("fk_plan_evidence_withdrawn_by_people")
        ),
        sa.UniqueConstraint("task_id", "month", "digest", name=op.f("uq_plan_evidence_task_id_month_digest")),
    )
    op.create_index("ix_plan_evidence_month", "plan_evidence", ["month"])
    op.create_table(
        "plan_reminders",
        sa.Column("id", RowId, nullable=False),
        sa.Column("task_id", RowId, nullable=False),
        sa.Column("occasion", sa.String(32), nullable=False),
        sa.Column("person", sa.String(64)),
        sa.Column("delivery_id", RowId),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_reminders")),
        sa.ForeignKeyConstraint(
            ["task_id"], ["plan_tasks.id"], name=op.f("fk_plan_reminders_task_id_plan_tasks")
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name=op.f("fk_plan_reminders_delivery_id_deliveries")
        ),
        sa.UniqueConstraint("task_id", "occasion", name=op.f("uq_plan_reminders_task_id_occasion")),
    )
