"""Ratings of each official by QR code, for leaders; few answers are marked (003-12)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, case, func, select

from logbook.calls.criteria import TOP_TWO_FROM
from logbook.database.tables import criteria, criteria_sets, officials, ratings, responses, token_ratings
from logbook.ratings.spans import DaySpan


@dataclass(frozen=True, slots=True)
class OfOfficial:
    """One official: how many people rated, and how many of their `answers` were satisfied."""

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
    """Return the officials somebody rated in the span, by name."""
    marks = criteria_sets.c.scale_max - criteria_sets.c.scale_min + 1
    least = case((marks >= TOP_TWO_FROM, criteria_sets.c.scale_max - 1), else_=criteria_sets.c.scale_max)
    query = (
        select(
            officials.c.name,
            officials.c.title,
            func.count(ratings.c.response_id.distinct()).label("people"),
            func.count().filter(ratings.c.value >= least).label("satisfied"),
            func.count().label("answers"),
        )
        .select_from(ratings)
        .join(responses, responses.c.id == ratings.c.response_id)
        .join(token_ratings, token_ratings.c.response_id == responses.c.id)
        .join(officials, officials.c.id == token_ratings.c.official_id)
        .join(criteria, criteria.c.id == ratings.c.criterion_id)
        .join(criteria_sets, criteria_sets.c.id == criteria.c.set_id)
        .where(ratings.c.at >= span.begins, ratings.c.at < span.ends, ratings.c.value.is_not(None))
        .group_by(officials.c.id, officials.c.name, officials.c.title)
        .order_by(officials.c.name, officials.c.id)
    )
    return [OfOfficial(*row) for row in conn.execute(query)]
