"""Writes a webhook's deliveries from the history of the tickets, which is their outbox, and tries again.

An event that is committed is found and sent, whoever is killed in between. What goes out names a ticket and
its state, no words and no person; whoever may know more asks the API.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, and_, select, update

from logbook.clock import local
from logbook.database import samples
from logbook.database.tables import ticket_events, tickets
from logbook.database.tables import webhook_deliveries as table
from logbook.database.upsert import InsertInto, PerDatabase
from logbook.outbox import webhooks
from logbook.outbox.webhooks import Webhook, WebhookDelivery
from logbook.plain_text import plain_text
from logbook.sending.claims import tried_for, wait_after
from logbook.settings.loading import Settings
from logbook.tickets.visibility import visible_outside

LOOK_BACK = timedelta(days=2)
"""How far back events are looked for that have no delivery yet, should a clock be set back (F-13)."""
AT_ONCE = 500
MOVED, OPENED, WITHDRAWN = "ticket.moved", "ticket.opened", "ticket.withdrawn"


@dataclass(frozen=True, slots=True)
class Untold:
    """An event that has no delivery yet; `withdrawn`: its ticket is not for other systems any more."""

    event: Any
    code: str
    kind: str
    withdrawn: bool


def _put(insert: InsertInto) -> Any:
    keys = [table.c.webhook_id, table.c.ticket_id, table.c.number]
    return insert(table).on_conflict_do_nothing(index_elements=keys)


_PUT = PerDatabase(_put)


def spread(conn: Connection, webhook: Webhook, settings: Settings) -> int:
    """Write a delivery for each event that has none yet; return how many were written."""
    rows = _untold(conn, webhook)
    for row in rows:
        event = row.event
        if row.withdrawn:
            webhooks.cancel(
                conn, and_(table.c.webhook_id == webhook.id, table.c.ticket_id == event.ticket_id)
            )
        values = {
            "webhook_id": webhook.id,
            "ticket_id": event.ticket_id,
            "number": event.number,
            "message_id": f"msg_{webhook.id}_{event.ticket_id}_{event.number}",
            "body": _body(row, settings),
            "made_at": event.at,
            "due_at": event.at,
            "state": "due",
            "attempts": 0,
        }
        conn.execute(_PUT.on(conn), values)
    return len(rows)


def any_untold(conn: Connection, webhook: Webhook) -> bool:
    """Whether `spread` would write something; needs no write lock."""
    return bool(_untold(conn, webhook, 1))


def _untold(conn: Connection, webhook: Webhook, limit: int = AT_ONCE) -> list[Untold]:
    """Return events without a delivery: moves of visible tickets, and one for a ticket that is no more.

    Plain look-ups by key, joined here: the history may hold ten thousand events that are all new.
    """
    found: list[Untold] = []
    closed_off: set[int] = set()
    for events in _by_tickets(_events(conn, webhook)):
        ids = list({event.ticket_id for event in events})
        told = _told(conn, webhook, ids)
        heads = {row.id: row for row in conn.execute(_heads(ids))}
        found += _of_tickets(events, heads, told, closed_off)
        if len(found) >= limit:
            break
    return found[:limit]


def _events(conn: Connection, webhook: Webhook) -> Sequence[Any]:
    newest = select(table.c.made_at).where(table.c.webhook_id == webhook.id).order_by(table.c.id.desc())
    last = conn.execute(newest.limit(1)).scalar()
    since = webhook.made_at if last is None else max(webhook.made_at, last - LOOK_BACK)
    event = ticket_events.c
    query = select(event.ticket_id, event.number, event.at, event.from_state, event.to_state)
    return conn.execute(
        query.where(event.at >= since).order_by(event.at, event.ticket_id, event.number)
    ).all()


def _by_tickets(events: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Cut events into parts that a look-up by key may name."""
    for begin in range(0, len(events), AT_ONCE):
        yield events[begin : begin + AT_ONCE]


def _told(conn: Connection, webhook: Webhook, ids: Collection[int]) -> dict[tuple[int, int], bool]:
    """Return which events of these tickets have a delivery, and whether it said that one is withdrawn."""
    query = select(table.c.ticket_id, table.c.number, table.c.body.like(f'%"{WITHDRAWN}"%'))
    rows = conn.execute(query.where(table.c.webhook_id == webhook.id, table.c.ticket_id.in_(ids)))
    return {(ticket_id, number): withdrawn for ticket_id, number, withdrawn in rows}


def _heads(ids: Collection[int]) -> Select[Any]:
    columns = (tickets.c.id, tickets.c.code, tickets.c.kind, visible_outside().label("visible"))
    return select(*columns).where(tickets.c.id.in_(ids), samples.is_real("tickets", tickets.c.id))


def _of_tickets(
    events: Sequence[Any],
    heads: Mapping[int, Any],
    told: Mapping[tuple[int, int], bool],
    closed_off: set[int],
) -> Iterator[Untold]:
    known = {ticket_id for ticket_id, _ in told}
    closed_off |= {ticket_id for (ticket_id, _), withdrawn in told.items() if withdrawn}
    for event in events:
        head = heads.get(event.ticket_id)
        if head is None or (event.ticket_id, event.number) in told:
            continue
        if head.visible and event.from_state != event.to_state:
            yield Untold(event, head.code, head.kind, withdrawn=False)
        if not head.visible and event.ticket_id in known - closed_off:
            closed_off.add(event.ticket_id)
            yield Untold(event, head.code, head.kind, withdrawn=True)


def _body(row: Untold, settings: Settings) -> str:
    data: dict[str, object] = {"service_request_id": row.code}
    kind, event = WITHDRAWN, row.event
    if not row.withdrawn:
        kind = OPENED if event.from_state is None else MOVED
        data |= {
            "status": "closed" if event.to_state == "closed" else "open",
            "status_notes": event.to_state,
            "previous": event.from_state,
            "service_code": row.kind,
            "url": f"{settings.public_url}/api/v1/tickets/{row.code}",
        }
    if settings.is_trial:
        data["trial"] = True
    moment = local(event.at).isoformat(timespec="seconds")
    message = {"type": kind, "timestamp": moment, "sequence": event.number, "data": data}
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


def not_arrived(
    conn: Connection, row: WebhookDelivery, status: int | None, why: str, now: datetime, hours: int
) -> None:
    """Record that a receiver did not take an event: it is sent again later, or given up after `hours`."""
    tries = row.attempts + 1
    values: dict[str, Any] = {"attempts": tries, "status": status, "last_error": plain_text(why, 200)}
    given_up = tried_for(tries) >= timedelta(hours=hours)
    values |= {"state": "failed", "due_at": None} if given_up else {"due_at": now + wait_after(tries)}
    conn.execute(update(table).where(*webhooks.ours(row)).values(**values))
