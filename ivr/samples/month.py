"""The sample month while it is written: an agenda of moments, done in order under a moved clock."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from sqlalchemy import Connection

from ivr.line.hotline import Hotline
from logbook.accounts.rights import Person
from logbook.calendar.of_settings import WorkingTimes
from logbook.clock import Clock, local
from logbook.duty.sessions import days_between

Step = Callable[[Connection], object]


class MovedClock(Clock):
    """A clock that stands where the month puts it."""

    def __init__(self, at: datetime) -> None:
        """Stand at `at` (aware)."""
        super().__init__(at)
        self.at = at

    def now(self) -> datetime:
        """Return where it stands."""
        return self.at


@dataclass(slots=True)
class SampleMonth:
    """What every part of the month writes with: office, clock, dice and people by role.

    `first` and `last` are its days; nothing happens after `until`, which may lie before the end of `last`.
    """

    hotline: Hotline
    clock: MovedClock
    dice: Random
    first: date
    last: date
    until: datetime
    times: WorkingTimes
    people: Mapping[str, Person]
    words: Mapping[str, Any]
    made: dict[str, Any] = field(default_factory=dict)
    """What one part leaves for a later one, by its name."""
    _agenda: list[tuple[datetime, int, Callable[[], object]]] = field(default_factory=list)
    _order: Any = field(default_factory=count)

    @property
    def days(self) -> list[date]:
        """The working days of the office up to `until`."""
        last = min(self.last, local(self.until).date())
        return [day for day in days_between(self.first, last) if self.times.office.day_windows(day)]

    def at(self, moment: datetime, step: Step) -> bool:
        """Put one transaction on the agenda; False for a moment that has not come yet."""
        return self.call_at(moment, lambda: self._in_one(step))

    def call_at(self, moment: datetime, do: Callable[[], object]) -> bool:
        """Put something on the agenda that opens transactions of its own, such as a telephone call."""
        if moment >= self.until:
            return False
        heapq.heappush(self._agenda, (moment, next(self._order), do))
        return True

    @property
    def first_day(self) -> date:
        """The first working day of the month."""
        return self.days[0]

    def days_before(self, many: int) -> list[date]:
        """Return so many working days before the month, in order."""
        found: list[date] = []
        day = self.first
        while len(found) < many:
            day -= timedelta(days=1)
            if self.times.office.day_windows(day):
                found.append(day)
        return found[::-1]

    def run(self) -> None:
        """Carry out the agenda in order of time; what is carried out may put more on it."""
        while self._agenda:
            moment, _, do = heapq.heappop(self._agenda)
            self.clock.at = moment
            self.hotline.calendars.forget()
            do()

    def on(self, day: date, part: float) -> datetime:
        """Return a moment of the office's working time: `part` 0 is its beginning, 1 its end."""
        windows = self.times.office.windows_on(day)
        left = sum((end - start for start, end in windows), timedelta()) * part
        for start, end in windows:
            if left < end - start:
                return start + left
            left -= end - start
        return windows[-1][1] - timedelta(minutes=1)

    def some_moment(self, days: list[date] | None = None) -> datetime:
        """Return some moment of working time."""
        return self.on(self.dice.choice(days or self.days), self.dice.random() * 0.97)

    def hours_later(self, moment: datetime, hours: float) -> datetime:
        """Return the moment so many working hours later."""
        return self.times.office.add(moment, timedelta(hours=hours))

    def pick(self, name: str) -> Any:
        """Return one of the things that the words list under `name`."""
        return self.dice.choice(self.words[name])

    def _in_one(self, step: Step) -> None:
        with self.hotline.database.writing() as conn:
            step(conn)
