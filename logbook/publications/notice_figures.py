"""The figures of a month's notice as citizens see them: groups too small to be shown are taken out.

Whatever is published is one group of answers, or a sum of groups that are all published. So nothing that is
left out can be had by subtraction: not a channel from all of them, not a month from a year, not the slips of
one instrument from the slips of the month (002-25, 003-13).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from logbook.dossiers.quota import Quota
from logbook.ratings.index import ALL, CriterionFigure, InstrumentFigures
from logbook.ratings.instruments import RatingChannel


@dataclass(frozen=True, slots=True)
class CriterionShown:
    """One criterion: `n` answers, `satisfied` of them; None where the group is too small to be shown."""

    key: str
    name: str
    n: int | None
    satisfied: int | None
    verdict: str | None

    @property
    def percent(self) -> float | None:
        """The share of satisfied answers in percent; None without answers, or where it is not shown."""
        return self.satisfied * 100 / self.n if self.n and self.satisfied is not None else None


@dataclass(frozen=True, slots=True)
class GroupShown:
    """One instrument on one channel, or on all of them; `n` people, None where too few to be shown."""

    key: str
    version: int
    title: str
    channel: str
    target: int | None
    n: int | None
    verdict: str | None
    criteria: tuple[CriterionShown, ...]


@dataclass(frozen=True, slots=True)
class PromiseShown:
    """One promise of the office, by its name then, and how many ratings' comments mention it (002-12)."""

    name: str
    n: int


@dataclass(frozen=True, slots=True)
class NoticeFigures:
    """Everything of a month that may be published; None is a number that is not shown."""

    groups: tuple[GroupShown, ...]
    finished: int | None
    required: int | None
    slips: int | None
    reached: bool | None
    percent: int
    smallest: int
    promises: tuple[PromiseShown, ...] = ()
    """Those that enough ratings mention; no sum of them is told, so none that is left out can be had."""

    @property
    def hides(self) -> bool:
        """Whether anything is left out."""
        cells = [one.n for group in self.groups for one in group.criteria]
        return None in (self.finished, self.slips, *(group.n for group in self.groups), *cells)


def shown(
    found: Iterable[InstrumentFigures],
    quota: Quota,
    smallest: int,
    promises: Iterable[PromiseShown] = (),
) -> NoticeFigures:
    """Take out every group of fewer than `smallest` people, and every sum in which one of them stands."""
    counted = list(found)
    parts = [_part(one, smallest) for one in counted if one.channel != ALL]
    groups = [
        _together(one, _channels(parts, one)) if one.channel == ALL else _channel(parts, one)
        for one in counted
    ]
    paper_hidden = any(one.n is None for one in parts if one.channel == RatingChannel.PAPER)
    slips = None if paper_hidden else _cell(quota.slips, smallest)
    finished = _cell(quota.finished, smallest)
    complete = slips is not None and finished is not None
    return NoticeFigures(
        groups=tuple(group for group in groups if group.n != 0),
        finished=finished,
        required=None if finished is None else quota.required,
        slips=slips,
        reached=quota.reached if complete else None,
        percent=quota.percent,
        smallest=smallest,
        promises=tuple(one for one in promises if one.n >= smallest),
    )


def _cell(count: int, smallest: int) -> int | None:
    return None if 0 < count < smallest else count


def _part(one: InstrumentFigures, smallest: int) -> GroupShown:
    n = _cell(one.n, smallest)
    criteria = tuple(_criterion(each, smallest, hidden=n is None) for each in one.criteria)
    return _group(one, n, criteria)


def _group(one: InstrumentFigures, n: int | None, criteria: tuple[CriterionShown, ...]) -> GroupShown:
    whole = n is not None and all(each.n is not None for each in criteria)
    verdict = one.verdict if whole else None
    return GroupShown(
        one.key, one.version, one.title, one.channel, one.target, n, verdict and str(verdict), criteria
    )


def _criterion(one: CriterionFigure, smallest: int, *, hidden: bool) -> CriterionShown:
    n = None if hidden else _cell(one.n, smallest)
    if n is None:
        return CriterionShown(one.key, one.name, None, None, None)
    return CriterionShown(one.key, one.name, n, one.satisfied, one.verdict and str(one.verdict))


def _channel(parts: Sequence[GroupShown], one: InstrumentFigures) -> GroupShown:
    return next(part for part in _channels(parts, one) if part.channel == one.channel)


def _channels(parts: Sequence[GroupShown], one: InstrumentFigures) -> list[GroupShown]:
    return [part for part in parts if (part.key, part.version) == (one.key, one.version)]


def _together(one: InstrumentFigures, parts: Sequence[GroupShown]) -> GroupShown:
    """All channels of an instrument, where each of them is shown."""
    n = None if any(part.n is None for part in parts) else one.n
    criteria = tuple(
        _criterion(each, 0, hidden=n is None or any(part.criteria[at].n is None for part in parts))
        for at, each in enumerate(one.criteria)
    )
    return _group(one, n, criteria)


def year_of(months: Sequence[NoticeFigures]) -> list[GroupShown]:
    """Add up the months of a year, group by group: only what was published is counted (000-04)."""
    found: dict[tuple[str, int, str], list[GroupShown]] = {}
    for group in (group for month in months for group in month.groups):
        found.setdefault((group.key, group.version, group.channel), []).append(group)
    return [_added(groups) for groups in found.values()]


def _added(groups: Sequence[GroupShown]) -> GroupShown:
    newest = groups[-1]
    criteria = tuple(
        CriterionShown(
            each.key,
            each.name,
            sum(group.criteria[at].n or 0 for group in groups),
            sum(group.criteria[at].satisfied or 0 for group in groups),
            None,
        )
        for at, each in enumerate(newest.criteria)
    )
    people = sum(group.n or 0 for group in groups)
    return GroupShown(
        newest.key, newest.version, newest.title, newest.channel, newest.target, people, None, criteria
    )


def as_text(figures: NoticeFigures) -> str:
    """Return the figures as they are kept."""
    return json.dumps(asdict(figures), ensure_ascii=False, sort_keys=True)


def read(text: str) -> NoticeFigures:
    """Return kept figures."""
    told = json.loads(text)
    groups = tuple(
        GroupShown(**{**group, "criteria": tuple(CriterionShown(**one) for one in group["criteria"])})
        for group in told.pop("groups")
    )
    promises = tuple(PromiseShown(**one) for one in told.pop("promises", ()))
    return NoticeFigures(groups=groups, promises=promises, **told)
