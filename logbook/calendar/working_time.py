"""Working time: answers whether the office is open, when it opens next, and when a deadline falls."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from logbook.calendar.working_days import Day, DayKind, WorkingDays
from logbook.clock import ZONE, local
from logbook.opening_hours import Window, in_order

HORIZON_DAYS = 400
LONGEST_TERM_DAYS = 3650
_KEPT_DATES = 5000
_NONE = timedelta(0)


class LineState(StrEnum):
    """Exactly one holds at every instant, and each has one greeting (000-12)."""

    OPEN = "open"
    BEFORE = "before"
    LUNCH = "lunch"
    AFTER = "after"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    CLOSURE = "closure"


@dataclass(frozen=True, slots=True)
class Closure:
    """The line closed by hand (storm, election, repair): aware instants; no end: until further notice."""

    starts_at: datetime
    ends_at: datetime | None
    reason: str

    def holds(self, instant: datetime) -> bool:
        """Whether the instant lies inside; the start does, the end does not."""
        return self.starts_at <= instant and (self.ends_at is None or instant < self.ends_at)


@dataclass(frozen=True, slots=True)
class Moment:
    """What the calendar says of one instant; both times are aware and in Vietnamese local time."""

    state: LineState
    reason: str
    next_opening: datetime | None
    closes_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether somebody works now."""
        return self.state is LineState.OPEN

    @property
    def at_noon(self) -> bool:
        """Whether a pause between two windows is the one at noon: work goes on between 12:00 and 15:00."""
        again = self.next_opening
        return self.state is LineState.LUNCH and again is not None and 12 <= again.hour < 15


class WorkingTime:
    """The windows of a week over the working days: any number a day, on make-up days their own.

    A weekend day with windows of its own is open in them. Closures by hand shut the line, but never move a
    deadline: adding working time knows windows and days only.
    """

    def __init__(
        self,
        windows_by_weekday: Mapping[int, Sequence[Window]],
        makeup_windows: Sequence[Window],
        days: WorkingDays,
    ) -> None:
        """Take windows by weekday (Monday is 0); ValueError when they overlap or are out of order."""
        if not set(windows_by_weekday) <= set(range(7)):
            msg = "weekdays are 0 (Monday) to 6 (Sunday)"
            raise ValueError(msg)
        self.week = {weekday: in_order(windows) for weekday, windows in windows_by_weekday.items()}
        self._makeup = in_order(makeup_windows)
        self.days = days
        self._dated: dict[date, tuple[tuple[datetime, datetime], ...]] = {}

    def day_windows(self, day: date) -> tuple[Window, ...]:
        """Return the windows of a date, none on a holiday."""
        return self._of(self.days.day(day))

    def windows_on(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """Return the windows of a date as pairs of local instants, the second not included."""
        known = self._dated.get(day)
        if known is None:
            known = tuple((_at(day, window.start), _at(day, window.end)) for window in self.day_windows(day))
            if len(self._dated) >= _KEPT_DATES:
                self._dated.clear()
            self._dated[day] = known
        return known

    def at(self, instant: datetime, closures: Iterable[Closure] = ()) -> Moment:
        """Return state, reason, next opening and closing time at an aware instant (ValueError when naive).

        A closure wins at every instant inside it, whatever the hour. `next_opening` is None while open and
        when nothing opens within 400 days; `closes_at` is None unless open, or when always open.
        """
        here, shut = local(instant), sorted(closures, key=lambda closure: closure.starts_at)
        held = _held(shut, here)
        if held is not None:
            return Moment(LineState.CLOSURE, held.reason, self._opening(here, shut), None)
        day = self.days.day(here.date())
        state = _state(day, self._of(day), here)
        if state is LineState.OPEN:
            return Moment(state, "", None, self._closing(here, shut))
        reason = day.spoken if state in (LineState.HOLIDAY, LineState.WEEKEND) else ""
        return Moment(state, reason, self._opening(here, shut), None)

    def next_opening(self, instant: datetime, closures: Iterable[Closure] = ()) -> datetime | None:
        """Return the next instant the line opens in local time; None while open or when none is in sight."""
        return self.at(instant, closures).next_opening

    def add(self, instant: datetime, working: timedelta) -> datetime:
        """Return the first instant by which `working` time has passed since `instant` (002-19, local time).

        Eight hours received on Friday at 16:00 run on over weekend and holiday; a deadline used up exactly at
        the end of a window ends there. ValueError: naive, negative, or no working time within ten years.
        """
        here = local(instant)
        if working < _NONE:
            msg = "working time cannot be negative"
            raise ValueError(msg)
        if working == _NONE:
            return here
        left = working
        for start, end in self._windows_from(here, LONGEST_TERM_DAYS):
            begin = max(start, here)
            if left <= _elapsed(begin, end):
                return local(begin.astimezone(UTC) + left)
            left -= _elapsed(begin, end)
        raise ValueError(_NO_TERM)

    def add_days(self, instant: datetime, days: int) -> datetime:
        """Return the end of the last window of the n-th working day after the day of receipt (local time).

        The day of receipt is not counted, whatever the hour (the civil code's way of counting days); received
        on a day off, the next working day is day one. Weekend days count only as make-up days, and a day
        without windows does not count. ValueError: naive, fewer than one day, or beyond ten years.
        """
        day, left = local(instant).date(), days
        if days < 1:
            msg = "a term is at least one working day"
            raise ValueError(msg)
        for _ in range(LONGEST_TERM_DAYS):
            day += timedelta(days=1)
            windows = self.windows_on(day) if self.days.is_working_day(day) else ()
            left -= 1 if windows else 0
            if left == 0:
                return windows[-1][1]
        raise ValueError(_NO_TERM)

    def day_before(self, day: date) -> date:
        """Return the last working day before a day; a fortnight before it, where none is nearer."""
        before = day - timedelta(days=1)
        while not self.day_windows(before) and (day - before).days < 14:
            before -= timedelta(days=1)
        return before

    def between(self, begin: datetime, end: datetime) -> timedelta:
        """Return the working time between two aware instants, negative when they are turned round."""
        if end < begin:
            return -self.between(end, begin)
        first, last, total = local(begin), local(end), _NONE
        span = (last.date() - first.date()).days
        for start, stop in self._windows_from(first, span):
            total += max(_NONE, _elapsed(max(start, first), min(stop, last)))
        return total

    def _of(self, day: Day) -> tuple[Window, ...]:
        if day.kind is DayKind.HOLIDAY:
            return ()
        return self._makeup if day.kind is DayKind.MAKEUP else self.week.get(day.date.weekday(), ())

    def _windows_from(self, here: datetime, span: int) -> Iterator[tuple[datetime, datetime]]:
        """Yield the windows that end after `here`, from its date to `span` days later, in order."""
        day = here.date()
        for offset in range(span + 1):
            for start, end in self.windows_on(day + timedelta(days=offset)):
                if end > here:
                    yield start, end

    def _opening(self, here: datetime, closures: Sequence[Closure]) -> datetime | None:
        for start, end in self._windows_from(here, HORIZON_DAYS):
            free: datetime | None = max(start, here)
            while free is not None and (held := _held(closures, free)) is not None:
                free = held.ends_at
            if free is None:
                return None
            if free < end:
                return local(free)
        return None

    def _closing(self, here: datetime, closures: Sequence[Closure]) -> datetime | None:
        shut = min((closure.starts_at for closure in closures if closure.starts_at > here), default=None)
        closes: datetime | None = None
        for start, end in self._windows_from(here, HORIZON_DAYS):
            if closes is not None and start != closes:
                break
            closes = end
        if closes is not None and closes - here > timedelta(days=HORIZON_DAYS):
            closes = None
        if shut is not None and (closes is None or shut < closes):
            return local(shut)
        return closes


_NO_TERM = "no working time within ten years"


def _state(day: Day, windows: Sequence[Window], here: datetime) -> LineState:
    if day.kind is DayKind.HOLIDAY:
        return LineState.HOLIDAY
    if not windows:
        return LineState.WEEKEND if day.kind is DayKind.WEEKEND else LineState.AFTER
    minute = here.hour * 60 + here.minute
    if any(window.start <= minute < window.end for window in windows):
        return LineState.OPEN
    if minute < windows[0].start:
        return LineState.BEFORE
    return LineState.AFTER if minute >= windows[-1].end else LineState.LUNCH


def _held(closures: Iterable[Closure], instant: datetime) -> Closure | None:
    return next((closure for closure in closures if closure.holds(instant)), None)


def _at(day: date, minute: int) -> datetime:
    """Return the local instant of a minute of a date; minute 1440 is the next midnight."""
    return datetime.combine(day + timedelta(days=minute // 1440), time(minute // 60 % 24, minute % 60), ZONE)


def _elapsed(begin: datetime, end: datetime) -> timedelta:
    """Return real time between two instants (plain subtraction would ignore a change of offset)."""
    return end.astimezone(UTC) - begin.astimezone(UTC)
