"""Answers for tests: callers who rated, and slips of finished dossiers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, select

from logbook.calls import rating_counts
from logbook.calls.criteria import find_set
from logbook.database.tables import criteria, ratings, responses
from logbook.ratings import instruments, slip_values, slips
from logbook.ratings.slip_values import Respondent, TypedSlip
from logbook.settings.loading import Settings
from tests.one_stop_desk import dossier


def call_rated(conn: Connection, settings: Settings, marks: Sequence[int | None], at: datetime) -> None:
    """Keep what one caller answered to the telephone's own criteria; None is a skipped question."""
    part = settings.ratings
    asked = find_set(conn, part.key, part.version)
    assert asked is not None
    begun = insert(responses).values(
        set_id=asked.id, channel="hotline", state="complete", started_at=at, finished_at=at
    )
    response_id = conn.execute(begun.returning(responses.c.id)).scalar_one()
    ids = conn.execute(
        select(criteria.c.id).where(criteria.c.set_id == asked.id).order_by(criteria.c.position)
    )
    rows = [
        {"response_id": response_id, "criterion_id": each, "value": mark, "at": at}
        for each, mark in zip(ids.scalars(), marks, strict=True)
    ]
    conn.execute(insert(ratings), rows)
    rating_counts.change(conn, Counter(), [response_id])


def slip(
    conn: Connection, settings: Settings, number: int, marks: Sequence[int | None], finished_at: datetime
) -> slip_values.PaperSlip:
    """Keep slip P-<number> of the dossier D<number>, finished then."""
    dossier(conn, f"D{number}", finished_at)
    entry = TypedSlip(f"P-{number}", f"D{number}", Respondent.INDIVIDUAL, tuple(marks))
    return slips.enter(conn, entry, instruments.for_slips(settings), finished_at)
