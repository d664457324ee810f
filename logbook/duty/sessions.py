"""A session of duty: one window of one date, in the calendar of its kind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from logbook.calendar.of_settings import WorkingTimes
from logbook.calendar.working_time import WorkingTime
from logbook.clock import ZONE, local
from logbook.opening_hours import MINUTES_A_DAY, Window


class DutyKind(StrEnum):
    """What somebody is on duty for; each kind has its own hours (rules B11)."""

    HOTLINE = "hotline"
    SLIP_TEAM = "slip_team"
    QR_GUIDE = "qr_guide"

    def calendar(self, times: WorkingTimes) -> WorkingTime:
        """Return the calendar its sessions follow (000-12, 001-03, 004-02)."""
        match self:
            case DutyKind.HOTLINE:
                return times.hotline
            case DutyKind.SLIP_TEAM:
                return times.team
            case DutyKind.QR_GUIDE:
                return times.office


@dataclass(frozen=True, slots=True, order=True)
class DutySession:
    """One window of one date; its start belongs to it, its end does not."""

    date: date
    window: Window
    kind: DutyKind = DutyKind.HOTLINE

    @property
    def begins(self) -> datetime:
        """When it begins, local and aware."""
        return at_minute(self.date, self.window.start)

    @property
    def ends(self) -> datetime:
        """When it is over, local and aware."""
        return at_minute(self.date, self.window.end)


def sessions_on(times: WorkingTimes, kind: DutyKind, day: date) -> tuple[DutySession, ...]:
    """Return the sessions of a date in order; none on a day off, those of make-up days on a make-up day."""
    return tuple(DutySession(day, window, kind) for window in kind.calendar(times).day_windows(day))


def in_session(times: WorkingTimes, kind: DutyKind, moment: datetime) -> bool:
    """Whether a session of that kind holds an aware instant (001-03)."""
    return any(one.begins <= moment < one.ends for one in sessions_on(times, kind, local(moment).date()))


def days_between(first: date, last: date) -> list[date]:
    """Return every date from `first` to `last`, both included."""
    return [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]


def at_minute(day: date, minute: int) -> datetime:
    """Return the local instant of a minute after midnight; 1440 is the next midnight."""
    ahead, rest = divmod(minute, MINUTES_A_DAY)
    return datetime.combine(day + timedelta(days=ahead), time(rest // 60, rest % 60), ZONE)
