"""Tells the leader of the team that the part for last week's report was not handed in (001-16)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection, update

from logbook.accounts import accounts
from logbook.accounts.rights import Act, may
from logbook.database.tables import deliveries as table
from logbook.duty import reminders, team
from logbook.outbox import deliveries
from logbook.settings.loading import Settings

DELIVERY = "team_part"
"""The kind of a delivery that asks for the team's part; it belongs to no escalation."""


def leaders(conn: Connection, settings: Settings, now: datetime) -> list[str]:
    """Return who of `duty.people` leads the team, by the account they have: only they hand its part in."""
    lead = (one.login for one in accounts.listed(conn, now) if may(one, Act.WRITE_TEAM_PART))
    found = (settings.duty.of_login(login) for login in lead)
    return [person.id for person in found if person is not None]


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
        if (channel := reminders.way(settings, person)) is not None
    ]
    return sum(one is not None for one in new)


def cancel(conn: Connection, now: datetime) -> None:
    """The part has come: whatever still waits to ask for it is not sent."""
    ended = {"state": "cancelled", "due_at": None, "ended_at": now, "result": "overtaken"}
    conn.execute(update(table).where(table.c.kind == DELIVERY, table.c.state == "due").values(**ended))
