"""Reads the answers among which signs of stuffing are looked for: as they came in or were keyed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, Select, func, or_, select

from logbook.calls.rating_counts import AT_ONCE
from logbook.database.tables import (
    criteria,
    criteria_sets,
    people,
    ratings,
    replaced_ratings,
    responses,
    slips,
    token_ratings,
)
from logbook.ratings import stuffing
from logbook.ratings.by_token import APART
from logbook.ratings.instruments import CHANNELS
from logbook.ratings.slip_values import Answers
from logbook.ratings.spans import DaySpan
from logbook.ratings.stuffing import StuffingSign, SurveyAnswer

USUAL = timedelta(days=92)
"""How far back answers say what is usual."""
MOST = 5000
"""Answers looked at together, those before among them; more are no month of a commune."""


def signs(conn: Connection, span: DaySpan) -> list[StuffingSign] | None:
    """Return the signs among what came in or was keyed in these days; None for too many answers.

    Slips taken out and answers without a mark are left out; ratings kept apart are looked at too.
    """
    if _count(conn, span.begins, span.ends) > MOST:
        return None
    answers = _read(conn, span.begins, span.ends, MOST)
    before = _read(conn, span.begins - USUAL, span.begins, MOST - len(answers)) if answers else []
    return stuffing.signs(answers, before)


def _count(conn: Connection, begins: datetime, ends: datetime) -> int:
    """Return how many responses there are, counted up to one more than `MOST`."""
    within = (responses.c.started_at >= begins, responses.c.started_at < ends)
    few = select(responses.c.id).where(*within).limit(MOST + 1).subquery()
    return conn.execute(select(func.count()).select_from(few)).scalar_one()


def _read(conn: Connection, begins: datetime, ends: datetime, most: int) -> list[SurveyAnswer]:
    """Return the newest of these answers, at most so many."""
    within = (responses.c.started_at >= begins, responses.c.started_at < ends)
    rows = conn.execute(_RESPONSES.where(*within).limit(most)).all()
    if not rows:
        return []
    marks = _marks(conn, [row.id for row in rows])
    earlier = _earlier(conn, [row.id for row in rows if row.replaced])
    return [
        _answer(row, marks[row.id], earlier.get(row.id, ()))
        for row in rows
        if any(mark is not None for mark in marks.get(row.id, ()))
    ]


_RESPONSES: Select[tuple[object, ...]] = (
    select(
        *(responses.c[name] for name in ("id", "started_at", "channel", "call_id")),
        criteria_sets.c.key,
        criteria_sets.c.version,
        slips.c.id.label("slip_id"),
        slips.c.source,
        people.c.name.label("keyed_by"),
        token_ratings.c.replaced,
    )
    .select_from(responses)
    .join(criteria_sets, criteria_sets.c.id == responses.c.set_id)
    .outerjoin(slips, slips.c.response_id == responses.c.id)
    .outerjoin(people, people.c.id == slips.c.entered_by)
    .outerjoin(token_ratings, token_ratings.c.response_id == responses.c.id)
    .where(responses.c.channel.in_([*CHANNELS, APART]), or_(slips.c.id.is_(None), slips.c.valid))
    .order_by(responses.c.started_at.desc(), responses.c.id.desc())
)


def _answer(
    row: Row[tuple[object, ...]], marks: Answers, earlier: Sequence[tuple[datetime, Answers]]
) -> SurveyAnswer:
    return SurveyAnswer(
        row.id,
        row.started_at,
        (row.key, row.version),
        row.channel,
        marks,
        row.source or "",
        row.keyed_by or "",
        row.call_id,
        row.slip_id,
        tuple(earlier),
    )


def _marks(conn: Connection, response_ids: Sequence[int]) -> Mapping[int, Answers]:
    query = (
        select(ratings.c.response_id, ratings.c.value)
        .join(criteria, criteria.c.id == ratings.c.criterion_id)
        .order_by(ratings.c.response_id, criteria.c.position)
    )
    found: dict[int, list[int | None]] = defaultdict(list)
    for start in range(0, len(response_ids), AT_ONCE):
        wanted = response_ids[start : start + AT_ONCE]
        for response_id, value in conn.execute(query.where(ratings.c.response_id.in_(wanted))):
            found[response_id].append(value)
    return {response_id: tuple(marks) for response_id, marks in found.items()}


def _earlier(
    conn: Connection, response_ids: Sequence[int]
) -> Mapping[int, Sequence[tuple[datetime, Answers]]]:
    query = select(replaced_ratings).order_by(replaced_ratings.c.id)
    found: dict[int, list[tuple[datetime, Answers]]] = defaultdict(list)
    for start in range(0, len(response_ids), AT_ONCE):
        wanted = response_ids[start : start + AT_ONCE]
        for row in conn.execute(query.where(replaced_ratings.c.response_id.in_(wanted))):
            found[row.response_id].append((row.at, tuple(json.loads(row.content)["answers"])))
    return found
