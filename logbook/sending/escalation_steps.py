"""Reads due escalations and writes their next step, for the scheduler's job."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Connection, Integer, Select, and_, bindparam, exists, or_, select, update

from logbook.calendar.current import FRESH_SECONDS
from logbook.database.samples import is_real
from logbook.database.tables import deliveries
from logbook.database.tables import escalations as table
from logbook.guests import mail_of
from logbook.ids import EscalationId
from logbook.outbox import escalation_policy, escalations
from logbook.outbox.escalation_policy import ConflictOfInterest
from logbook.outbox.escalations import Escalation
from logbook.sending import limits
from logbook.settings.channels import kind_of
from logbook.settings.loading import Settings
from logbook.settings.notifications import EscalationStep, OfficialPart

CALENDAR_KNOWN = timedelta(seconds=FRESH_SECONDS + 3)
"""After so long every process knows what was changed in the calendar."""


def due(
    conn: Connection, now: datetime, limit: int, after: tuple[datetime, int] | None = None
) -> list[tuple[datetime, int]]:
    """Return moment and id of the rows whose step is due, the oldest first; those `after` one (keyset)."""
    bounds: dict[str, object] = {"now": now, "most": limit}
    if after is not None:
        bounds |= {"at": after[0], "number": after[1]}
    return [(row.next_at, row.id) for row in conn.execute(_due(after is not None), bounds)]


@cache
def _due(goes_on: bool) -> Select[tuple[datetime, int]]:
    """The question of every tick, put together once: the first rows, or those after one."""
    real = (is_real("escalations", table.c.id), is_real("tickets", table.c.ticket_id))
    query = select(table.c.next_at, table.c.id).where(table.c.next_at <= bindparam("now"), *real)
    if goes_on:
        at = bindparam("at", type_=table.c.next_at.type)
        same = and_(table.c.next_at == at, table.c.id > bindparam("number"))
        query = query.where(or_(table.c.next_at > at, same))
    return query.order_by(table.c.next_at, table.c.id).limit(bindparam("most", type_=Integer))


def locked(conn: Connection, escalation_id: EscalationId) -> Escalation | None:
    """Return an unsettled row that nobody else moves before this transaction ends, its ticket neither."""
    query = select(table).where(table.c.id == escalation_id, table.c.next_at.is_not(None))
    ticket_id = conn.execute(query.with_only_columns(table.c.ticket_id)).scalar()
    escalations.lock_ticket(conn, ticket_id)
    row = conn.execute(query.with_for_update()).first()
    return None if row is None else Escalation(*row)


def advance(conn: Connection, row: Escalation, stands: Escalation) -> bool:
    """Write where a ladder stands after `row`; False when the row is no longer what it was."""
    names = ("step", "tries", "cycle", "next_at")
    return escalations.change(conn, row, **{name: getattr(stands, name) for name in names})


def hears(
    settings: Settings, row: Escalation, step: EscalationStep, away: ConflictOfInterest
) -> OfficialPart | None:
    """Return who gets this step: nobody by a channel not set up, and never the subject."""
    official = settings.notifications.official(step.official)
    if official is None or not escalations.hears(official, row, away):
        return None
    if not set_up(settings, official, step.channel):
        return None
    # In a trial each step that is no guest's is recorded once as not sent, and skipped from then on.
    return official if row.cycle == 0 or _is_guest(settings, official, step.channel) else None


def set_up(settings: Settings, official: OfficialPart, channel: str) -> bool:
    """Whether a step by `channel` can be sent: by telephone to a number that takes it, else to an address."""
    if kind_of(channel).by_number:
        return limits.reached(official.number, channel, settings) is not None
    return settings.channel_address(official.id, channel) is not None


def _is_guest(settings: Settings, official: OfficialPart, channel: str) -> bool:
    guests = settings.guests
    if kind_of(channel).by_number:
        return guests.number(official.number)
    address = settings.channel_address(official.id, channel) or ""
    return guests.channel(official.id, channel, mail_of(address))


def unheard(conn: Connection, settings: Settings, but: Collection[str]) -> bool:
    """Whether an escalation waits that nobody on its ladder may hear; not of the kinds in `but`.

    Such an escalation is back at the first step of its ladder and nobody was notified.
    """
    foot = and_(table.c.cycle > 0, table.c.step == 0, table.c.tries == 0)
    waits = and_(table.c.next_at.is_not(None), table.c.kind.not_in(but))
    for row in (Escalation(*one) for one in conn.execute(select(table).where(waits, foot))):
        away = escalation_policy.conflict_of_interest(conn, row.ticket_id)
        steps = escalation_policy.steps(settings.notifications, row.ladder)
        if not any(hears(settings, row, step, away) for step in steps):
            return True
    return False


def look_again(conn: Connection, now: datetime) -> None:
    """Re-read escalations that nobody was notified of yet: the calendar or the settings changed (000-13).

    Such a row waits for an hour that was worked out by them as they were.
    """
    soon = now + CALENDAR_KNOWN
    details = exists().where(deliveries.c.escalation_id == table.c.id)
    conn.execute(update(table).where(table.c.next_at > soon, ~details).values(next_at=soon))
