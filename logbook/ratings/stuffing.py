"""Signs that answers were stuffed: shown with the answers behind them, never a reason to take one out (T-19).

Honest months show bursts, straight lines and streaks about once in a hundred looks.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from math import ceil, exp, log

from logbook.clock import local
from logbook.ids import CallId
from logbook.ratings.instruments import Identity
from logbook.ratings.slip_values import Answers
from logbook.ratings.verdicts import wilson

CHANCE = 0.01
"""How often honest answers may bring a sign, in one look."""
BURST, BURST_TIME = 10, timedelta(minutes=10)
"""Fewer answers in that time are no burst, however quiet the channel is otherwise."""
WORKING_DAY, BUSIEST = timedelta(hours=8), 3
"""An honest channel is at most this many times busier than on average over a working day."""
STRAIGHT_MARKS, ENOUGH = 3, 20
"""Marks that make a straight line; answers on each side that make a comparison."""
STREAK, REPLACED = 6, 3
"""Shorter streaks and fewer replacements of one rating are no sign."""


class StuffingKind(StrEnum):
    """What looks odd; the sentence of the page is `stuffing_<kind>`."""

    BURST = "burst"
    STRAIGHT = "straight"
    STREAK = "streak"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class SurveyAnswer:
    """What one person answered, when it came in or was keyed.

    `source` says how a slip was entered and is empty for what citizens sent themselves; `earlier` are the
    answers a token's rating had before, each until it was replaced.
    """

    response_id: int
    at: datetime
    instrument: Identity
    channel: str
    marks: Answers
    source: str = ""
    keyed_by: str = ""
    call_id: CallId | None = None
    slip_id: int | None = None
    earlier: tuple[tuple[datetime, Answers], ...] = ()
    was_replaced: bool = False

    @property
    def is_straight(self) -> bool:
        """Whether all marks are one."""
        given = [mark for mark in self.marks if mark is not None]
        return len(given) >= STRAIGHT_MARKS and len(set(given)) == 1


@dataclass(frozen=True, slots=True)
class StuffingSign:
    """One sign and the answers behind it; straight lines are `cases` of `total`, and `usual` before."""

    kind: StuffingKind
    cases: tuple[SurveyAnswer, ...]
    total: int = 0
    usual: float = 0.0

    @property
    def minutes(self) -> int:
        """Minutes from the first answer to the last, at least one."""
        return max(1, ceil((self.cases[-1].at - self.cases[0].at) / timedelta(minutes=1)))


def signs(answers: Sequence[SurveyAnswer], before: Sequence[SurveyAnswer]) -> list[StuffingSign]:
    """Return the signs among `answers`; `before` are earlier ones, which say what is usual."""
    now = sorted(answers, key=lambda one: (one.at, one.response_id))
    return [*_bursts(now, before), *_straight_lines(now, before), *_streaks(now, before), *_replaced(now)]


def _bursts(now: Sequence[SurveyAnswer], before: Sequence[SurveyAnswer]) -> Iterator[StuffingSign]:
    """Many answers in few minutes on one channel; what staff key comes in batches and is left out."""
    for channel in sorted({one.channel for one in now if not one.source}):
        mine = [one for one in now if one.channel == channel and not one.source]
        earlier = [one for one in before if one.channel == channel and not one.source]
        least = _burst_from(mine, earlier)
        windows: list[tuple[int, int]] = []
        start = 0
        for end, last in enumerate(mine):
            while last.at - mine[start].at > BURST_TIME:
                start += 1
            if end - start + 1 >= least:
                first = windows.pop()[0] if windows and start <= windows[-1][1] else start
                windows.append((first, end))
        for first, end in windows:
            yield StuffingSign(StuffingKind.BURST, tuple(mine[first : end + 1]))


def _burst_from(mine: Sequence[SurveyAnswer], earlier: Sequence[SurveyAnswer]) -> int:
    """How many answers within `BURST_TIME` chance would hardly bring at the pace of this channel."""
    known = [*mine, *earlier]
    days = len({local(one.at).date() for one in known})
    pace = BUSIEST * len(known) / days * (BURST_TIME / WORKING_DAY)
    least, term, more = 1, exp(-pace), 1.0  # `more`: that at least `least` - 1 others come in the time
    while more * len(mine) >= CHANCE and least < len(mine):
        more -= term
        term *= pace / least
        least += 1
    return max(BURST, least)


def _straight_lines(now: Sequence[SurveyAnswer], before: Sequence[SurveyAnswer]) -> Iterator[StuffingSign]:
    """More straight lines than are usual for the instrument on the channel; both intervals lie apart."""
    usual: dict[tuple[Identity, str], list[SurveyAnswer]] = defaultdict(list)
    for one in before:
        usual[one.instrument, one.channel].append(one)
    for what in sorted({(one.instrument, one.channel) for one in now}):
        mine = [one for one in now if (one.instrument, one.channel) == what]
        cases = tuple(one for one in mine if one.is_straight)
        many = sum(one.is_straight for one in usual[what])
        if min(len(mine), len(usual[what])) < ENOUGH:
            continue
        here, there = wilson(len(cases), len(mine)), wilson(many, len(usual[what]))
        if here and there and here[0] > there[1]:
            yield StuffingSign(StuffingKind.STRAIGHT, cases, len(mine), many / len(usual[what]))


def _streaks(now: Sequence[SurveyAnswer], before: Sequence[SurveyAnswer]) -> Iterator[StuffingSign]:
    """The same slip again and again by one person, more often than other slips make likely."""
    known = Counter((one.instrument, one.marks) for one in [*now, *before] if one.source)
    totals = Counter(one.instrument for one in [*now, *before] if one.source)
    keyed = sorted((one for one in now if one.source), key=lambda one: (one.keyed_by, one.instrument))
    for (_, instrument), group in groupby(keyed, key=lambda one: (one.keyed_by, one.instrument)):
        entered = list(group)
        for marks, same in groupby(entered, key=lambda one: one.marks):
            run = tuple(same)
            others = totals[instrument] - len(run)
            likely = (known[instrument, marks] - len(run) + 1) / (others + 2)
            if len(run) >= max(STREAK, ceil(log(CHANCE / len(entered)) / log(likely))):
                yield StuffingSign(StuffingKind.STREAK, run)


def _replaced(now: Sequence[SurveyAnswer]) -> Iterator[StuffingSign]:
    """One token whose rating was replaced again and again: what it said then, and what stands."""
    for one in now:
        if len(one.earlier) >= REPLACED:
            was = [replace(one, at=at, marks=marks, was_replaced=True) for at, marks in one.earlier]
            yield StuffingSign(StuffingKind.REPLACED, (*was, one))
