"""Writes the hours of a week as people do: equal days are named together (000-12, R5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from logbook.calendar.working_days import WEEKDAYS
from logbook.opening_hours import Window

Week = Mapping[int, Sequence[Window]]


def stretches(week: Week) -> list[tuple[int, int, tuple[Window, ...]]]:
    """Return first day, last day (Monday is 0) and windows of each run of days that are alike and worked."""
    days = [(day, tuple(week.get(day, ()))) for day in range(7)]
    runs = ([*run] for _, run in groupby(days, key=lambda each: each[1]))
    return [(run[0][0], run[-1][0], run[0][1]) for run in runs if run[0][1]]


def lines(week: Week, names: Sequence[str] = WEEKDAYS, to: str = "đến") -> list[str]:
    """Return one line a run of days: "thứ hai đến thứ sáu: 08:00-11:00, 14:00-16:30"."""
    return [
        f"{days(first, last, names, to)}: {', '.join(str(window) for window in windows)}"
        for first, last, windows in stretches(week)
    ]


def days(first: int, last: int, names: Sequence[str] = WEEKDAYS, to: str = "đến") -> str:
    """Name a run of days."""
    return names[first] if first == last else f"{names[first]} {to} {names[last]}"
