"""What an official reads of their own ratings: totals of whole months, never of few people (004-09).

A month is shown once it is over, where at least the minimum sample rated the official, and only while what
is left of the month's total without the officials shown is nobody or again the minimum sample: then neither
months, nor totals, nor all officials together give away a smaller figure by subtraction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection

from logbook.ratings import kept, per_official, spans
from logbook.ratings.instruments import RatingChannel
from logbook.ratings.per_official import OfOfficial
from logbook.ratings.spans import DaySpan

MONTHS = 12


@dataclass(frozen=True, slots=True)
class OwnMonth:
    """One month; `figures` is None where it is not shown."""

    span: DaySpan
    figures: OfOfficial | None


def months(conn: Connection, official_id: int, minimum: int, today: date) -> list[OwnMonth]:
    """Return the last twelve months that are over, the newest first."""
    return [
        OwnMonth(span, next((one for one in shown_in(conn, span, minimum) if one.id == official_id), None))
        for span in _over(today)
    ]


def shown_in(conn: Connection, span: DaySpan, minimum: int) -> Sequence[OfOfficial]:
    """Return the officials whose total of a month may be shown to themselves."""
    people = kept.read(conn, span).people
    left = sum(many for (_, channel), many in people.items() if channel is RatingChannel.QR)
    shown = [one for one in per_official.figures(conn, span) if one.people >= max(minimum, 1)]
    shown.sort(key=lambda one: one.people)
    left -= sum(one.people for one in shown)
    while shown and 0 < left < minimum:
        left += shown.pop(0).people
    return shown


def _over(today: date) -> Iterator[DaySpan]:
    day = today.replace(day=1)
    for _ in range(MONTHS):
        day = (day - timedelta(days=1)).replace(day=1)
        yield spans.month_of(day)
