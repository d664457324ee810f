"""Tells the leader of the team that the part for last week's report was not handed in (001-16)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection, select

from logbook.accounts import accounts
from logbook.accounts.rights import Act, may
from logbook.database.tables import deliveries as table
from logbook.database.tables import officials
from logbook.duty import reminders, team
from logbook.outbox import deliveries, state_machine
from logbook.outbox.state_machine import DeliveryEvent
from logbook.settings.loading import Settings

DELIVERY = "team_part"
"""The kind of a delivery that asks for the team's part; it belongs to no escalation."""


def leaders(conn: Connection, settings: Settings, now: datetime) -> list[str]:
    """Return who leads the team, by the account they have: only they hand its part in.

    By their id in `duty.people`, or by their key in the register where they are not on the line.
    """
    lead = (one.login for one in accounts.listed(conn, now) if may(one, Act.WRITE_TEAM_PART))
    return [person for login in lead if (person := _person(conn, settings, login)) is not None]


def _person(conn: Connection, settings: Settings, login: str) -> str | None:
    on_line = settings.duty.of_login(login)
    if on_line is not None:
        return on_line.id
    return conn.execute(select(officials.c.key).where(officials.c.login == login)).scalar()


def put(conn: Connection, settings: Settings, week: str, first: date, last: date, now: datetime) -> int:
    """Write a message to each leader about the week named `week`, once; return how many.

    An office that had no team in that week is asked for nothing.
    """
    if not team.members(conn, first, last):
        return 0
    new = [
        deliveries.put(
            conn,
            key=f"{DELIVERY}:{week}:{person}",
            kind=DELIVERY,
            recipient=person,
            channel=channel,
            params={"first": f"{first:%d/%m/%Y}", "last": f"{last:%d/%m/%Y}"},
            now=now,
        )
        for person in leaders(conn, settings, now)
        if (channel := _way(conn, settings, person)) is not None
    ]
    return sum(one is not None for one in new)


def _way(conn: Connection, settings: Settings, person: str) -> str | None:
    return reminders.way(settings, person, reminders.number_of(conn, settings, person))


def cancel(conn: Connection, now: datetime) -> None:
    """The part has come: whatever still waits to ask for it is not sent."""
    ours = table.c.kind == DELIVERY
    state_machine.apply(conn, DeliveryEvent.NOT_NEEDED, None, ours, ended_at=now, result="overtaken")
