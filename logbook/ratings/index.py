"""The satisfaction index: per instrument and channel the share of 4 and 5, interval, verdict (rules B2).

Different instruments are never averaged together; channels of one instrument are counted apart first and
together second. A skipped item is no answer, a slip taken out counts nowhere (rules B2).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import Connection, select

from logbook.calls.criteria import least_satisfied
from logbook.database.tables import criteria, criteria_sets
from logbook.ratings import instruments, kept
from logbook.ratings.instruments import RatingChannel
from logbook.ratings.kept import KeptMarks
from logbook.ratings.spans import DaySpan, month_of
from logbook.ratings.verdicts import Verdict, judge, together, wilson
from logbook.settings.loading import Settings

ALL = "all"
"""The channel of an instrument's channels together, where there is more than one."""


@dataclass(frozen=True, slots=True)
class CriterionFigure:
    """One criterion: `satisfied` of `n` answers; `given` is how often each mark was given, lowest first."""

    key: str
    name: str
    n: int
    satisfied: int
    verdict: Verdict | None
    given: tuple[int, ...] = ()

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
    lowest: int = 1
    withheld: bool = False

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
    lowest: int
    highest: int
    criteria: tuple[tuple[int, str, str], ...]

    @property
    def least(self) -> int:
        """The lowest mark that counts as satisfied."""
        return least_satisfied(self.lowest, self.highest)


def figures(conn: Connection, settings: Settings, span: DaySpan) -> list[InstrumentFigures]:
    """Return every instrument and channel somebody answered in the span, and those that are asked today."""
    return _all(kept.read(conn, span), list(_sets(conn, settings)), settings)


def of_months(
    conn: Connection, settings: Settings, months: Sequence[DaySpan], *, officials: bool
) -> list[list[InstrumentFigures]]:
    """Return the figures of each of these months, from one reading of the counts.

    Without `officials` as those read them who may not see single officials (`for_everybody`).
    """
    sets, minimum = list(_sets(conn, settings)), settings.ratings.minimum_sample
    told = []
    for counted in kept.by_month(conn, months):
        found = _all(counted, sets, settings)
        told.append(found if officials or _is_full(counted, minimum) else _without_officials(found))
    return told


def _all(counted: KeptMarks, sets: Sequence[_Set], settings: Settings) -> list[InstrumentFigures]:
    minimum, asked = settings.ratings.minimum_sample, _asked(settings)
    found: list[InstrumentFigures] = []
    for one in sets:
        present = {channel for set_id, channel in counted.people if set_id == one.id}
        channels = sorted(
            present | {each for each, identity in asked.items() if identity == (one.key, one.version)},
            key=list(RatingChannel).index,
        )
        each = [_figures(one, channel, counted, [channel], minimum) for channel in channels]
        if len(each) > 1:
            each.append(_figures(one, ALL, counted, channels, minimum))
        found += each
    return found


def for_everybody(
    conn: Connection, settings: Settings, span: DaySpan, found: Sequence[InstrumentFigures]
) -> list[InstrumentFigures]:
    """Return the figures as those read them who may not see single officials.

    QR ratings are of officials: their marks are shown for whole months alone, each with nobody or at least
    the minimum sample, so that no difference of two stretches is about fewer people (004-09).
    """
    return list(found) if _is_safe(conn, settings, span) else _without_officials(found)


def _without_officials(found: Sequence[InstrumentFigures]) -> list[InstrumentFigures]:
    qr = {(one.key, one.version) for one in found if one.channel == RatingChannel.QR and one.n}
    return [
        replace(one, criteria=(), withheld=True)
        if (one.key, one.version) in qr and one.channel in (RatingChannel.QR, ALL)
        else one
        for one in found
    ]


def _is_safe(conn: Connection, settings: Settings, span: DaySpan) -> bool:
    """Whether the span is made of whole months, each with nobody or at least the minimum sample."""
    months, day = [], span.first
    while day <= span.last:
        months.append(month_of(day))
        day = months[-1].last + timedelta(days=1)
    if months[0].first < span.first or months[-1].last > span.last:
        return False
    minimum = settings.ratings.minimum_sample
    return all(_is_full(each, minimum) for each in kept.by_month(conn, months))


def _is_full(counted: KeptMarks, minimum: int) -> bool:
    n = sum(many for (_, channel), many in counted.people.items() if channel is RatingChannel.QR)
    return not 0 < n < minimum


def _asked(settings: Settings) -> dict[RatingChannel, tuple[str, int]]:
    """The channels on which the office asks today, each with its instrument."""
    return {
        RatingChannel.PHONE: (settings.ratings.key, settings.ratings.version),
        RatingChannel.PAPER: instruments.for_slips(settings).identity,
    }


def _figures(
    one: _Set, channel: str, counted: KeptMarks, channels: Sequence[RatingChannel], minimum: int
) -> InstrumentFigures:
    def criterion(criterion_id: int, key: str, name: str) -> CriterionFigure:
        marks: Counter[int] = Counter()
        for each in channels:
            marks += counted.marks.get((criterion_id, each), Counter())
        answers = marks.total()
        satisfied = sum(many for mark, many in marks.items() if mark >= one.least)
        verdict = None if one.target is None else judge(satisfied, answers, one.target, minimum)
        given = tuple(marks[mark] for mark in range(one.lowest, one.highest + 1))
        return CriterionFigure(key, name, answers, satisfied, verdict, given)

    details = tuple(criterion(*each) for each in one.criteria)
    n = sum(counted.people[one.id, each] for each in channels)
    return InstrumentFigures(
        one.key, one.version, one.title, one.legal_basis, str(channel), n, one.target, details, one.lowest
    )


def _sets(conn: Connection, settings: Settings) -> Iterator[_Set]:
    """Yield the instruments of the database, and those that the office has and no start has stored yet."""
    query = select(criteria.c.set_id, criteria.c.id, criteria.c.key, criteria.c.name).order_by(
        criteria.c.set_id, criteria.c.position
    )
    asked: dict[int, list[tuple[int, str, str]]] = {}
    for row in conn.execute(query):
        asked.setdefault(row.set_id, []).append((row.id, row.key, row.name))
    missing = dict(instruments.registry(settings))
    found: list[_Set] = []
    for row in conn.execute(select(criteria_sets)):
        missing.pop((row.key, row.version), None)
        details = tuple(asked.get(row.id, ()))
        scale = row.scale_min, row.scale_max
        found.append(
            _Set(
                row.id,
                row.key,
                row.version,
                row.title,
                row.legal_basis or "",
                row.target_percent,
                *scale,
                details,
            )
        )
    for one in missing.values():
        details = tuple((0, each.key, each.name) for each in one.criteria)
        found.append(
            _Set(
                0,
                *one.identity,
                one.title,
                one.legal_basis,
                one.target_percent,
                one.lowest,
                one.highest,
                details,
            )
        )
    yield from sorted(found, key=lambda each: (each.key, each.version))


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
