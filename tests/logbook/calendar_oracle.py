"""A slow second opinion on working time: literal days, one boolean per minute, loops that look ahead by hand.

It shares nothing with the code it judges: no windows, no zone data, no holiday package. Minutes are counted
from the first of January of its year in Vietnam, which has been seven hours ahead of UTC since 1975.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

MORE_DAYS = 40

# Days off by year; those of 2026 are the official ones, those of 2028 follow the rules of the labour code.
OFF = {
    2026: (
        "2026-01-01 2026-01-02 2026-02-16 2026-02-17 2026-02-18 2026-02-19 2026-02-20 2026-04-26 2026-04-27 "
        "2026-04-30 2026-05-01 2026-08-31 2026-09-01 2026-09-02 2026-11-24 2027-01-01 2027-02-04 2027-02-05 "
        "2027-02-06 2027-02-07 2027-02-08 2027-02-09 2027-02-10"
    ),
    2028: (
        "2028-01-01 2028-01-03 2028-01-24 2028-01-25 2028-01-26 2028-01-27 2028-01-28 2028-01-29 2028-04-04 "
        "2028-04-28 2028-04-30 2028-05-01 2028-05-02 2028-09-01 2028-09-02 2028-09-04 2028-11-24 2029-01-01"
    ),
}
MADE_UP = {2026: "2026-01-10 2026-08-22", 2028: "2028-05-06"}
HOTLINE = ((8, 0, 11, 0), (14, 0, 16, 30))
OFFICE = ((7, 30, 11, 30), (13, 30, 17, 0))


@dataclass(frozen=True)
class Shut:
    """The line closed by hand from one minute of the year to another, the second not included."""

    first: int
    last: int


class Oracle:
    """One year and some days more, minute by minute."""

    def __init__(
        self, year: int, hours: tuple[tuple[int, int, int, int], ...], shut: tuple[Shut, ...] = ()
    ) -> None:
        self.first = date(year, 1, 1)
        self.start = datetime(year, 1, 1, tzinfo=UTC) - timedelta(hours=7)
        self.year_minutes = (date(year + 1, 1, 1) - self.first).days * 1440
        self.off, self.made_up = set(OFF[year].split()), set(MADE_UP[year].split())
        self.states: list[str] = []
        for number in range(self.year_minutes // 1440 + MORE_DAYS):
            self.states += self._day(self.first + timedelta(days=number), hours)
        self.worked = [state == "open" for state in self.states]
        for closure in shut:
            for minute in range(closure.first, closure.last):
                self.states[minute] = "closure"
        self.opens = self._opens()

    def _day(self, day: date, hours: tuple[tuple[int, int, int, int], ...]) -> list[str]:
        if day.isoformat() in self.off:
            return ["holiday"] * 1440
        if day.strftime("%w") in ("0", "6") and day.isoformat() not in self.made_up:
            return ["weekend"] * 1440
        (h1, m1, h2, m2), (h3, m3, h4, m4) = hours
        states = []
        for minute in range(1440):
            now = (minute // 60, minute % 60)
            if now < (h1, m1):
                states.append("before")
            elif now < (h2, m2):
                states.append("open")
            elif now < (h3, m3):
                states.append("lunch")
            elif now < (h4, m4):
                states.append("open")
            else:
                states.append("after")
        return states

    def _opens(self) -> list[int]:
        """For each minute the first later minute in which the line is open, walking backwards."""
        opens, coming = [0] * len(self.states), -1
        for minute in range(len(self.states) - 1, -1, -1):
            if self.states[minute] == "open":
                coming = minute
            opens[minute] = coming
        return opens

    def closes(self, minute: int) -> int:
        """The first minute after an open one in which the line is no longer open."""
        while self.states[minute] == "open":
            minute += 1
        return minute

    def instant(self, minute: int) -> datetime:
        """The aware instant at which a minute begins."""
        return self.start + timedelta(minutes=minute)

    def minute(self, instant: datetime) -> int:
        """The minute an instant lies in."""
        return (instant - self.start) // timedelta(minutes=1)

    def add(self, minute: int, working: int) -> int:
        """The minute by whose beginning that many worked minutes have passed, counting one by one."""
        while working:
            working -= 1 if self.worked[minute] else 0
            minute += 1
        return minute

    def between(self, begin: int, end: int) -> int:
        """Worked minutes from one minute to another."""
        return sum(1 for minute in range(begin, end) if self.worked[minute])

    def due(self, minute: int, days: int) -> int:
        """The end of the n-th worked day after the day of receipt: counts days that have work."""
        day = minute // 1440
        while days:
            day += 1
            if any(self.worked[day * 1440 : day * 1440 + 1440]):
                days -= 1
        last = day * 1440 + 1439
        while not self.worked[last]:
            last -= 1
        return last + 1
