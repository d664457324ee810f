"""Table of people's names kept beside ratings and forms, each encrypted (docs/decisions/0014)."""

from sqlalchemy import Column, String, Table, Text

from logbook.database.tables.metadata import RowId, metadata

personal_names = Table(
    "personal_names",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("subject_id", RowId, primary_key=True, autoincrement=False),
    Column("sealed", Text, nullable=False),
    Column("sealed_with", String(16), nullable=False, index=True),
)
