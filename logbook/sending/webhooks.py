"""Webhooks out: other systems hear when a ticket changes its state (Standard Webhooks).

The history of the tickets is the outbox: an event that is committed is found and sent, whoever is killed in
between. What goes out names a ticket and its state, no words and no person; whoever may know more asks the
API. Events of one ticket leave in their order: a later one waits until the earlier one arrived or was given
up. A receiver may get one twice and knows it by its id.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, or_, select, update

from logbook.clock import local
from logbook.database import samples
from logbook.database.tables import ticket_events, tickets, webhooks
from logbook.database.tables import webhook_deliveries as table
from logbook.database.upsert import InsertInto, PerDatabase
from logbook.plain_text import plain_text
from logbook.process import outside_addresses
from logbook.sending.claims import tried_for, wait_after
from logbook.settings.loading import Settings
from logbook.tickets.visibility import visible_outside

LOOK_BACK = timedelta(days=2)
"""How far back events are looked for that have no delivery yet, should a clock be set back (F-13)."""
KEPT = timedelta(days=90)
"""How long ended deliveries stay on their page."""
AT_ONCE = 500
MOVED, OPENED, WITHDRAWN = "ticket.moved", "ticket.opened", "ticket.withdrawn"


class WebhookRefusedError(Exception):
    """It cannot be made; the message is the key of a sentence."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """One address that hears of moved tickets."""

    id: int
    name: str
    url: str
    salt: str
    made_by: str
    made_at: datetime
    stopped_at: datetime | None


@dataclass(frozen=True, slots=True)
class WebhookDelivery:
    """One event for one webhook; `status` is what the receiver answered last."""

    id: int
    webhook_id: int
    ticket_id: int
    number: int
    message_id: str
    body: str
    made_at: datetime
    due_at: datetime | None
    state: str
    attempts: int
    status: int | None
    last_error: str | None
    sent_at: datetime | None


def make(
    conn: Connection, name: str, url: str, by: str, now: datetime, inner_hosts: Collection[str]
) -> Webhook:
    """Make a webhook (WebhookRefusedError, outside_addresses.AddressRefusedError)."""
    name, url = plain_text(name, 128).strip(), url.strip()
    if not name:
        raise WebhookRefusedError("api_refused_name")
    outside_addresses.read(url, inner_hosts)
    values = {
        "name": name,
        "url": url,
        "salt": secrets.token_hex(32),
        "made_by": plain_text(by, 128),
        "made_at": now,
    }
    return Webhook(*conn.execute(webhooks.insert().values(**values).returning(*webhooks.c)).one())


def stop(conn: Connection, webhook_id: int, now: datetime) -> bool:
    """Stop a webhook; what still waits is not sent. False when it does not run."""
    running = (webhooks.c.id == webhook_id, webhooks.c.stopped_at.is_(None))
    if conn.execute(update(webhooks).where(*running).values(stopped_at=now)).rowcount != 1:
        return False
    _cancel(conn, table.c.webhook_id == webhook_id)
    return True


def find(conn: Connection, webhook_id: int) -> Webhook | None:
    """Return one webhook."""
    row = conn.execute(select(webhooks).where(webhooks.c.id == webhook_id)).first()
    return None if row is None else Webhook(*row)


def listed(conn: Connection) -> list[Webhook]:
    """Return all webhooks, the newest first."""
    return [Webhook(*row) for row in conn.execute(select(webhooks).order_by(webhooks.c.id.desc()))]


def running(conn: Connection) -> list[Webhook]:
    """Return the webhooks that were not stopped."""
    return [one for one in listed(conn) if one.stopped_at is None]


def signing_key(secret: str, webhook: Webhook) -> bytes:
    """Return the key that signs what goes to a webhook; the database alone does not give it."""
    return hmac.new(secret.encode(), f"webhook:{webhook.salt}".encode(), hashlib.sha256).digest()


def shown_key(secret: str, webhook: Webhook) -> str:
    """Return the key as receivers enter it."""
    return "whsec_" + base64.b64encode(signing_key(secret, webhook)).decode()


def signature(key: bytes, message_id: str, at: datetime, body: str) -> dict[str, str]:
    """Return the headers of one message (Standard Webhooks 1.0, symmetric): id, time of the try, seal."""
    stamp = str(int(at.timestamp()))
    seal = hmac.new(key, f"{message_id}.{stamp}.{body}".encode(), hashlib.sha256).digest()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(seal).decode()}",
    }


def _put(insert: InsertInto) -> Any:
    keys = [table.c.webhook_id, table.c.ticket_id, table.c.number]
    return insert(table).on_conflict_do_nothing(index_elements=keys)


_PUT = PerDatabase(_put)


def spread(conn: Connection, webhook: Webhook, settings: Settings) -> int:
    """Write a delivery for each event that has none yet; return how many were written."""
    rows = _untold(conn, webhook)
    for row in rows:
        if row.withdrawn:
            _cancel(conn, and_(table.c.webhook_id == webhook.id, table.c.ticket_id == row.ticket_id))
        values = {
            "webhook_id": webhook.id,
            "ticket_id": row.ticket_id,
            "number": row.number,
            "message_id": f"msg_{webhook.id}_{row.ticket_id}_{row.number}",
            "body": _body(row, settings),
            "made_at": row.at,
            "due_at": row.at,
            "state": "due",
            "attempts": 0,
        }
        conn.execute(_PUT.on(conn), values)
    return len(rows)


def any_untold(conn: Connection, webhook: Webhook) -> bool:
    """Whether `spread` would write something; needs no write lock."""
    return bool(_untold(conn, webhook, 1))


def _untold(conn: Connection, webhook: Webhook, limit: int = AT_ONCE) -> Sequence[Any]:
    """Return events without a delivery: moves of visible tickets, and one for a ticket that is no more."""
    event, mine = ticket_events, table.c.webhook_id == webhook.id
    newest = conn.execute(select(func.max(table.c.made_at)).where(mine)).scalar()
    since = webhook.made_at if newest is None else max(webhook.made_at, newest - LOOK_BACK)
    of_ticket = and_(mine, table.c.ticket_id == event.c.ticket_id)
    told = exists().where(of_ticket, table.c.number == event.c.number)
    known = exists().where(of_ticket, table.c.body.not_like(f'%"{WITHDRAWN}"%'))
    closed_off = exists().where(of_ticket, table.c.body.like(f'%"{WITHDRAWN}"%'))
    moved = or_(event.c.from_state.is_(None), event.c.from_state != event.c.to_state)
    withdrawn = (~visible_outside()).label("withdrawn")
    wanted = or_(and_(visible_outside(), moved), and_(~visible_outside(), known, ~closed_off))
    query = (
        select(event.c.ticket_id, event.c.number, event.c.at, event.c.from_state, event.c.to_state)
        .add_columns(tickets.c.code, tickets.c.kind, withdrawn)
        .join_from(event, tickets, tickets.c.id == event.c.ticket_id)
        .where(event.c.at >= since, ~told, wanted, samples.is_real("tickets", tickets.c.id))
        .order_by(event.c.at, event.c.ticket_id, event.c.number)
        .limit(limit)
    )
    return _once(conn.execute(query).all())


def _once(rows: Sequence[Any]) -> list[Any]:
    """Only the first event of a ticket that was closed off says so."""
    seen: set[int] = set()
    found = []
    for row in rows:
        if row.withdrawn and row.ticket_id in seen:
            continue
        seen.update([row.ticket_id] if row.withdrawn else [])
        found.append(row)
    return found


def _body(row: Any, settings: Settings) -> str:
    data: dict[str, object] = {"service_request_id": row.code}
    kind = WITHDRAWN
    if not row.withdrawn:
        kind = OPENED if row.from_state is None else MOVED
        data |= {
            "status": "closed" if row.to_state == "closed" else "open",
            "status_notes": row.to_state,
            "previous": row.from_state,
            "service_code": row.kind,
            "url": f"{settings.public_url}/api/v1/tickets/{row.code}",
        }
    if settings.is_trial:
        data["trial"] = True
    moment = local(row.at).isoformat(timespec="seconds")
    message = {"type": kind, "timestamp": moment, "sequence": row.number, "data": data}
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


def due(conn: Connection, webhook_id: int, now: datetime, limit: int) -> list[WebhookDelivery]:
    """Return what is to be sent now, at most one event a ticket: the earliest that did not arrive."""
    earlier = table.alias("earlier")
    waits = exists().where(
        earlier.c.webhook_id == table.c.webhook_id,
        earlier.c.ticket_id == table.c.ticket_id,
        earlier.c.number < table.c.number,
        earlier.c.state == "due",
    )
    query = select(table).where(
        table.c.webhook_id == webhook_id, table.c.state == "due", table.c.due_at <= now, ~waits
    )
    return [WebhookDelivery(*row) for row in conn.execute(query.order_by(table.c.id).limit(limit))]


def arrived(conn: Connection, row: WebhookDelivery, status: int, now: datetime) -> None:
    """Record that a receiver took an event."""
    values = {"state": "sent", "due_at": None, "sent_at": now, "status": status, "last_error": None}
    conn.execute(update(table).where(*_ours(row)).values(attempts=row.attempts + 1, **values))


def not_arrived(
    conn: Connection, row: WebhookDelivery, status: int | None, why: str, now: datetime, hours: int
) -> None:
    """Record that a receiver did not take an event: it is sent again later, or given up after `hours`."""
    tries = row.attempts + 1
    values: dict[str, Any] = {"attempts": tries, "status": status, "last_error": plain_text(why, 200)}
    given_up = tried_for(tries) >= timedelta(hours=hours)
    values |= {"state": "failed", "due_at": None} if given_up else {"due_at": now + wait_after(tries)}
    conn.execute(update(table).where(*_ours(row)).values(**values))


def forget(conn: Connection, now: datetime) -> int:
    """Delete deliveries that ended long ago; return how many."""
    old = (table.c.state != "due", table.c.made_at < now - KEPT)
    return conn.execute(delete(table).where(*old)).rowcount


def page(conn: Connection, webhook_id: int, limit: int, before: int | None = None) -> list[WebhookDelivery]:
    """Return deliveries of a webhook, the newest first; `before` is the id of the last one shown."""
    query = select(table).where(table.c.webhook_id == webhook_id).order_by(table.c.id.desc()).limit(limit)
    rows = conn.execute(query if before is None else query.where(table.c.id < before))
    return [WebhookDelivery(*row) for row in rows]


def counts(conn: Connection) -> dict[int, dict[str, int]]:
    """Return how many deliveries of each webhook are in each state."""
    query = select(table.c.webhook_id, table.c.state, func.count()).group_by(
        table.c.webhook_id, table.c.state
    )
    found: dict[int, dict[str, int]] = {}
    for webhook_id, state, many in conn.execute(query):
        found.setdefault(webhook_id, {})[state] = many
    return found


def _ours(row: WebhookDelivery) -> tuple[ColumnElement[bool], ...]:
    return table.c.id == row.id, table.c.state == "due", table.c.attempts == row.attempts


def _cancel(conn: Connection, which: ColumnElement[bool]) -> None:
    conn.execute(update(table).where(which, table.c.state == "due").values(state="cancelled", due_at=None))
