"""A window of a day, such as 08:00-11:00."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

MINUTES_A_DAY = 24 * 60
_WINDOW = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """One stretch of a day in minutes after midnight: the start belongs to it, the end does not (000-12)."""

    start: int
    end: int

    def __post_init__(self) -> None:
        """Refuse a window that ends before it starts or leaves the day (ValueError)."""
        if not 0 <= self.start < self.end <= MINUTES_A_DAY:
            msg = f"a window must end after it starts, within one day: {self.start}-{self.end}"
            raise ValueError(msg)

    @classmethod
    def parse(cls, text: str) -> "Window":
        """Read "08:00-11:00"; 24:00 is a good end (ValueError otherwise)."""
        found = _WINDOW.fullmatch(text)
        if found is None:
            msg = f"not a window like 08:00-11:00: {text[:40]!r}"
            raise ValueError(msg)
        hour, minute, end_hour, end_minute = (int(part) for part in found.groups())
        return cls(hour * 60 + minute, end_hour * 60 + end_minute)

    def __str__(self) -> str:
        """Write the window as the configuration does."""
        return f"{_clock(self.start)}-{_clock(self.end)}"


def in_order(windows: Iterable[Window]) -> tuple[Window, ...]:
    """Return the windows as given; ValueError when they are out of order or overlap."""
    kept = tuple(windows)
    for earlier, later in pairwise(kept):
        if later.start < earlier.end:
            msg = f"windows overlap or are out of order: {earlier}, {later}"
            raise ValueError(msg)
    return kept


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
