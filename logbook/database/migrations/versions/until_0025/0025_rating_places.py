"""Codes of places, comments that are moderated, and kept counts of all answers (004-01, 004-05, 004-16).

Revision ID: 0025
"""

from collections import Counter
from datetime import timedelta

import sqlalchemy as sa
from alembic import op

from logbook.database.tables.metadata import RowId
from logbook.database.utc_datetime import UtcDateTime

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

AHEAD = timedelta(hours=7)


def upgrade() -> None:
    op.create_table(
        "rating_places",
        sa.Column("id", RowId, nullable=False),
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("official_id", RowId),
        sa.Column("made_by", sa.String(128), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rating_places")),
        sa.UniqueConstraint("code", name=op.f("uq_rating_places_code")),
        sa.ForeignKeyConstraint(
            ["official_id"], ["officials.id"], name=op.f("fk_rating_places_official_id_officials")
        ),
    )
    with op.batch_alter_table("token_ratings") as rated:
        rated.add_column(sa.Column("place_id", RowId))
        rated.add_column(sa.Column("comment_state", sa.String(16), nullable=False, server_default="waiting"))
        rated.add_column(sa.Column("tags", sa.String(500), nullable=False, server_default=""))
        rated.add_column(sa.Column("moderated_by", RowId))
        rated.add_column(sa.Column("moderated_at", UtcDateTime()))
        rated.create_foreign_key(
            op.f("fk_token_ratings_place_id_rating_places"), "rating_places", ["place_id"], ["id"]
        )
        rated.create_foreign_key(
            op.f("fk_token_ratings_moderated_by_people"), "people", ["moderated_by"], ["id"]
        )
    key = ("official_id", "day", "set_id", "channel", "criterion_id", "value")
    op.create_table(
        "rating_counts",
        sa.Column("official_id", RowId, autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("set_id", RowId, autoincrement=False, nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("criterion_id", RowId, autoincrement=False, nullable=False),
        sa.Column("value", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("many", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(*key, name=op.f("pk_rating_counts")),
    )
    _count(op.get_bind(), key)


def _count(conn: sa.Connection, key: tuple[str, ...]) -> None:
    """Count the answers that are there: a database that is only read after its upgrade says the truth too."""
    ratings = _table("ratings", "response_id", "criterion_id", "value", "at")
    responses = _table("responses", "id", "set_id", "channel")
    rated = _table("token_ratings", "response_id", "official_id")
    slips = _table("slips", "response_id", "dossier_id", "valid")
    dossiers = _table("dossiers", "id", "finished_at")
    query = (
        sa.select(
            ratings.c.response_id,
            ratings.c.criterion_id,
            ratings.c.value,
            ratings.c.at,
            responses.c.set_id,
            responses.c.channel,
            rated.c.official_id,
            slips.c.valid,
            dossiers.c.finished_at,
        )
        .join_from(ratings, responses, responses.c.id == ratings.c.response_id)
        .outerjoin(rated, rated.c.response_id == ratings.c.response_id)
        .outerjoin(slips, slips.c.response_id == ratings.c.response_id)
        .outerjoin(dossiers, dossiers.c.id == slips.c.dossier_id)
        .where(ratings.c.value.is_not(None))
        .order_by(ratings.c.response_id, ratings.c.at)
    )
    counts: Counter[tuple[object, ...]] = Counter()
    seen = 0
    for row in conn.execute(query):
        paper = row.channel == "paper"
        at = row.finished_at if paper else row.at
        if at is None or (paper and not row.valid):
            continue
        here = at + AHEAD  # Vietnamese time
        day = here.date()
        for official in (0, row.official_id):
            if official is not None:
                counts[(official, day, row.set_id, row.channel, row.criterion_id, row.value)] += 1
                if row.response_id != seen:  # the first answer of a person, who counts once
                    counts[(official, day, row.set_id, row.channel, 0, 0)] += 1
        seen = row.response_id
    kept = sa.table("rating_counts", *(sa.column(name) for name in (*key, "many")))
    rows = [{**dict(zip(key, cell, strict=True)), "many": many} for cell, many in counts.items()]
    for start in range(0, len(rows), 500):
        conn.execute(sa.insert(kept), rows[start : start + 500])


def _table(name: str, *columns: str) -> sa.TableClause:
    moments = {"at", "finished_at"}
    kinds = {"valid": sa.Boolean()}
    return sa.table(
        name,
        *(sa.column(one, UtcDateTime() if one in moments else kinds.get(one)) for one in columns),
    )
