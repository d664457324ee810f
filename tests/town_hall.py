"""The shipped office for tests of notifications: settings, a clock set by hand, accounts, tickets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from logbook.calendar.current import Calendars
from logbook.calendar.of_settings import working_times
from logbook.clock import Clock
from logbook.database.engine import Database
from logbook.database.tables import deliveries, escalations, people, tickets
from logbook.ids import TicketId
from logbook.settings.loading import Settings, load_settings
from logbook.tickets import history, moves
from logbook.tickets.tickets import Ticket, of_id
from logbook.tickets.verbs.registry import verbs
from scheduler.advance_escalations import EscalationsDue
from scheduler.warn_of_deadlines import DeadlinesDue
from tests import frozen

SETTINGS = load_settings(frozen.OFFICE)
OFFICE = working_times(SETTINGS).office
MINUTE = timedelta(minutes=1)
LEADERS = {
    "chutich": "chairman",
    "phochutich": "vice_chairman",
    "chanhvanphong": "head_of_office",
    "canbotruc": "clerk",
    "ketoan": "desk_officer",
}


class HandClock(Clock):
    """A clock that stands still until the test moves it."""

    def __init__(self, at: datetime) -> None:
        super().__init__(at)
        self.at = at

    def now(self) -> datetime:
        return self.at


def move(
    conn: Connection,
    ticket_id: TicketId,
    verb: str,
    *,
    actor: str,
    now: datetime,
    reason: str = "",
    expected_version: int | None = None,
    **details: Any,
) -> Ticket:
    """Somebody moves a ticket, by the name of the verb."""
    step = verbs()[verb](reason=reason, **details)
    return moves.apply(conn, ticket_id, step, actor=actor, now=now, expected_version=expected_version)


def local_time(text: str) -> datetime:
    """An aware moment from Vietnamese local time, such as 2026-11-25 09:10."""
    return datetime.fromisoformat(f"{text}+07:00")


def other_ladders(
    settings: Settings = SETTINGS, *, notifications: dict[str, Any] | None = None, **ladders: Any
) -> Settings:
    """The settings with other ladders, or other values of `notifications`."""
    part = settings.notifications
    changed = part.model_copy(
        update={**(notifications or {}), "ladders": part.ladders.model_copy(update=ladders)},
    )
    return replace(settings, notifications=changed)


def advancing(database: Database, clock: Clock, settings: Settings = SETTINGS) -> EscalationsDue:
    return EscalationsDue(database, clock, settings, Calendars(settings, clock))


def looking(database: Database, clock: Clock, settings: Settings = SETTINGS) -> DeadlinesDue:
    return DeadlinesDue(database, clock, settings, Calendars(settings, clock))


def hire(conn: Connection, now: datetime) -> dict[str, int]:
    """Give every official of the settings an account; returns the ids by login."""
    rows = [
        {
            "login": login,
            "name": login,
            "title": "",
            "role": role,
            "language": "vi",
            "sees_restricted": False,
            "password_hash": "",
            "must_change_password": False,
            "demo": False,
            "made_at": now,
        }
        for login, role in LEADERS.items()
    ]
    conn.execute(people.insert(), rows)
    return {row.login: row.id for row in conn.execute(select(people.c.login, people.c.id))}


def values(code: str, opened_at: datetime, **columns: Any) -> dict[str, Any]:
    """A ticket's columns with the deadlines the office gives it."""
    return {
        "code": code,
        "kind": "feedback",
        "channel": "hotline",
        "caller_raw": "",
        "caller_number": "+84912345678",
        "state": "new",
        "opened_at": opened_at,
        "notice_due_at": OFFICE.add_days(opened_at, SETTINGS.complaint.notice_days),
        "answer_due_at": OFFICE.add_days(opened_at, SETTINGS.complaint.answer_days),
        "version": 1,
        "events": 0,
        "head_hash": history.FIRST,
        **columns,
    }


def file_ticket(conn: Connection, code: str, opened_at: datetime, **columns: Any) -> Ticket:
    """Write a ticket into the database as it stands."""
    wanted = values(code, opened_at, **columns)
    number = conn.execute(tickets.insert().values(**wanted).returning(tickets.c.id)).scalar_one()
    return of_id(conn, number)


def file_many(conn: Connection, codes: Iterable[int], opened_at: datetime, **columns: Any) -> None:
    """Write many tickets of one moment into the database."""
    conn.execute(tickets.insert(), [values(f"{code:06d}", opened_at, **columns) for code in codes])


def told(database: Database) -> list[tuple[str, str | None, str]]:
    """Recipient, channel and state of everything in the outbox, oldest first."""
    columns = (deliveries.c.recipient, deliveries.c.channel, deliveries.c.state)
    with database.reading() as conn:
        return [tuple(row) for row in conn.execute(select(*columns).order_by(deliveries.c.id))]


def matters(database: Database, **where: Any) -> list[Any]:
    """Rows of `escalations`, oldest first, with the given values."""
    conditions = [escalations.c[name] == value for name, value in where.items()]
    with database.reading() as conn:
        return list(conn.execute(select(escalations).where(*conditions).order_by(escalations.c.id)))
