"""Ratings of each official by QR code, for leaders; few answers are marked (003-12)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, case, func, select

from logbook.calls.criteria import TOP_TWO_FROM
from logbook.calls.rating_counts import EVERYBODY, PEOPLE
from logbook.database.tables import criteria_sets, officials, rating_counts
from logbook.ratings.instruments import CHANNELS
from logbook.ratings.spans import DaySpan


@dataclass(frozen=True, slots=True)
class OfOfficial:
    """One official: how many people rated, and how many of their `answers` were satisfied."""

    id: int
    name: str
    title: str
    people: int
    satisfied: int
    answers: int

    @property
    def percent(self) -> float | None:
        """The share in percent, None without answers."""
        return self.satisfied * 100 / self.answers if self.answers else None


def figures(conn: Connection, span: DaySpan) -> list[OfOfficial]:
    """Return the officials somebody rated in the span, by name; what is kept apart is not in them."""
    marks = criteria_sets.c.scale_max - criteria_sets.c.scale_min + 1
    least = case((marks >= TOP_TWO_FROM, criteria_sets.c.scale_max - 1), else_=criteria_sets.c.scale_max)
    many, answer = rating_counts.c.many, rating_counts.c.criterion_id != PEOPLE
    query = (
        select(
            officials.c.id,
            officials.c.name,
            officials.c.title,
            func.sum(case((answer, 0), else_=many)).label("people"),
            func.sum(case((answer & (rating_counts.c.value >= least), many), else_=0)).label("satisfied"),
            func.sum(case((answer, many), else_=0)).label("answers"),
        )
        .select_from(rating_counts)
        .join(officials, officials.c.id == rating_counts.c.official_id)
        .join(criteria_sets, criteria_sets.c.id == rating_counts.c.set_id)
        .where(
            rating_counts.c.official_id != EVERYBODY,
            rating_counts.c.official_id.in_(select(officials.c.id)),
            rating_counts.c.day >= span.first,
            rating_counts.c.day <= span.last,
            rating_counts.c.channel.in_(list(CHANNELS)),
        )
        .group_by(officials.c.id, officials.c.name, officials.c.title)
        .order_by(officials.c.name, officials.c.id)
    )
    found = (OfOfficial(*row) for row in conn.execute(query))
    return [one for one in found if one.people]
