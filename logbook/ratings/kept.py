"""What the kept counts say of a stretch of days: marks by criterion and channel, and people (rules B2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from logbook.calls.rating_counts import EVERYBODY, PEOPLE
from logbook.database.tables import rating_counts
from logbook.ratings.instruments import CHANNELS, RatingChannel
from logbook.ratings.spans import DaySpan


@dataclass(frozen=True, slots=True)
class KeptMarks:
    """How often each mark was given, by criterion and channel; people by instrument and channel."""

    marks: Mapping[tuple[int, RatingChannel], Counter[int]]
    people: Counter[tuple[int, RatingChannel]]


def read(conn: Connection, span: DaySpan, official_id: int = EVERYBODY) -> KeptMarks:
    """Return the counts of the span, of everybody or of one official; what is kept apart is not in them."""
    query = (
        select(
            rating_counts.c.set_id,
            rating_counts.c.channel,
            rating_counts.c.criterion_id,
            rating_counts.c.value,
            func.sum(rating_counts.c.many).label("many"),
        )
        .where(
            rating_counts.c.official_id == official_id,
            rating_counts.c.day >= span.first,
            rating_counts.c.day <= span.last,
            rating_counts.c.channel.in_(list(CHANNELS)),
        )
        .group_by(
            rating_counts.c.set_id,
            rating_counts.c.channel,
            rating_counts.c.criterion_id,
            rating_counts.c.value,
        )
    )
    marks: dict[tuple[int, RatingChannel], Counter[int]] = {}
    people: Counter[tuple[int, RatingChannel]] = Counter()
    for row in conn.execute(query):
        channel = CHANNELS[row.channel]
        if not row.many:
            continue
        if row.criterion_id == PEOPLE:
            people[row.set_id, channel] += row.many
        else:
            marks.setdefault((row.criterion_id, channel), Counter())[row.value] += row.many
    return KeptMarks(marks, people)
