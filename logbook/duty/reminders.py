"""Finds who is on duty tomorrow and by which channel to remind them in the evening (ASK-29).

On the line, in the team, at the QR code: whoever has any duty is reminded once of all of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import Connection, select

from logbook import phone_numbers
from logbook.calendar.of_settings import WorkingTimes
from logbook.clock import local
from logbook.database.tables import deliveries as table
from logbook.duty.on_duty import on_duty_between
from logbook.duty.sessions import DutyKind
from logbook.officials import register
from logbook.officials.register import RemindedBy
from logbook.opening_hours import Window
from logbook.outbox import deliveries, state_machine
from logbook.outbox.deliveries import CALL, SMS, Delivery
from logbook.outbox.state_machine import DeliveryEvent
from logbook.settings.channels import CHANNELS
from logbook.settings.loading import Settings

DELIVERY = "duty"
"""The kind of a delivery that reminds somebody of duty; it belongs to no escalation."""
Duties = Mapping[DutyKind, tuple[Window, ...]]
"""The sessions one person has on one day, by what they are for."""


def of_day(conn: Connection, settings: Settings, times: WorkingTimes, day: date) -> Mapping[str, Duties]:
    """Return who is on duty on a date, for what and in which hours; nobody who is away is among them."""
    found: dict[str, dict[DutyKind, tuple[Window, ...]]] = {}
    for one in on_duty_between(conn, settings.duty, times, day, day):
        for person in one.people:
            mine = found.setdefault(person, {})
            mine[one.session.kind] = (*mine.get(one.session.kind, ()), one.session.window)
    return found


def way(settings: Settings, person: str, number: str | None = None) -> str | None:
    """Return the channel by which somebody gets a message: one that is set up, else a text; None: none."""
    named = (one for one in CHANNELS if settings.channel_address(person, one) is not None)
    found = next(named, None)
    staff = settings.staff(person)
    to = number if staff is None else staff.number
    texts = settings.citizens.sms_sender is not None and to is not None and phone_numbers.is_mobile(to)
    return found or (SMS if texts else None)


def name_of(conn: Connection, settings: Settings, person: str) -> str:
    """Return what somebody on duty is called, by the settings or the register."""
    staff = settings.staff(person)
    official = None if staff is not None else register.of_key(conn, person)
    return staff.name if staff is not None else person if official is None else official.name


def has_account(conn: Connection, settings: Settings, person: str) -> bool:
    """Whether somebody can say on the week sheet that they are away."""
    official = register.of_key(conn, person)
    return settings.staff(person) is not None or (official is not None and official.login is not None)


def number_of(conn: Connection, settings: Settings, person: str) -> str | None:
    """Return the number at which somebody is reminded: that of the settings, else that of the register."""
    staff = settings.staff(person)
    official = None if staff is not None else register.of_key(conn, person)
    return staff.number if staff is not None else None if official is None else official.telephone


def day_of(row: Delivery) -> date | None:
    """Return of which day's duty a delivery reminds; None when it reminds of none."""
    kind, _, rest = row.key.partition(":")
    try:
        return date.fromisoformat(rest[:10]) if kind == DELIVERY else None
    except ValueError:
        return None


def is_overtaken(
    conn: Connection, settings: Settings, times: WorkingTimes, row: Delivery, now: datetime
) -> bool:
    """Whether a reminder is out of date: its day has come, or the duty is another's or at other hours."""
    day = day_of(row)
    if day is None or local(now).date() >= day:
        return True
    mine = of_day(conn, settings, times, day).get(row.recipient)
    return mine is None or row.key != _key(day, row.recipient, mine)


def put(conn: Connection, settings: Settings, times: WorkingTimes, day: date, now: datetime) -> int:
    """Write a reminder of duty on `day` into the outbox for everybody reachable; return how many.

    Whoever was reminded before is not reminded again of the same hours. What was not sent yet and says what
    is not so any more is cancelled.
    """
    wanted = {
        person: (_key(day, person, duties), duties)
        for person, duties in of_day(conn, settings, times, day).items()
    }
    of_day_before = (table.c.kind == DELIVERY, table.c.key.like(f"{DELIVERY}:{day}:%"))
    gone = table.c.key.not_in([key for key, _ in wanted.values()])
    event, meant = DeliveryEvent.NOT_NEEDED, (*of_day_before, gone)
    state_machine.apply(conn, event, None, *meant, ended_at=now, result="overtaken")
    new = [
        deliveries.put(
            conn,
            key=key,
            kind=DELIVERY,
            recipient=person,
            channel=channel,
            params={"day": f"{day:%d/%m/%Y}", **{kind.value: _hours(duties[kind]) for kind in duties}},
            now=now,
        )
        for person, (key, duties) in wanted.items()
        if (channel := _evening_way(conn, settings, person)) is not None
    ]
    return sum(one is not None for one in new)


def any_due(conn: Connection, day: date) -> bool:
    """Whether a reminder of duty on `day` waits to be sent: it may have to be cancelled."""
    waiting = (table.c.kind == DELIVERY, table.c.state == "due", table.c.key.like(f"{DELIVERY}:{day}:%"))
    return conn.execute(select(table.c.id).where(*waiting).limit(1)).first() is not None


def _evening_way(conn: Connection, settings: Settings, person: str) -> str | None:
    """As the register says for them: by a message, by a call, or not at all.

    Nobody of the settings is called: in the evening an office's telephone rings in an empty room.
    """
    official = register.of_key(conn, person)
    asked = RemindedBy.MESSAGE if official is None else official.reminded_by
    number = number_of(conn, settings, person)
    if asked is RemindedBy.NOBODY:
        return None
    if asked is RemindedBy.CALL and settings.staff(person) is None:
        return None if phone_numbers.callable_in_vietnam(number) is None else CALL
    return way(settings, person, number)


def _key(day: date, person: str, duties: Duties) -> str:
    """The name for ever of one reminder; of the line alone as it always was."""
    said = (
        _hours(windows) if kind is DutyKind.HOTLINE else f"{kind.value} {_hours(windows)}"
        for kind, windows in duties.items()
    )
    return f"{DELIVERY}:{day}:{person}:{'; '.join(said)}"


def _hours(windows: tuple[Window, ...]) -> str:
    return ", ".join(map(str, windows))
