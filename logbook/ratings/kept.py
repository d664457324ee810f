"""What the kept counts say of a stretch of days: marks by criterion and channel, and people (rules B2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, Select, func, literal, select, union_all

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
    return _told(conn.execute(_counts(span.first, span.last, official_id)))


def by_month(conn: Connection, months: Sequence[DaySpan]) -> list[KeptMarks]:
    """Return the counts of everybody in each of these months, from one reading of them all."""
    if not months:
        return []
    each = [
        _counts(one.first, one.last, EVERYBODY).add_columns(literal(at).label("place"))
        for at, one in enumerate(months)
    ]
    found: dict[int, list[Row[Any]]] = {}
    for row in conn.execute(union_all(*each)):
        found.setdefault(row.place, []).append(row)
    return [_told(found.get(at, ())) for at in range(len(months))]


def _counts(first: date, last: date, official_id: int) -> Select[Any]:
    parts = (
        rating_counts.c.set_id,
        rating_counts.c.channel,
        rating_counts.c.criterion_id,
        rating_counts.c.value,
    )
    return (
        select(*parts, func.sum(rating_counts.c.many).label("many"))
        .where(
            rating_counts.c.official_id == official_id,
            rating_counts.c.day >= first,
            rating_counts.c.day <= last,
            rating_counts.c.channel.in_(list(CHANNELS)),
        )
        .group_by(*parts)
    )


def _told(rows: Iterable[Row[Any]]) -> KeptMarks:
    marks: dict[tuple[int, RatingChannel], Counter[int]] = {}
    people: Counter[tuple[int, RatingChannel]] = Counter()
    for row in rows:
        channel = CHANNELS[row.channel]
        if not row.many:
            continue
        if row.criterion_id == PEOPLE:
            people[row.set_id, channel] += row.many
        else:
            marks.setdefault((row.criterion_id, channel), Counter())[row.value] += row.many
    return KeptMarks(marks, people)
