"""Counts of the telephone: calls, who was reached, calls back, and what callers rated."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from logbook.calendar.working_time import Closure, WorkingTime
from logbook.calls import talks
from logbook.calls.criteria import TOP_TWO_FROM
from logbook.calls.ratings import HOTLINE
from logbook.database.tables import (
    callbacks,
    calls,
    closures,
    criteria,
    criteria_sets,
    legs,
    ratings,
    responses,
)
from logbook.reports.figures import CALL, Figure
from logbook.search import calls as call_search
from logbook.settings.config_file import RatingsPart

INBOUND = "inbound"


def of_calls(conn: Connection, hotline: WorkingTime, begins: datetime, ends: datetime) -> list[Figure]:
    """Count the calls that began in a period and the calls back promised in it (000-01, 000-10)."""
    inside = and_(calls.c.direction == INBOUND, calls.c.started_at >= begins, calls.c.started_at < ends)
    rung = select(legs.c.turn).where(legs.c.call_id == calls.c.id)
    reached, briefly = rung.where(talks.talked()).exists(), rung.where(talks.brief()).exists()
    rows = conn.execute(select(calls.c.id, calls.c.started_at).where(inside).order_by(calls.c.id)).all()
    shut = _closures(conn, begins, ends)
    outside = [row.id for row in rows if not hotline.at(row.started_at, shut).is_open]
    found = {
        "all": [row.id for row in rows],
        "answered": _ids(conn, inside, reached),
        "missed": _ids(conn, inside, call_search.is_missed()),
        "brief": _ids(conn, inside, briefly, ~reached),
        "out_of_hours": outside,
        **_calls_back(conn, begins, ends),
    }
    return [
        Figure("calls", key, len(ids), what=CALL, cases=tuple(str(one) for one in ids))
        for key, ids in found.items()
    ]


def _ids(conn: Connection, *wanted: ColumnElement[bool]) -> list[int]:
    query = select(calls.c.id).where(*wanted).order_by(calls.c.id)
    return list(conn.execute(query).scalars())


def _closures(conn: Connection, begins: datetime, ends: datetime) -> list[Closure]:
    """The closures by hand as they really were: those ended early end there."""
    query = select(closures).where(
        closures.c.starts_at < ends, or_(closures.c.ends_at.is_(None), closures.c.ends_at > begins)
    )
    return [
        Closure(row.starts_at, row.ended_early_at or row.ends_at, row.reason)
        for row in conn.execute(query)
        if row.ended_early_at is None or row.ended_early_at > row.starts_at
    ]


def _calls_back(conn: Connection, begins: datetime, ends: datetime) -> dict[str, list[int]]:
    """People promised a call, called, and owed one at the end of a period; by the first of their calls."""
    query = select(callbacks.c.call_id, callbacks.c.owed_since, callbacks.c.settled_at).where(
        callbacks.c.owed_since < ends,
        callbacks.c.merged_into.is_(None),
        or_(callbacks.c.settled_at.is_(None), callbacks.c.settled_at >= begins),
    )
    rows = conn.execute(query.order_by(callbacks.c.call_id)).all()
    return {
        "callbacks_promised": [row.call_id for row in rows if row.owed_since >= begins],
        "callbacks_settled": [row.call_id for row in rows if row.settled_at and row.settled_at < ends],
        "callbacks_owed": [row.call_id for row in rows if not row.settled_at or row.settled_at >= ends],
    }


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
