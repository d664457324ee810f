"""What a figure that proves a task is: something counted anyway, month by month.

A new one is an entry of `logbook/plan/figure_registry.py` and two sentences: its name
(`plan_figure_<key>`) and what it says of a month (`plan_figure_<key>_said`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

from logbook.calendar.working_time import WorkingTime
from logbook.dossiers.months import Month
from logbook.settings.loading import Settings


class FigureVerdict(StrEnum):
    """What a figure says of a month; OPEN where nothing is to be counted, or it may still be reached."""

    REACHED = "reached"
    MISSED = "missed"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class FigureContext:
    """What figures are counted with: the settings, the office's calendar and the moment (aware UTC)."""

    settings: Settings
    office: WorkingTime
    now: datetime

    def is_over(self, month: Month) -> bool:
        """Whether the month has ended."""
        return self.now >= month.ends


@dataclass(frozen=True, slots=True)
class FigureReading:
    """A figure of one month: its verdict, and the words of its sentence."""

    verdict: FigureVerdict
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlanFigure:
    """A figure that proves a task by itself.

    `read` counts it for a month. `page` is the console page that opens what was counted; it is asked with
    `month`. `signs` are folded phrases: an imported task whose text has one of them gets the figure.
    """

    key: str
    read: Callable[[Connection, FigureContext, Month], FigureReading]
    page: str
    signs: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The text key of its name."""
        return f"plan_figure_{self.key}"

    @property
    def said(self) -> str:
        """The text key of what it says of a month, with the words of its reading."""
        return f"{self.name}_said"


def counted(number: int, wanted: int, *, is_over: bool, **words: object) -> FigureReading:
    """Return the reading of a figure that is reached at `wanted`, and missed once the month is over."""
    verdict = FigureVerdict.REACHED if number >= wanted else FigureVerdict.OPEN
    if verdict is FigureVerdict.OPEN and is_over and wanted > 0:
        verdict = FigureVerdict.MISSED
    told = {"number": number, "wanted": wanted, **words}
    return FigureReading(verdict, {name: str(word) for name, word in told.items()})
