"""Webhooks out: who is notified when a ticket changes its state, the signature, and what became of each try.

The scheme is that of Standard Webhooks 1.0. Events of one ticket leave in their order: a later one waits
until the earlier one arrived or was given up. A receiver may get one twice and knows it by its id.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, exists, func, select, update

from logbook.database.tables import webhook_deliveries as table
from logbook.database.tables import webhooks
from logbook.ids import TicketId
from logbook.plain_text import plain_text
from logbook.process import outside_addresses

KEPT = timedelta(days=90)
"""How long ended deliveries stay on their page."""


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
    ticket_id: TicketId
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
    cancel(conn, table.c.webhook_id == webhook_id)
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
    conn.execute(update(table).where(*ours(row)).values(attempts=row.attempts + 1, **values))


def forget(conn: Connection, now: datetime) -> int:
    """Delete deliveries that ended long ago; return how many."""
    old = (table.c.state != "due", table.c.made_at < now - KEPT)
    return conn.execute(delete(table).where(*old)).rowcount


def page(conn: Connection, webhook_id: int, limit: int, before: int | None = None) -> list[WebhookDelivery]:
    """Return deliveries of a webhook, the newest first; `before` is the id of the last one shown."""
    query = select(table).where(table.c.webhook_id == webhook_id).order_by(table.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(table.c.id < before)
    return [WebhookDelivery(*row) for row in conn.execute(query)]


def counts(conn: Connection) -> dict[int, dict[str, int]]:
    """Return how many deliveries of each webhook are in each state."""
    query = select(table.c.webhook_id, table.c.state, func.count()).group_by(
        table.c.webhook_id, table.c.state
    )
    found: dict[int, dict[str, int]] = {}
    for webhook_id, state, many in conn.execute(query):
        found.setdefault(webhook_id, {})[state] = many
    return found


def ours(row: WebhookDelivery) -> tuple[ColumnElement[bool], ...]:
    """Return the condition that a delivery still stands as it was read."""
    return table.c.id == row.id, table.c.state == "due", table.c.attempts == row.attempts


def cancel(conn: Connection, which: ColumnElement[bool]) -> None:
    """Send no more of what waits."""
    conn.execute(update(table).where(which, table.c.state == "due").values(state="cancelled", due_at=None))
