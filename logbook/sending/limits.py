"""Limits of the outbox: where it may send, how often a day, at what hour to a citizen (T-13)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from sqlalchemy import Connection

from logbook import phone_numbers
from logbook.calendar.working_time import Closure, WorkingTime
from logbook.clock import local
from logbook.database import rate_limits
from logbook.opening_hours import MINUTES_A_DAY, Window
from logbook.outbox import returned_calls
from logbook.outbox.deliveries import CALL, CITIZEN, Delivery
from logbook.outbox.kinds import RETURNED_CALL
from logbook.settings import own_numbers
from logbook.settings.channels import kind_of
from logbook.settings.loading import Settings

DAY = timedelta(days=1)
TEXTS_FROM, TEXTS_UNTIL = 7 * 60, 20 * 60
"""Minutes after midnight between which a citizen's telephone may be sent a text message."""
_EVERYBODY = "send:all"
_Limit: TypeAlias = tuple[str, int]
"""What is counted and how much of it a day has."""


def destination(row: Delivery, channel: str, settings: Settings) -> str | None:
    """Return the number `row` may be brought to by call or text, None when nowhere (T-13).

    Vietnamese landlines and mobiles only, never our own; an official's number is the one in the settings,
    whatever stands on the row; a text goes to mobiles only. A citizen is never looked for at the office. A
    returned call rings the telephone its clerk had when they asked for it.
    """
    if row.kind == RETURNED_CALL:
        return reached(row.number, channel, settings)
    if row.recipient == CITIZEN:
        citizen = own_numbers.callable_citizen(row.number, own_numbers.of_office(settings))
        return None if citizen is None else _by(channel, citizen)
    staff = settings.staff(row.recipient)
    return None if staff is None else reached(staff.number, channel, settings)


def reached(number: str | None, channel: str, settings: Settings) -> str | None:
    """Return the E.164 number of an official when it may be called, or sent a text by `channel`."""
    found = phone_numbers.callable_in_vietnam(number)
    if found is None or found in own_numbers.of_line(settings):
        return None
    return _by(channel, found)


def _by(channel: str, e164: str) -> str | None:
    return e164 if kind_of(channel).takes(e164) else None


def spend(conn: Connection, row: Delivery, to: str, settings: Settings, now: datetime) -> bool:
    """Take one send from the day of this person (a citizen: this number) and of all; False: none is left."""
    (scope, most), (everybody, in_all) = _scopes(conn, row, to, settings)
    if not rate_limits.spend(conn, scope, DAY, most, now):
        return False
    if rate_limits.spend(conn, everybody, DAY, in_all, now):
        return True
    rate_limits.give_back(conn, scope, DAY, now)
    return False


def give_back(conn: Connection, row: Delivery, to: str, settings: Settings, spent_at: datetime) -> None:
    """Return what was spent at `spent_at`, since nothing was sent."""
    for scope, _ in _scopes(conn, row, to, settings):
        rate_limits.give_back(conn, scope, DAY, spent_at)


def next_day(now: datetime) -> datetime:
    """Return when the next day's rate limit begins: at midnight in Vietnam."""
    return rate_limits.next_window(DAY, now)


def citizen_hour(
    channel: str,
    now: datetime,
    quiet: Sequence[Window],
    office: WorkingTime,
    closures: Iterable[Closure] = (),
) -> datetime:
    """Return the first moment from `now` on at which a citizen may be called, or sent a text (aware UTC).

    Calls in the office's working time, texts between 07:00 and 20:00 of any day, neither in quiet hours.
    """
    shut, moment = tuple(closures), local(now)
    for _ in range(_STEPS):
        step = out_of(quiet, moment)
        step = _office_hour(step, office, shut) if channel == CALL else _text_hour(step)
        if step == moment:
            break
        moment = step
    return moment.astimezone(UTC)


def out_of(windows: Sequence[Window], moment: datetime) -> datetime:
    """Return `moment` (local), or the end of the windows it lies in, however they follow each other."""
    for _ in range(len(windows) + 1):
        minute = moment.hour * 60 + moment.minute
        inside = next((each for each in windows if each.start <= minute < each.end), None)
        if inside is None:
            break
        moment = _at_minute(moment, inside.end)
    return moment


_STEPS = 60


def _text_hour(moment: datetime) -> datetime:
    minute = moment.hour * 60 + moment.minute
    if minute < TEXTS_FROM:
        return _at_minute(moment, TEXTS_FROM)
    return moment if minute < TEXTS_UNTIL else _at_minute(moment, MINUTES_A_DAY + TEXTS_FROM)


def _office_hour(moment: datetime, office: WorkingTime, closures: Sequence[Closure]) -> datetime:
    found = office.at(moment, closures)
    return moment if found.is_open else found.next_opening or moment + DAY


def _at_minute(moment: datetime, minute: int) -> datetime:
    """The minute after midnight of the moment's local date; from 1440 on of the next."""
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(minutes=minute)


def _scopes(conn: Connection, row: Delivery, to: str, settings: Settings) -> tuple[_Limit, _Limit]:
    """The limits of a day: of whom it is for, and of all; a returned call is for the citizen."""
    limits, everybody = settings.rate_limits, (_EVERYBODY, settings.notifications.sends_per_day)
    if row.kind == RETURNED_CALL:
        number = f"return:number:{returned_calls.citizen_of(conn, row)}"
        in_all = ("return:all", limits.returned_calls_per_day)
        return (number, limits.returned_calls_per_number_per_day), in_all
    if row.recipient == CITIZEN:
        return (f"send:number:{to}", settings.citizens.sends_per_number_per_day), everybody
    person = (f"send:person:{row.recipient}", settings.notifications.sends_per_person_per_day)
    return person, everybody
