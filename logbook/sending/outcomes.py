"""Results of a delivery, and what each is written into."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, select

from logbook.database.tables import deliveries, escalations, tickets
from logbook.ids import DeliveryId
from logbook.outbox import returned_calls, state_machine
from logbook.outbox.deliveries import CALL, CITIZEN, CallResult, Delivery, of_id
from logbook.outbox.state_machine import DeliveryEvent
from logbook.plain_text import plain_text
from logbook.tickets import moves
from logbook.tickets.verbs.tell import TellCaller


def current_call(conn: Connection, delivery_id: DeliveryId, attempt: int) -> Delivery | None:
    """Return the row while the call of its `attempt`-th try is under way, locked; None when it is over.

    Late and repeated requests of an earlier attempt find nothing (T-02). What its end is written into is
    locked before it.
    """
    found = of_id(conn, delivery_id)
    if found is None:
        return None
    lock_case(conn, found)
    query = select(deliveries).where(
        deliveries.c.id == delivery_id, deliveries.c.attempts == attempt, state_machine.call_goes_on()
    )
    row = conn.execute(query.with_for_update()).first()
    return None if row is None else Delivery(*row)


def known_as(conn: Connection, row: Delivery, sid: str) -> None:
    """Record the provider's id of the call, whoever brings it first; it was placed, then."""
    placed = conn.execute(
        state_machine.happen(
            DeliveryEvent.CALL_NAMED,
            row,
            provider_sid=plain_text(sid, 64),
            sent_at=func.coalesce(deliveries.c.sent_at, deliveries.c.claimed_at),
        ).returning(deliveries.c.sent_at)
    ).first()
    if placed is not None:
        mark_first_sent(conn, row, placed.sent_at)


def call_ended(conn: Connection, row: Delivery, result: CallResult, now: datetime) -> bool:
    """Record what became of a call; False when it was recorded before.

    A call to a citizen goes into the ticket's history in the same transaction, whatever came of it.
    """
    lock_case(conn, row)
    sent_at = func.coalesce(deliveries.c.sent_at, deliveries.c.claimed_at)
    if not end(conn, DeliveryEvent.CALL_ENDED, row, result, now, sent_at=sent_at):
        return False
    write_into_history(conn, row, result, now)
    return True


def end(
    conn: Connection, event: DeliveryEvent, row: Delivery, result: str, now: datetime, **values: Any
) -> bool:
    """End a delivery by `event` with `result`; False when it is not ours to end any more.

    The end of a returned call is written into its callback in the same transaction.
    """
    returned_calls.lock(conn, row)
    done = state_machine.apply(conn, event, row, ended_at=now, result=result, **values) == 1
    if done:
        returned_calls.ended(conn, row, result, now)
    return done


def lock_case(conn: Connection, row: Delivery) -> None:
    """Lock what a result is written into besides its delivery, always before it: no deadlock.

    That is the ticket of a citizen's notification, the callback of a returned call, or the escalation of
    which no official was notified yet.
    """
    returned_calls.lock(conn, row)
    if row.recipient == CITIZEN:
        conn.execute(select(tickets.c.id).where(tickets.c.id == row.ticket_id).with_for_update())
    else:
        conn.execute(select(escalations.c.id).where(_not_yet_sent(row)).with_for_update(key_share=True))


def mark_first_sent(conn: Connection, row: Delivery, at: datetime) -> None:
    """Store when an escalation was first handed over to a channel, unless that is stored already (000-13).

    A row that waits in the outbox, or that the provider did not take, has notified nobody.
    """
    conn.execute(escalations.update().where(_not_yet_sent(row)).values(first_sent_at=at))


def write_into_history(conn: Connection, row: Delivery, result: str, now: datetime) -> None:
    """Write an attempt to reach a citizen into the ticket's history; nothing for anybody else's delivery."""
    if row.recipient != CITIZEN or row.ticket_id is None:
        return
    moves.apply(
        conn,
        row.ticket_id,
        TellCaller(what=row.kind, channel=row.channel or CALL, result=result),
        actor="line",
        now=now,
    )


def _not_yet_sent(row: Delivery) -> ColumnElement[bool]:
    return and_(escalations.c.id == row.escalation_id, escalations.c.first_sent_at.is_(None))
