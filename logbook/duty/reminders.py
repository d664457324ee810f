"""Finds who is on duty tomorrow and by which channel to remind them in the evening (ASK-29)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import Connection, update

from logbook import phone_numbers
from logbook.calendar.of_settings import WorkingTimes
from logbook.database.tables import deliveries as table
from logbook.duty.on_duty import on_duty_between
from logbook.duty.sessions import DutyKind
from logbook.outbox import deliveries
from logbook.outbox.deliveries import SMS
from logbook.settings.channels import CHANNELS
from logbook.settings.loading import Settings

DELIVERY = "duty"
"""The kind of a delivery that reminds somebody of duty; it belongs to no escalation."""


def of_day(conn: Connection, settings: Settings, times: WorkingTimes, day: date) -> Mapping[str, str]:
    """Return who is on duty on the line on a date, and in which hours: {"an": "08:00-11:00, 14:00-16:30"}."""
    found: dict[str, list[str]] = {}
    for one in on_duty_between(conn, settings.duty, times, day, day, (DutyKind.HOTLINE,)):
        for person in one.people:
            found.setdefault(person, []).append(str(one.session.window))
    return {person: ", ".join(hours) for person, hours in found.items()}


def way(settings: Settings, person: str) -> str | None:
    """Return the channel by which somebody is reminded: one that is set up, else a text; None: none.

    Nobody is called for it: in the evening an office's telephone rings in an empty room.
    """
    named = (one for one in CHANNELS if settings.channel_address(person, one) is not None)
    found = next(named, None)
    texts = settings.citizens.sms_sender is not None
    number = settings.duty.person(person).number
    return found or (SMS if texts and phone_numbers.is_mobile(number) else None)


def put(conn: Connection, settings: Settings, times: WorkingTimes, day: date, now: datetime) -> int:
    """Write a reminder of duty on `day` into the outbox for everybody reachable; return how many.

    Whoever was reminded before is not reminded again of the same hours. What was not sent yet to somebody
    who is no longer on duty then is cancelled.
    """
    wanted = of_day(conn, settings, times, day)
    still_due = (table.c.kind == DELIVERY, table.c.state == "due", table.c.key.like(f"duty:{day}:%"))
    gone = table.c.recipient.not_in(list(wanted))
    ended = {"state": "cancelled", "due_at": None, "ended_at": now, "result": "overtaken"}
    conn.execute(update(table).where(*still_due, gone).values(**ended))
    new = [
        deliveries.put(
            conn,
            key=f"duty:{day}:{person}:{hours}",
            kind=DELIVERY,
            recipient=person,
            channel=channel,
            params={"day": f"{day:%d/%m/%Y}", "hours": hours},
            now=now,
        )
        for person, hours in wanted.items()
        if (channel := way(settings, person)) is not None
    ]
    return sum(one is not None for one in new)
