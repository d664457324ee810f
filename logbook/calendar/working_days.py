"""Decides which days are worked in Vietnam: public holidays, overridden by the office's table (rules B6)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holidays import HolidayBase

SATURDAY = 5
WEEKDAYS = ("thứ hai", "thứ ba", "thứ tư", "thứ năm", "thứ sáu", "thứ bảy", "chủ nhật")
_ASIDE = re.compile(r"\s*\([^)]*\)")


class DayKind(StrEnum):
    """What sort of day it is for the office."""

    WORKING = "working"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MAKEUP = "makeup"


@dataclass(frozen=True, slots=True)
class DayOverride:
    """A day the official notice or the office decided about, stronger than the packaged holidays."""

    date: date
    worked: bool
    reason: str
    document: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """One date: its kind, the name of the holiday or the reason (Vietnamese), and the document behind it."""

    date: date
    kind: DayKind
    name: str
    document: str = ""

    @property
    def is_working(self) -> bool:
        """Whether it counts as a working day: an ordinary one or a make-up day."""
        return self.kind in (DayKind.WORKING, DayKind.MAKEUP)

    @property
    def spoken(self) -> str:
        """The name as a voice can read it: no brackets, no digits, every day of Tết is "Tết Nguyên đán"."""
        if "Tết" in self.name and "Dương lịch" not in self.name:
            return "Tết Nguyên đán"
        words = _ASIDE.sub("", self.name).strip()
        if words.startswith("Ngày nghỉ"):
            return "nghỉ bù"
        return "ngày" + words[4:] if words.startswith("Ngày ") else words


class WorkingDays:
    """The kind of every date; two overrides of the same date are refused (ValueError).

    The package `holidays` gives the days of law, compensation days and the make-up days it knows (rules B6);
    it misses published swaps such as 02/01/2026 for 10/01/2026, and future years are its estimate.
    """

    def __init__(self, overrides: Iterable[DayOverride] = ()) -> None:
        """Keep the overrides by date; each year of the package is worked out once, when first asked for."""
        self._overrides: dict[date, DayOverride] = {}
        for override in overrides:
            if override.date in self._overrides:
                msg = f"two overrides for {override.date.isoformat()}"
                raise ValueError(msg)
            self._overrides[override.date] = override
        self._years: dict[int, Mapping[date, Day]] = {}

    def day(self, day: date) -> Day:
        """Return what is known of a date."""
        year = self._years.get(day.year)
        if year is None:
            year = self._years[day.year] = self._work_out(day.year)
        return year[day]

    def is_working_day(self, day: date) -> bool:
        """Return whether a date is an ordinary working day or a make-up day."""
        return self.day(day).is_working

    def _work_out(self, year: int) -> Mapping[date, Day]:
        return _year(year, tuple(one for one in self._overrides.values() if one.date.year == year))


@lru_cache(maxsize=256)
def _year(year: int, overrides: tuple[DayOverride, ...]) -> Mapping[date, Day]:
    """The days of a year, held once for all offices that decided the same about them."""
    packaged = packaged_holidays(year)
    names = {day: str(name) for day, name in packaged.items()}
    makeups = set(packaged.weekend_workdays)
    decided = {one.date: one for one in overrides}
    first = date(year, 1, 1).toordinal()
    dates = [date.fromordinal(first + n) for n in range(366) if first + n <= date.max.toordinal()]
    return {day: _kind(day, names, makeups, decided.get(day)) for day in dates if day.year == year}


def _kind(day: date, names: Mapping[date, str], makeups: Set[date], decided: DayOverride | None) -> Day:
    weekend = day.weekday() >= SATURDAY
    if decided is not None:
        worked = DayKind.MAKEUP if weekend else DayKind.WORKING
        kind = worked if decided.worked else DayKind.HOLIDAY
        return Day(day, kind, decided.reason, decided.document)
    if day in makeups:
        return Day(day, DayKind.MAKEUP, "làm bù")
    if day in names:
        return Day(day, DayKind.HOLIDAY, names[day])
    if weekend:
        return Day(day, DayKind.WEEKEND, WEEKDAYS[day.weekday()])
    return Day(day, DayKind.WORKING, "")


def packaged_holidays(year: int) -> HolidayBase:
    """A year's holidays as the package `holidays` has them, with Vietnamese names."""
    return _vietnam()(years=year, language="vi")


@cache
def _vietnam() -> type[HolidayBase]:
    """The package's class of Vietnam, from its own file.

    Asked in the usual way, the package loads the files of all countries: 12 MB and 0.1 s in every process.
    """
    import holidays  # its calendars are loaded when somebody asks for a day

    folder = Path(holidays.__file__).parent / "countries"
    spec = PathFinder.find_spec("vietnam", [str(folder)])
    if spec is None or spec.loader is None:
        raise ImportError(f"no holidays of Vietnam in {folder}")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    found: type[HolidayBase] = module.Vietnam
    return found


def dates_of_month(year: int, month: int) -> list[date]:
    """Return every date of a month in order."""
    first = date(year, month, 1)
    return [day for n in range(31) if (day := first + timedelta(days=n)).month == month]
