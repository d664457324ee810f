"""Finds sessions without anybody on duty: the rest of today and the next open day (000-03)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from logbook.calendar.of_settings import WorkingTimes
from logbook.calendar.working_time import Closure
from logbook.clock import local
from logbook.duty.on_duty import OnDuty, on_duty_between, ready
from logbook.duty.sessions import DutyKind, DutySession
from logbook.settings.config_file import DutyPart

PLANNED_WITHIN_DAYS = 14
LOOK_AHEAD_DAYS = 30
"""A line that opens on none of so many days has no next day."""


@dataclass(frozen=True, slots=True)
class Gap:
    """One date and its sessions in which nobody is on duty; `stand_in`: somebody of `fallback` is there.

    `whole` is true when it is every session still to come on that date.
    """

    day: date
    sessions: tuple[DutySession, ...]
    stand_in: bool
    whole: bool

    @property
    def hours(self) -> str:
        """The hours of the empty sessions, "08:00-11:00, 14:00-16:30"."""
        return ", ".join(str(session.window) for session in self.sessions)


def gaps_ahead(
    conn: Connection,
    part: DutyPart,
    times: WorkingTimes,
    shut: Sequence[Closure],
    now: datetime,
    kind: DutyKind = DutyKind.HOTLINE,
) -> list[Gap]:
    """Return the gaps of the rest of today and of the next day that has sessions of that kind (ASK-29)."""
    today = local(now).date()
    coming = _open_sessions(
        on_duty_between(conn, part, times, today, today + timedelta(days=LOOK_AHEAD_DAYS), (kind,)),
        shut,
        now,
    )
    days = sorted({one.session.date for one in coming})
    asked = [day for day in days if day == today] + [day for day in days if day > today][:1]
    found = (gap for day in asked if (gap := _of_day(conn, part, day, coming)) is not None)
    return list(found)


def is_planned(conn: Connection, part: DutyPart, times: WorkingTimes, now: datetime, kind: DutyKind) -> bool:
    """Whether the office plans that kind of duty: somebody had it in the last two weeks."""
    today = local(now).date()
    lately = on_duty_between(conn, part, times, today - timedelta(days=PLANNED_WITHIN_DAYS), today, (kind,))
    return any(one.planned for one in lately)


def gaps_between(
    conn: Connection,
    part: DutyPart,
    times: WorkingTimes,
    shut: Sequence[Closure],
    now: datetime,
    days: int,
) -> list[Gap]:
    """Return the gaps from now on to so many days ahead, one a date."""
    today = local(now).date()
    last = today + timedelta(days=days)
    answered = on_duty_between(conn, part, times, today, last, (DutyKind.HOTLINE,))
    coming = _open_sessions(answered, shut, now)
    dates = dict.fromkeys(one.session.date for one in coming)
    return [gap for day in dates if (gap := _of_day(conn, part, day, coming)) is not None]


def _open_sessions(answered: Iterable[OnDuty], shut: Sequence[Closure], now: datetime) -> list[OnDuty]:
    """Those that are not over yet, without the ones the line is closed by hand for from end to end."""
    return [
        one
        for one in answered
        if one.session.ends > now
        and not any(
            closure.holds(max(one.session.begins, now))
            and (closure.ends_at is None or closure.ends_at >= one.session.ends)
            for closure in shut
        )
    ]


def _of_day(conn: Connection, part: DutyPart, day: date, coming: Iterable[OnDuty]) -> Gap | None:
    of_day = [one for one in coming if one.session.date == day]
    empty = [one.session for one in of_day if not one.people]
    if not empty:
        return None
    line = all(session.kind is DutyKind.HOTLINE for session in empty)
    stand_in = line and all(ready(conn, part, session) for session in empty)
    return Gap(day, tuple(empty), stand_in, len(empty) == len(of_day))
