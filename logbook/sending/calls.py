"""Outgoing calls of the outbox: whose telephone rings, what one call brings, which fell silent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, and_, exists, or_, select

from logbook.calls import legs
from logbook.database.tables import deliveries as table
from logbook.outbox import escalations, state_machine
from logbook.outbox.deliveries import CALL, CITIZEN, CallResult, Delivery
from logbook.outbox.state_machine import DeliveryEvent
from logbook.sending import outcomes

LINE_BUSY = timedelta(seconds=30)
"""How long a second call waits while the same telephone is being called."""
NOT_HEARD = ("no_answer", "busy", "failed", "answered", "not_them")
"""Results of a citizen's call after which the news was not heard."""
BY_TELEPHONE = ("key", "handed_on")
"""How an escalation is settled by a pressed key."""


def another_call(conn: Connection, row: Delivery, to: str, since: datetime) -> bool:
    """Whether the telephone `to` is being called at this moment, by a call begun after `since`."""
    under_way = and_(
        table.c.id != row.id,
        table.c.number == to,
        state_machine.call_goes_on(),
        table.c.claimed_at > since,
    )
    return bool(conn.execute(select(exists().where(under_way))).scalar())


def to_join(conn: Connection, row: Delivery, now: datetime) -> list[Delivery]:
    """Return the other calls due to an official whose telephone rings for `row`: it brings everything.

    Otherwise ten escalations would ring a telephone nobody answers ten times in a row. Those that wait for
    the line to be free are among them. Results of cases wait for no key and have a call of their own.
    """
    if row.channel != CALL or row.recipient == CITIZEN or row.escalation_id is None:
        return []
    same = (
        table.c.recipient == row.recipient,
        table.c.channel == CALL,
        table.c.id != row.id,
        table.c.escalation_id.is_not(None),
    )
    waiting = (table.c.state == "due", table.c.due_at <= now + LINE_BUSY, table.c.made_at <= row.claimed_at)
    return _rows(conn, select(table).where(*same, *waiting).order_by(table.c.id))


def join(conn: Connection, other: Delivery, now: datetime) -> bool:
    """Cancel one of those: the call that rings covers its escalation; False when it is not due any more.

    One transaction each, so that nobody waits who locks several tickets in another order.
    """
    outcomes.lock_case(conn, other)
    joined = state_machine.apply(conn, DeliveryEvent.NOT_NEEDED, other, ended_at=now, result="joined")
    if joined:
        outcomes.mark_first_sent(conn, other, now)
    return bool(joined)


def silent_calls(conn: Connection, before: datetime, limit: int) -> list[Delivery]:
    """Return calls placed before `before` whose end was never reported."""
    query = select(table).where(
        table.c.channel == CALL,
        table.c.state == "sent",
        table.c.ended_at.is_(None),
        table.c.claimed_at < before,
    )
    return _rows(conn, query.order_by(table.c.claimed_at, table.c.id).limit(limit))


def over(conn: Connection, row: Delivery, result: CallResult, now: datetime) -> bool:
    """Record what became of a call; False when it was recorded before.

    A call that was picked up is `acknowledged` only when its own escalation was settled by a key of the very
    official it was placed to (F-25). It is lost when it rang somebody else and nobody can say how that ended.
    """
    if result == "answered" and _settled_by_key(conn, row):
        result = "acknowledged"
    elif result == "answered" and legs.is_left_open(conn, row.provider_sid):
        result = "lost"
    return outcomes.call_ended(conn, row, result, now)


def _settled_by_key(conn: Connection, row: Delivery) -> bool:
    escalation = None if row.escalation_id is None else escalations.of_id(conn, row.escalation_id)
    return (
        escalation is not None
        and escalation.settled_how in BY_TELEPHONE
        and escalation.settled_who == row.recipient
    )


def unheard(conn: Connection, since: datetime, limit: int) -> list[Delivery]:
    """Return citizens' calls that ended since `since`, neither heard, nor followed by another, nor given up.

    The newest come first: what needs no call any more stays among them, and must not hide what does.
    """
    next_one = table.alias()
    query = select(table).where(
        table.c.recipient == CITIZEN,
        table.c.channel == CALL,
        table.c.ended_at >= since,
        or_(and_(table.c.state == "sent", table.c.result.in_(NOT_HEARD)), table.c.result == "unclear"),
        ~exists().where(next_one.c.instead_of == table.c.id),
    )
    return _rows(conn, query.order_by(table.c.ended_at.desc(), table.c.id.desc()).limit(limit))


def not_reached(conn: Connection, row: Delivery) -> None:
    """Give up news that nobody heard in all its calls: the outbox page lists it as undelivered."""
    state_machine.apply(conn, DeliveryEvent.NOT_DELIVERED, row)


def _rows(conn: Connection, query: Select[Any]) -> list[Delivery]:
    return [Delivery(*row) for row in conn.execute(query)]
