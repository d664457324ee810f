"""The register of officials, accounts with a last day, what an instrument rests on, and paper slips.

Revision ID: 0012
"""

import sqlalchemy as sa
from alembic import op

from logbook.database.tables.metadata import RowId
from logbook.database.utc_datetime import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "officials",
        sa.Column("id", RowId, nullable=False),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("second_key", sa.String(40)),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("title", sa.String(128), nullable=False),
        sa.Column("unit", sa.String(128), nullable=False),
        sa.Column("organisation", sa.String(16), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date()),
        sa.Column("login", sa.String(64)),
        sa.Column("telephone", sa.String(32)),
        sa.Column("photo_consent_at", UtcDateTime()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officials")),
        sa.UniqueConstraint("key", name=op.f("uq_officials_key")),
        sa.UniqueConstraint("second_key", name=op.f("uq_officials_second_key")),
        sa.UniqueConstraint("login", name=op.f("uq_officials_login")),
    )
    op.add_column("people", sa.Column("last_day", sa.Date()))
    op.add_column("criteria_sets", sa.Column("legal_basis", sa.Text()))
    op.add_column("criteria_sets", sa.Column("channels", sa.String(64)))
    op.add_column("criteria_sets", sa.Column("target_percent", sa.Integer()))
    op.add_column("criteria_sets", sa.Column("screening", sa.Text()))
    _add_slips()


def _add_slips() -> None:
    op.create_table(
        "slips",
        sa.Column("id", RowId, nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("dossier_id", RowId, nullable=False),
        sa.Column("response_id", RowId, nullable=False),
        sa.Column("respondent", sa.String(16), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("entered_by", RowId),
        sa.Column("entered_at", UtcDateTime(), nullable=False),
        sa.Column("valid", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("void_reason", sa.Text()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slips")),
        sa.UniqueConstraint("number", name=op.f("uq_slips_number")),
        sa.UniqueConstraint("response_id", name=op.f("uq_slips_response_id")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossiers.id"], name=op.f("fk_slips_dossier_id_dossiers")),
        sa.ForeignKeyConstraint(
            ["response_id"], ["responses.id"], name=op.f("fk_slips_response_id_responses")
        ),
        sa.ForeignKeyConstraint(["entered_by"], ["people.id"], name=op.f("fk_slips_entered_by_people")),
    )
    op.create_index(
        "uq_slips_dossier_id_valid",
        "slips",
        ["dossier_id"],
        unique=True,
        sqlite_where=sa.text("valid"),
        postgresql_where=sa.text("valid"),
    )
    op.create_table(
        "slip_checks",
        sa.Column("slip_id", RowId, autoincrement=False, nullable=False),
        sa.Column("reference", sa.String(64), nullable=False),
        sa.Column("respondent", sa.String(16), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("entered_by", RowId, nullable=False),
        sa.Column("entered_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("slip_id", name=op.f("pk_slip_checks")),
        sa.ForeignKeyConstraint(["slip_id"], ["slips.id"], name=op.f("fk_slip_checks_slip_id_slips")),
        sa.ForeignKeyConstraint(["entered_by"], ["people.id"], name=op.f("fk_slip_checks_entered_by_people")),
    )
