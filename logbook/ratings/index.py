"""The satisfaction index: per instrument and channel the share of 4 and 5, interval, verdict (rules B2).

Different instruments are never averaged together; channels of one instrument are counted apart first and
together second. A skipped item is no answer, a slip taken out counts nowhere (rules B2).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Select, case, func, select

from logbook.calls.criteria import TOP_TWO_FROM
from logbook.database.tables import criteria, criteria_sets, dossiers, ratings, responses, slips
from logbook.ratings import instruments
from logbook.ratings.instruments import CHANNELS, RatingChannel
from logbook.ratings.spans import DaySpan
from logbook.ratings.verdicts import Verdict, judge, together, wilson
from logbook.settings.loading import Settings

ALL = "all"
"""The channel of an instrument's channels together, where there is more than one."""


@dataclass(frozen=True, slots=True)
class CriterionFigure:
    """One criterion: `satisfied` of `n` answers; `low` and `high` are the 95 % interval in percent."""

    key: str
    name: str
    n: int
    satisfied: int
    verdict: Verdict | None

    @property
    def percent(self) -> float | None:
        """The share in percent, None without answers."""
        return self.satisfied * 100 / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval in percent, None without answers."""
        found = wilson(self.satisfied, self.n)
        return None if found is None else (found[0] * 100, found[1] * 100)


@dataclass(frozen=True, slots=True)
class InstrumentFigures:
    """One instrument on one channel: `n` people answered at least one item; no verdict without a target."""

    key: str
    version: int
    title: str
    legal_basis: str
    channel: str
    n: int
    target: int | None
    criteria: tuple[CriterionFigure, ...]

    @property
    def verdict(self) -> Verdict | None:
        """All criteria together; None for an instrument without a target."""
        if self.target is None:
            return None
        return together(one.verdict for one in self.criteria if one.verdict is not None)


@dataclass(frozen=True, slots=True)
class _Set:
    id: int
    key: str
    version: int
    title: str
    legal_basis: str
    target: int | None
    criteria: tuple[tuple[int, str, str], ...]


def figures(conn: Connection, settings: Settings, span: DaySpan) -> list[InstrumentFigures]:
    """Return every instrument and channel somebody answered in the span, and those that are asked today."""
    counted, people = _counted(conn, span), _people(conn, span)
    asked = {(settings.ratings.key, settings.ratings.version): {RatingChannel.PHONE}}
    asked.setdefault(instruments.for_slips(settings).identity, set()).add(RatingChannel.PAPER)
    minimum = settings.ratings.minimum_sample
    found: list[InstrumentFigures] = []
    for one in _sets(conn):
        present = {channel for set_id, channel in people if set_id == one.id}
        channels = sorted(present | asked.get((one.key, one.version), set()), key=list(RatingChannel).index)
        each = [
            _figures(one, channel, people.get((one.id, channel), 0), counted, [channel], minimum)
            for channel in channels
        ]
        if len(each) > 1:
            each.append(_figures(one, ALL, sum(part.n for part in each), counted, channels, minimum))
        found += each
    return found


def _figures(
    one: _Set,
    channel: str,
    n: int,
    counted: Mapping[tuple[int, RatingChannel], tuple[int, int]],
    channels: Sequence[RatingChannel],
    minimum: int,
) -> InstrumentFigures:
    def criterion(criterion_id: int, key: str, name: str) -> CriterionFigure:
        marks = [counted.get((criterion_id, each), (0, 0)) for each in channels]
        satisfied, answers = sum(mark[0] for mark in marks), sum(mark[1] for mark in marks)
        verdict = None if one.target is None else judge(satisfied, answers, one.target, minimum)
        return CriterionFigure(key, name, answers, satisfied, verdict)

    details = tuple(criterion(*each) for each in one.criteria)
    return InstrumentFigures(
        one.key, one.version, one.title, one.legal_basis, str(channel), n, one.target, details
    )


def _sets(conn: Connection) -> Iterator[_Set]:
    query = select(criteria.c.set_id, criteria.c.id, criteria.c.key, criteria.c.name).order_by(
        criteria.c.set_id, criteria.c.position
    )
    asked: dict[int, list[tuple[int, str, str]]] = {}
    for row in conn.execute(query):
        asked.setdefault(row.set_id, []).append((row.id, row.key, row.name))
    for row in conn.execute(select(criteria_sets).order_by(criteria_sets.c.key, criteria_sets.c.version)):
        details = tuple(asked.get(row.id, ()))
        basis = row.legal_basis or ""
        yield _Set(row.id, row.key, row.version, row.title, basis, row.target_percent, details)


def _sources(query: Select[tuple[object, ...]], span: DaySpan) -> Iterator[Select[tuple[object, ...]]]:
    """Yield `query` over the answers of the span, each source along its own index of times.

    Calls count when they were rated; a slip counts when its dossier was finished, as in the quota.
    """
    answered = ratings.c.value.is_not(None)
    yield (
        query.select_from(ratings)
        .join(responses, responses.c.id == ratings.c.response_id)
        .where(answered, ratings.c.at >= span.begins, ratings.c.at < span.ends)
        .where(responses.c.channel != RatingChannel.PAPER.stored)
    )
    finished = (
        select(slips.c.response_id)
        .join(dossiers, dossiers.c.id == slips.c.dossier_id)
        .where(slips.c.valid, dossiers.c.finished_at >= span.begins, dossiers.c.finished_at < span.ends)
    )
    yield (
        query.select_from(ratings)
        .join(responses, responses.c.id == ratings.c.response_id)
        .where(answered, ratings.c.response_id.in_(finished))
    )


def _counted(conn: Connection, span: DaySpan) -> dict[tuple[int, RatingChannel], tuple[int, int]]:
    """Return satisfied and given answers by criterion and channel."""
    marks = criteria_sets.c.scale_max - criteria_sets.c.scale_min + 1
    least = case((marks >= TOP_TWO_FROM, criteria_sets.c.scale_max - 1), else_=criteria_sets.c.scale_max)
    counted: Select[tuple[object, ...]] = select(
        ratings.c.criterion_id,
        responses.c.channel,
        func.count().filter(ratings.c.value >= least).label("satisfied"),
        func.count().label("answers"),
    )
    return {
        (row.criterion_id, CHANNELS[row.channel]): (row.satisfied, row.answers)
        for source in _sources(counted, span)
        for row in conn.execute(
            source.join(criteria_sets, criteria_sets.c.id == responses.c.set_id).group_by(
                ratings.c.criterion_id, responses.c.channel
            )
        )
        if row.channel in CHANNELS
    }


def _people(conn: Connection, span: DaySpan) -> dict[tuple[int, RatingChannel], int]:
    """Return how many people answered at least one item, by set and channel."""
    many = func.count(ratings.c.response_id.distinct()).label("many")
    counted: Select[tuple[object, ...]] = select(responses.c.set_id, responses.c.channel, many)
    return {
        (row.set_id, CHANNELS[row.channel]): row.many
        for source in _sources(counted, span)
        for row in conn.execute(source.group_by(responses.c.set_id, responses.c.channel))
        if row.channel in CHANNELS
    }


def as_json(span: DaySpan, found: Sequence[InstrumentFigures]) -> dict[str, object]:
    """Return the figures as `tongdai index --json` prints them; percents with four decimals."""
    return {"period": span.name, "instruments": [_instrument(one) for one in found]}


def _instrument(one: InstrumentFigures) -> dict[str, object]:
    return {
        "key": one.key,
        "version": one.version,
        "channel": one.channel,
        "n": one.n,
        "criteria": [_criterion(each) for each in one.criteria],
        "verdict": one.verdict,
    }


def _criterion(one: CriterionFigure) -> dict[str, object]:
    low, high = one.interval or (None, None)
    numbers = {"percent": one.percent, "low": low, "high": high}
    rounded = {name: None if value is None else round(value, 4) for name, value in numbers.items()}
    details: dict[str, object] = {"key": one.key, "n": one.n, "satisfied": one.satisfied}
    return {**details, **rounded, "verdict": one.verdict}
