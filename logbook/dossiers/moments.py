"""Reads a moment of any shape a desk's software writes: dates, hours, Excel's own numbers, ISO."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from logbook.clock import ZONE
from logbook.dossiers.source import Cell
from logbook.plain_text import plain_text

FIRST_YEAR, LAST_YEAR = 2000, 2100
CACHED = 20_000
"""How many texts are remembered as they were read: days and hours come again and again."""
WHOLE_DAY = time(23, 59, 59)
"""When a deadline that is a date ends; a date of anything else begins at midnight."""
_DAY_0 = date(1899, 12, 30)
_DATE = r"(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})[/.-](?P<year>\d{4})"
_TIME = r"(?P<hour>\d{1,2})(?::|h|g|\s*giờ\s*)(?P<minute>\d{2})(?::(?P<second>\d{2}))?"
_SHAPES = (
    re.compile(rf"{_DATE}(?:[ ,]+{_TIME})?", re.ASCII),
    re.compile(rf"{_TIME}[ ,]+{_DATE}", re.ASCII),
    re.compile(
        r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})"
        r"(?:[T ](?P<hour>\d{2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?)?"
        r" ?(?P<zone>Z|[+-]\d{2}:?\d{2})?",
        re.ASCII | re.IGNORECASE,
    ),
)
_USUAL = re.compile(r"\d\d/\d\d/\d{4}(?: \d\d:\d\d)?", re.ASCII)
"""How nearly every moment is written; read by its halves, which come again and again."""
_SERIAL = re.compile(r"\d{5}(?:[.]\d+)?", re.ASCII)


def read(cell: Cell, *, end_of_day: bool) -> datetime | None:
    """Return the instant a cell says, None for an empty one; Vietnamese local time unless it says otherwise.

    ValueError and OverflowError for what is no moment.
    """
    if not cell and not isinstance(cell, bool | float | time | timedelta):
        return None
    otherwise = WHOLE_DAY if end_of_day else time()
    return _written(cell, otherwise) if isinstance(cell, str) else _dated(cell, otherwise)


def _dated(cell: Cell, otherwise: time) -> datetime:
    match cell:
        case datetime():
            return _at(cell.date(), cell.time() if cell.time() != time() else otherwise)
        case date():
            return _at(cell, otherwise)
        case bool() | time() | timedelta():
            raise ValueError
        case float() | int():
            return _serial(float(cell), otherwise)
    raise ValueError


def _written(text: str, otherwise: time) -> datetime | None:
    if _USUAL.fullmatch(text):
        return _midnight(text[:10]) + (_since_midnight(text[11:]) if len(text) > 10 else _WHOLE[otherwise])
    return _otherwise_written(text, otherwise)


@lru_cache(CACHED)
def _midnight(day: str) -> datetime:
    return _at(date(int(day[6:]), int(day[3:5]), int(day[:2])), time())


@lru_cache(CACHED)
def _since_midnight(clock: str) -> timedelta:
    """How long after midnight it is; days of 23 or 25 hours are unknown in Vietnam since 1975."""
    return _length(time(int(clock[:2]), int(clock[3:])))


def _length(clock: time) -> timedelta:
    return timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second)


_WHOLE = {clock: _length(clock) for clock in (time(), WHOLE_DAY)}


@lru_cache(CACHED)
def _otherwise_written(text: str, otherwise: time) -> datetime | None:
    text = " ".join(plain_text(text, 40_000).split())
    if text in ("", "-"):
        return None
    if _SERIAL.fullmatch(text):
        return _serial(float(text), otherwise)
    found = next((match for shape in _SHAPES if (match := shape.fullmatch(text))), None)
    if found is None:
        raise ValueError
    details = found.groupdict()
    day = date(int(details["year"]), int(details["month"]), int(details["day"]))
    if details["hour"] is None:
        return _at(day, otherwise)
    clock = time(int(details["hour"]), int(details["minute"]), int(details["second"] or 0))
    zone = details.get("zone")
    if zone is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
        return _at(day, clock)
    return datetime.fromisoformat(f"{day}T{clock}{zone.upper()}").astimezone(UTC)


def _serial(number: float, otherwise: time) -> datetime:
    """Excel's way of writing a date: days since the end of 1899, the time of day behind the point."""
    days, part = divmod(number, 1)
    seconds = round(part * 86400)
    moment = datetime.combine(_DAY_0 + timedelta(days=int(days)), time()) + timedelta(seconds=seconds)
    return _at(moment.date(), moment.time() if seconds else otherwise)


def _at(day: date, clock: time) -> datetime:
    """Return the instant of a local day and time; ValueError for years no dossier is of."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError
    return datetime.combine(day, clock.replace(microsecond=0), ZONE).astimezone(UTC)
