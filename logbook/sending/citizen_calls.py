"""Ways that bring citizens a notification: a call after a text, what comes instead of one, and retries."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from logbook.calendar.working_time import WorkingTime
from logbook.database.tables import deliveries as table
from logbook.ids import TicketId
from logbook.outbox import deliveries, state_machine
from logbook.outbox.deliveries import CALL, CITIZEN, SMS, Delivery
from logbook.outbox.state_machine import DeliveryEvent
from logbook.sending import decision, outcomes
from logbook.sending.decision import ANSWERED
from logbook.sending.gateways import ways
from logbook.settings.loading import Settings
from logbook.tickets import satisfaction

_BY_TEXT = ":sms"
"""Ends the key of a text that takes the place of a message of Zalo."""


def may_replace(row: Delivery, settings: Settings) -> bool:
    """Whether a citizen's text can give way to another way."""
    return ways.next_way(row, settings) is not None


def after_text(conn: Connection, row: Delivery, now: datetime) -> None:
    """Write the call that follows a text, once: an answer is always read aloud as well."""
    _put(conn, row, f"{row.key}:call", {}, now)


def instead_of_text(conn: Connection, row: Delivery, settings: Settings, now: datetime) -> None:
    """Write the next way to a citizen whom a text could not reach; nothing for anybody else's row (F-07).

    A message of Zalo gives way to a text, a text to a call; each comes once, whatever fails how often.
    """
    way = ways.next_way(row, settings)
    if way is not None:
        key = f"{row.key.removesuffix(_BY_TEXT)}{_BY_TEXT if way == SMS else ':call'}"
        _put(conn, row, key, {}, now, channel=way, instead_of=row.id)


def had_all(row: Delivery, settings: Settings) -> bool:
    """Whether a piece of news was called about often enough, or is not to be called about (again)."""
    tried = _number(row) >= settings.citizens.call_tries
    return tried or not settings.citizens.calls or row.result == "not_them"


def heard_answer(conn: Connection, ticket_id: TicketId, answer: int, now: datetime) -> None:
    """Note that an answer was read aloud, by its number in the history: no call of ours has to bring it.

    One that was written anew while it was read is still to be brought.
    """
    if satisfaction.newest_answer(conn, ticket_id) == answer:
        heard_calling_in(conn, ticket_id, now, answer=True)


def heard_calling_in(conn: Connection, ticket_id: TicketId, now: datetime, *, answer: bool = False) -> None:
    """Note that whoever is on the line has heard the newest news of a ticket: no call has to bring it.

    An answer counts only when it was read aloud (`answer`), not when it was merely said to be there.
    """
    query = select(table).where(
        table.c.ticket_id == ticket_id, table.c.recipient == CITIZEN, table.c.state != "cancelled"
    )
    found = conn.execute(query.order_by(table.c.id.desc()).limit(1)).first()
    row = None if found is None else Delivery(*found)
    if row is None or row.result in ("told", "accepted", "delivered") or (row.kind == ANSWERED) is not answer:
        return
    outcomes.lock_case(conn, row)
    deliveries.cancel(conn, now, ticket_id=ticket_id, recipient=CITIZEN)
    if not _put(conn, row, f"{row.key}:heard", {}, now, instead_of=row.id):
        return
    heard = table.c.key == f"{row.key}:heard"
    state_machine.apply(conn, DeliveryEvent.HEARD_OTHERWISE, None, heard, ended_at=now, result="told")
    outcomes.write_into_history(conn, replace(row, channel=CALL), "told", now)


def once_more(
    conn: Connection, row: Delivery, settings: Settings, office: WorkingTime, now: datetime
) -> bool:
    """Write the next call for news that nobody heard, some working minutes after the last; False: no need.

    Locks the ticket, as whoever calls in does: the row may have been followed by something meanwhile.
    """
    outcomes.lock_case(conn, row)
    if conn.execute(select(table.c.id).where(table.c.instead_of == row.id).limit(1)).first() is not None:
        return False
    if had_all(row, settings) or decision.why_not(conn, row, settings) is not None:
        return False
    wait = timedelta(minutes=settings.citizens.call_again_minutes)
    due_at = max(office.add(row.ended_at or now, wait), now)
    number = str(_number(row) + 1)
    first = row.param("first") or row.key
    params = {"first": first, "try": number}
    return _put(conn, row, f"{first}:{number}", params, now, instead_of=row.id, due_at=due_at)


def _put(
    conn: Connection,
    row: Delivery,
    key: str,
    params: dict[str, str],
    now: datetime,
    *,
    channel: str = CALL,
    instead_of: int | None = None,
    due_at: datetime | None = None,
) -> bool:
    made = deliveries.put(
        conn,
        key=key,
        kind=row.kind,
        recipient=CITIZEN,
        channel=channel,
        number=row.number,
        ticket_id=row.ticket_id,
        params={**row.all_params(), "news": decision.news_of(row), **params},
        instead_of=instead_of,
        due_at=due_at,
        now=now,
    )
    return made is not None


def _number(row: Delivery) -> int:
    """Which call for its news a row is, from 1."""
    text = row.param("try")
    return int(text) if text.isascii() and text.isdecimal() else 1
