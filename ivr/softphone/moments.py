"""The moments at which a demonstration may be called: now, at noon, on Saturday night, at Tết."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Protocol

from logbook.calendar.of_settings import WorkingTimes
from logbook.calendar.working_time import LineState
from logbook.clock import local

DAYS_AHEAD = 400
_STEP = timedelta(minutes=30)


class CallMoment(StrEnum):
    """What a caller may choose."""

    NOW = "now"
    OPEN = "open"
    LUNCH = "lunch"
    SATURDAY = "saturday"
    TET = "tet"
    LOCKED = "locked"


class _Fits(Protocol):
    def __call__(self, state: LineState, reason: str, /) -> bool: ...


def moment_of(when: CallMoment, now: datetime, times: WorkingTimes) -> datetime | None:
    """Return the local time a call brings; None where it brings none (now, and for a locked book)."""
    match when:
        case CallMoment.NOW | CallMoment.LOCKED:
            return None
        case CallMoment.SATURDAY:
            day = local(now).date()
            return datetime.combine(
                day + timedelta(days=(5 - day.weekday()) % 7), time(20), local(now).tzinfo
            )
        case CallMoment.OPEN:
            return _first(now, times, lambda state, _: state is LineState.OPEN)
        case CallMoment.LUNCH:
            return _first(now, times, lambda state, _: state is LineState.LUNCH)
        case CallMoment.TET:
            return _first(
                now, times, lambda state, reason: state is LineState.HOLIDAY and "Nguyên đán" in reason
            )


def _first(now: datetime, times: WorkingTimes, fits: _Fits) -> datetime | None:
    """The first such half hour from now on, those of the daytime only; None when none comes."""
    first = local(now).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    for ahead in range(DAYS_AHEAD):
        day = first.date() + timedelta(days=ahead)
        for half in range(20):
            moment = datetime.combine(day, time(8), first.tzinfo) + half * _STEP
            if moment < first:
                continue
            found = times.hotline.at(moment)
            if fits(found.state, found.reason):
                return moment
    return None
