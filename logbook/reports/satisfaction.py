"""Satisfaction by criterion over any period: a year, the year to date, each month (000-04)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, case, func, select

from logbook.calls.criteria import TOP_TWO_FROM
from logbook.clock import ZONE, local
from logbook.database.tables import criteria, criteria_sets, ratings
from logbook.reports.figures import Figure
from logbook.reports.targets import YEAR_TO_DATE
from logbook.settings.config_file import RatingsPart


@dataclass(frozen=True, slots=True)
class Share:
    """So many of the answers to one criterion are satisfied."""

    satisfied: int
    answers: int


def year_begins(year: int) -> datetime:
    """Return the first moment of a year in Vietnam."""
    return datetime(year, 1, 1, tzinfo=ZONE)


def year_of(ends: datetime) -> int:
    """Return the Vietnamese year of a period that ends just before `ends`."""
    return local(ends - timedelta(microseconds=1)).year


def year_to_date(conn: Connection, part: RatingsPart, ends: datetime) -> list[Figure]:
    """Count the office's own criteria from 1 January in Vietnam up to `ends`; one nobody answered is 0 of 0.

    The calls behind each answer are listed on the page of ratings, by year.
    """
    year = year_of(ends)
    found = shares(conn, part, year_begins(year), ends)
    return [
        Figure(
            YEAR_TO_DATE,
            f"{year}.{one.key}",
            found[one.key].satisfied,
            found[one.key].answers,
            label=one.name,
            target=part.target_percent,
        )
        for one in part.criteria
    ]


def shares(conn: Connection, part: RatingsPart, begins: datetime, ends: datetime) -> Mapping[str, Share]:
    """Return the share of each criterion of the office's set, by its key, over all its versions.

    Counted by the database along the index of times. A skipped question is no answer.
    """
    least = case(
        (
            criteria_sets.c.scale_max - criteria_sets.c.scale_min + 1 >= TOP_TWO_FROM,
            criteria_sets.c.scale_max - 1,
        ),
        else_=criteria_sets.c.scale_max,
    )
    query = (
        select(
            criteria.c.key,
            func.count().filter(ratings.c.value >= least).label("satisfied"),
            func.count().label("answers"),
        )
        .join(criteria, criteria.c.id == ratings.c.criterion_id)
        .join(criteria_sets, criteria_sets.c.id == criteria.c.set_id)
        .where(
            ratings.c.at >= begins,
            ratings.c.at < ends,
            ratings.c.value.is_not(None),
            criteria_sets.c.key == part.key,
        )
        .group_by(criteria.c.key)
    )
    counted = {row.key: Share(row.satisfied, row.answers) for row in conn.execute(query)}
    return {one.key: counted.get(one.key, Share(0, 0)) for one in part.criteria}
