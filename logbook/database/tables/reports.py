"""Tables of reports, explanations of late tickets, obstacles, and confirmed figures that leave."""

from sqlalchemy import Column, Date, ForeignKey, Integer, String, Table, Text, UniqueConstraint

from logbook.database.tables.metadata import RowId, metadata
from logbook.database.utc_datetime import UtcDateTime

reports = Table(
    "reports",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("period", String(16), nullable=False),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("figures", Text, nullable=False),
    Column("team_part", Text),
    Column("remarks", Text),
    Column("confirmed_at", UtcDateTime),
    Column("confirmed_by", RowId, ForeignKey("people.id")),
    Column("conclusion", Text),
    Column("version", Integer, nullable=False),
    UniqueConstraint("kind", "period"),
)

late_explanations = Table(
    "late_explanations",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("report_id", RowId, ForeignKey("reports.id"), nullable=False),
    Column("code", String(16), nullable=False),
    Column("owner", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("remedy", Text, nullable=False),
    Column("written_by", RowId, ForeignKey("people.id"), nullable=False),
    Column("written_at", UtcDateTime, nullable=False),
    UniqueConstraint("report_id", "code"),
)

obstacles = Table(
    "obstacles",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("key", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("raised_by", RowId, ForeignKey("people.id"), nullable=False),
    Column("raised_at", UtcDateTime, nullable=False),
    Column("resolution", Text),
    Column("resolved_by", RowId, ForeignKey("people.id")),
    Column("resolved_at", UtcDateTime),
    Column("passed_up_at", UtcDateTime),
    UniqueConstraint("key"),
)

monthly_figures = Table(
    "monthly_figures",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("office", String(5), nullable=False),
    Column("month", String(7), nullable=False),
    Column("document", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("issued_at", UtcDateTime, nullable=False),
    Column("kept_at", UtcDateTime, nullable=False),
    UniqueConstraint("digest"),
)
"""Signed figures of a month: an office keeps those it gave out, the province those it took in."""

province_offices = Table(
    "province_offices",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("code", String(5), nullable=False),
    Column("public_key", String(64), nullable=False),
    Column("since", String(7), nullable=False),
    Column("until", String(7)),
    UniqueConstraint("code"),
)
"""In the province's database: whose figures are awaited, from which month on, and the key they sign with."""
