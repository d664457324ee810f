"""Ends a trial: what the trial held back is never sent when the office goes live (N2)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, select

from logbook.database import heartbeats
from logbook.database.tables import deliveries as table
from logbook.database.tables import heartbeats as heartbeats_table
from logbook.guests import NOT_SENT, mail_of
from logbook.outbox import deliveries, escalations, state_machine
from logbook.outbox.kinds import RETURNED_CALL
from logbook.outbox.state_machine import DeliveryEvent, DeliveryState
from logbook.sending import claims
from logbook.settings.channels import kind_of
from logbook.settings.loading import Settings

MARK = "trial"
"""The sign in the database that it has been in a trial since the last time it was live."""


def settle_mode(conn: Connection, settings: Settings, now: datetime) -> int:
    """Note a trial or, at the first start in production after one, end it; how many sends were ended.

    What waited to be sent or escalated then is over, recorded as not sent; tickets and promised calls
    stay, since those who brought them are real. Everything that happens later is sent as usual.
    """
    if settings.is_trial:
        heartbeats.beat(conn, MARK, now)
        return 0
    if (
        settings.is_demo
        or conn.execute(delete(heartbeats_table).where(heartbeats_table.c.name == MARK)).rowcount == 0
    ):
        return 0
    returned = select(table).where(table.c.kind == RETURNED_CALL, table.c.state == DeliveryState.DUE)
    calls = [deliveries.Delivery(*row) for row in conn.execute(returned)]
    for call in calls:
        claims.refuse(conn, call, NOT_SENT, now)
    everything = table.c.id.is_not(None)
    ended = len(calls) + state_machine.apply(
        conn, DeliveryEvent.NOT_ALLOWED, None, everything, ended_at=now, result=NOT_SENT
    )
    for escalation in escalations.unsettled(conn):
        escalations.acknowledge(conn, escalation.id, how="moot", who=NOT_SENT, now=now)
    return ended


def is_held_back(settings: Settings, row: deliveries.Delivery, to: str) -> bool:
    """Whether a delivery to a number or an address is held back because this is a trial."""
    guests = settings.guests
    if kind_of(row.channel or "").by_number:
        return not guests.number(to)
    return guests.limited and not guests.channel(row.recipient, row.channel or "", mail_of(to))
