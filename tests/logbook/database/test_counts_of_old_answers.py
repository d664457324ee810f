"""The upgrade counts the answers that were there before counts were kept."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from importlib import import_module

from sqlalchemy import delete, select, update

from logbook.calls import rating_counts as counted
from logbook.database.engine import Database
from logbook.database.tables import officials, rating_counts, slips
from logbook.officials import first_filling
from logbook.ratings import by_token, instruments, tokens
from logbook.ratings.by_token import Sent
from logbook.settings.loading import load_settings
from tests import frozen
from tests.rated import call_rated, slip


def test_old_answers_are_counted_by_the_upgrade_as_they_would_have_been_when_they_were_given(
    database: Database,
) -> None:
    settings, draw = load_settings(frozen.OFFICE), random.Random(5)
    begins = datetime(2026, 10, 31, 16, 50, tzinfo=UTC)  # ten minutes before November in Vietnam
    with database.writing() as conn:
        instruments.install(conn, instruments.registry(settings).values(), begins)
        first_filling.fill(conn, settings, begins)
        people = [None, *conn.execute(select(officials.c.id).limit(3)).scalars()]
        for number in range(60):
            at = begins + timedelta(minutes=draw.randrange(20), days=draw.randrange(3))
            call_rated(conn, settings, [draw.choice((None, 1, 3, 5)) for _ in range(5)], at)
            slip(conn, settings, number + 1, [draw.choice((None, 2, 4)) for _ in range(4)] + [5], at)
            code = tokens.make(conn, 1, "x", at)[0]
            by_token.store(conn, settings, code, Sent((5, None, 1), draw.choice(people), "", ""), at)
        conn.execute(update(slips).where(slips.c.id % 7 == 0).values(valid=False, void_reason="x"))
        conn.execute(delete(rating_counts))
        assert counted.wrong(conn)
        upgrade = import_module("logbook.database.migrations.versions.until_0025.0025_rating_places")
        key = tuple(column.name for column in rating_counts.primary_key.columns)
        upgrade._count(conn, key)
        assert counted.wrong(conn) == []
