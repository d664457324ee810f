"""Reads the column "Tiến độ thực hiện": continuous, at the end of each month, or a day (002-04)."""

from __future__ import annotations

import calendar
import re
from datetime import date

from logbook.plain_text import folded
from logbook.plan.states import Cadence

_DAY = re.compile(r"(?<!\d)(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?!\d)", re.ASCII)
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)", re.ASCII)
_WRITTEN_DAY = re.compile(r"ngay (\d{1,2}) thang (\d{1,2}) nam (\d{4})", re.ASCII)
_MONTH = re.compile(r"thang (\d{1,2})(?:/| nam |-)(\d{4})", re.ASCII)
_QUARTER = re.compile(r"quy (iv|i{1,3}|[1-4])(?:/| nam |-)(\d{4})", re.ASCII)
_YEAR = re.compile(r"nam (\d{4})", re.ASCII)
_MONTHLY = ("cuoi moi thang", "cuoi thang", "hang thang", "moi thang", "dinh ky thang")
_CONTINUOUS = ("thuong xuyen", "lien tuc", "hang ngay", "hang tuan")
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}


def read(text: str) -> tuple[Cadence, date | None] | None:
    """Return the cadence and, for a dated task, the day it is due; None for words nobody understands.

    A month is due on its last day, so are a quarter and a year (001-05: "trong tháng 12 năm 2023").
    """
    said = folded(text)
    due = _due(said)
    if due is not None:
        return Cadence.DATED, due
    if any(sign in said for sign in _MONTHLY):
        return Cadence.MONTHLY, None
    if any(sign in said for sign in _CONTINUOUS):
        return Cadence.CONTINUOUS, None
    return None


def _due(said: str) -> date | None:
    """The last day that is named."""
    try:
        days = [date(int(year), int(month), int(day)) for day, month, year in _DAY.findall(said)]
        days += [date(*map(int, found)) for found in _ISO.findall(said)]
        days += [date(int(year), int(month), int(day)) for day, month, year in _WRITTEN_DAY.findall(said)]
        if days:
            return max(days)
        if found := _MONTH.search(said):
            return _last(int(found[2]), int(found[1]))
        if found := _QUARTER.search(said):
            number = _ROMAN.get(found[1]) or int(found[1])
            return _last(int(found[2]), 3 * number)
        found = _YEAR.search(said)
        return None if found is None else date(int(found[1]), 12, 31)
    except ValueError:
        return None


def _last(year: int, month: int) -> date:
    if not 1 <= month <= 12:
        raise ValueError(month)
    return date(year, month, calendar.monthrange(year, month)[1])
