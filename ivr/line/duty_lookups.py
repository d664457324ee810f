"""Looks up of which duty an evening call reminds somebody."""

from __future__ import annotations

from sqlalchemy import Connection

from callflows.escalations import DutyHours, DutyTomorrow, WhatDuty
from ivr.line.hotline import Hotline
from ivr.line.outgoing_call import CallAttempt
from logbook.duty import reminders
from logbook.outbox import deliveries


def tomorrow(hotline: Hotline, conn: Connection, question: WhatDuty) -> DutyTomorrow:
    """The duty of whoever this call was placed to, as the week sheet stands now."""
    row = deliveries.of_id(conn, CallAttempt.read(question.call_attempt).delivery)
    if row is None:
        raise LookupError(f"no delivery for the call attempt {question.call_attempt}")
    times, _ = hotline.calendars.now(conn)
    day, name = reminders.day_of(row), reminders.name_of(conn, hotline.settings, row.recipient)
    found = None if day is None else reminders.of_day(conn, hotline.settings, times, day).get(row.recipient)
    if day is None or found is None:
        return DutyTomorrow(name, None, ())
    sessions = tuple(
        DutyHours(kind.value, tuple((one.start, one.end) for one in windows))
        for kind, windows in found.items()
    )
    return DutyTomorrow(name, day, sessions)
