"""Tables of the team that collects slips and writes forms: members, forms, money."""

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, String, Table

from logbook.database.tables.metadata import RowId, metadata
from logbook.database.utc_datetime import UtcDateTime

team_members = Table(
    "team_members",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("person", String(64), nullable=False),
    Column("since", Date, nullable=False),
    Column("until", Date),
    Column("made_by", String(128), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Index("ix_team_members_person", "person"),
)

written_forms = Table(
    "written_forms",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("written_on", Date, nullable=False),
    Column("procedure", String(300), nullable=False),
    Column("field", String(100), nullable=False),
    Column("helper", String(64), nullable=False),
    Column("manner", String(16), nullable=False),
    Column("asked_for", Boolean(create_constraint=False), nullable=False),
    Column("check_result", String(16), nullable=False),
    Column("receipt", String(64), nullable=False),
    Column("appointment", Date),
    Column("same_day", Boolean(create_constraint=False), nullable=False),
    Column("confirmed_by", String(16), nullable=False),
    Column("entered_by", String(128), nullable=False),
    Column("entered_at", UtcDateTime, nullable=False),
    Index("ix_written_forms_written_on", "written_on", "id"),
)

budget_lines = Table(
    "budget_lines",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("year", Integer, nullable=False),
    Column("model", String(200), nullable=False),
    Column("source", String(200), nullable=False),
    Column("ceiling", Integer, nullable=False),
    Column("made_by", String(128), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Index("uq_budget_lines_year_model", "year", "model", unique=True),
)

budget_spends = Table(
    "budget_spends",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("line_id", RowId, ForeignKey("budget_lines.id"), nullable=False),
    Column("date", Date, nullable=False),
    Column("amount", Integer, nullable=False),
    Column("what", String(300), nullable=False),
    Column("made_by", String(128), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Index("ix_budget_spends_line_id", "line_id"),
)
