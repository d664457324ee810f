"""Section on callers' ratings: each criterion in the period and in the year to date (000-04)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from logbook.calls.criteria import TOP_TWO_FROM
from logbook.calls.ratings import HOTLINE
from logbook.database.tables import (
    criteria,
    criteria_sets,
    ratings,
    responses,
)
from logbook.reports import satisfaction
from logbook.reports.figures import CALL, Figure
from logbook.reports.sections.section import (
    SATISFACTION,
    Counting,
    Section,
)
from logbook.reports.targets import RATINGS, YEAR_TO_DATE
from logbook.settings.config_file import RatingsPart


@dataclass(frozen=True, slots=True)
class _Asked:
    """One criterion of one set: its full name and the scale."""

    set_key: str
    version: int
    key: str
    name: str
    lowest: int
    highest: int

    @property
    def least_satisfied(self) -> int:
        """The lowest mark that says satisfied: 4 on a scale from 1 to 5 (rules B2)."""
        marks = self.highest - self.lowest + 1
        return self.highest - 1 if marks >= TOP_TWO_FROM else self.highest


def of_ratings(conn: Connection, part: RatingsPart, begins: datetime, ends: datetime) -> list[Figure]:
    """Share of satisfied answers among valid ones, each criterion of each set by itself (rules B2 and B12).

    A skipped question is no valid answer. A criterion nobody answered is there with 0 of 0.
    """
    query = (
        select(
            criteria_sets.c.key.label("set_key"),
            criteria_sets.c.version,
            criteria.c.key,
            criteria.c.name,
            criteria_sets.c.scale_min,
            criteria_sets.c.scale_max,
            ratings.c.value,
            responses.c.call_id,
        )
        .join(responses, responses.c.id == ratings.c.response_id)
        .join(criteria, criteria.c.id == ratings.c.criterion_id)
        .join(criteria_sets, criteria_sets.c.id == criteria.c.set_id)
        .where(
            ratings.c.at >= begins,
            ratings.c.at < ends,
            ratings.c.value.is_not(None),
            responses.c.channel == HOTLINE,
        )
        .order_by(criteria_sets.c.key, criteria_sets.c.version, criteria.c.position, responses.c.id)
    )
    marks: dict[_Asked, list[tuple[int, int | None]]] = {asked: [] for asked in _of_settings(part)}
    for row in conn.execute(query):
        asked = _Asked(row.set_key, row.version, row.key, row.name, row.scale_min, row.scale_max)
        marks.setdefault(asked, []).append((row.value, row.call_id))
    return [_share(asked, given, part) for asked, given in marks.items()] + [_low(marks, part)]


def _of_settings(part: RatingsPart) -> Iterable[_Asked]:
    return (
        _Asked(part.key, part.version, one.key, one.name, part.lowest, part.highest) for one in part.criteria
    )


def _share(asked: _Asked, given: list[tuple[int, int | None]], part: RatingsPart) -> Figure:
    return Figure(
        "ratings",
        f"{asked.set_key}.{asked.version}.{asked.key}",
        sum(value >= asked.least_satisfied for value, _ in given),
        len(given),
        label=asked.name,
        what=CALL,
        cases=_unique(call for _, call in given),
        target=part.target_percent if asked.set_key == part.key else None,
        part=_unique(call for value, call in given if value >= asked.least_satisfied),
    )


def _low(marks: dict[_Asked, list[tuple[int, int | None]]], part: RatingsPart) -> Figure:
    """Callers who gave a low mark to anything they were asked by this office's own set."""
    of_low = [
        call
        for asked, given in marks.items()
        if asked.set_key == part.key
        for value, call in given
        if value <= part.low_at_most
    ]
    found = _unique(of_low)
    return Figure("verdicts", "low", len(found), what=CALL, cases=found)


def _unique(call_ids: Iterable[int | None]) -> tuple[str, ...]:
    return tuple(str(one) for one in sorted({one for one in call_ids if one is not None}))


def _counted(this: Counting) -> list[Figure]:
    part = this.settings.ratings
    return [
        *of_ratings(this.conn, part, this.span.begins, this.span.ends),
        *satisfaction.year_to_date(this.conn, part, this.span.ends),
    ]


SECTION = Section(
    key=RATINGS,
    groups=(RATINGS,),
    count=_counted,
    columns=SATISFACTION,
    named=("criterion", 64),
    yearly=YEAR_TO_DATE,
    sheet=("satisfied", "answers", "share", "share_before", "result"),
    keeps_gone=False,
)
