"""Delivery receipts of text messages: taken over by the carrier is not yet delivered (R15)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from logbook.database.tables import deliveries as table
from logbook.database.tables import escalations
from logbook.ids import DeliveryId
from logbook.outbox import deliveries, state_machine
from logbook.outbox.deliveries import AWAITED, Delivery
from logbook.outbox.state_machine import DeliveryEvent
from logbook.plain_text import plain_text
from logbook.sending import citizen_calls, claims, outcomes
from logbook.settings.channels import kind_of, with_receipts
from logbook.settings.loading import Settings

DELIVERED, UNDELIVERED, UNCONFIRMED = "delivered", "undelivered", "unconfirmed"
_WORDS: Mapping[str, str] = {
    **dict.fromkeys(("delivered", "read"), DELIVERED),
    **dict.fromkeys(("undelivered", "failed", "canceled"), UNDELIVERED),
}
"""The provider's words after which nothing more comes (Message status); all others are on the way there."""


def hear(
    conn: Connection,
    delivery_id: DeliveryId,
    attempt: int,
    sid: str,
    status: str,
    settings: Settings,
    now: datetime,
    error: str = "",
) -> bool:
    """Record a receipt for a text; False when it changes nothing: late, repeated, of another attempt.

    The first word that is final stays. A text that did not arrive takes the next way: a citizen is called,
    the ladder of an official's escalation goes on at once.
    """
    row = _locked(conn, delivery_id, attempt, sid)
    if row is None:
        return False
    if row.state in ("sending", "unsure"):
        claims.receipt_came(conn, row, sid, now)
        row = _locked(conn, delivery_id, attempt, sid)
    word = _WORDS.get(status)
    if row is None or row.state != "sent" or word is None or row.receipt in (DELIVERED, UNDELIVERED):
        return False
    values: dict[str, Any] = {"receipt": word, "receipt_at": now, "result": word}
    conn.execute(table.update().where(table.c.id == row.id).values(**values))
    if word == UNDELIVERED:
        failed = plain_text(error, 500) or None
        state_machine.apply(conn, DeliveryEvent.NOT_DELIVERED, row, last_error=failed)
    outcomes.write_into_history(conn, row, "told" if word == DELIVERED else word, now)
    if word == UNDELIVERED:
        citizen_calls.instead_of_text(conn, row, settings, now)
        _go_on(conn, row, now)
    return True


def awaited(conn: Connection, before: datetime, limit: int) -> list[Delivery]:
    """Return texts handed over before then without a receipt, the oldest first."""
    query = select(table).where(
        table.c.channel.in_(with_receipts()),
        table.c.receipt == AWAITED,
        table.c.state == "sent",
        table.c.sent_at < before,
    )
    return [Delivery(*row) for row in conn.execute(query.order_by(table.c.sent_at, table.c.id).limit(limit))]


def not_confirmed(conn: Connection, row: Delivery, now: datetime) -> bool:
    """Give up waiting for a receipt: the outbox page lists the text; a late receipt still counts."""
    still = (table.c.id == row.id, table.c.receipt == AWAITED, table.c.state == "sent")
    values = {"receipt": UNCONFIRMED, "receipt_at": now, "result": UNCONFIRMED}
    return conn.execute(table.update().where(*still).values(**values)).rowcount == 1


def _locked(conn: Connection, delivery_id: DeliveryId, attempt: int, sid: str) -> Delivery | None:
    found = deliveries.of_id(conn, delivery_id)
    if found is None or not kind_of(found.channel or "").has_receipts or found.attempts != attempt:
        return None
    outcomes.lock_case(conn, found)
    row = conn.execute(select(table).where(table.c.id == delivery_id).with_for_update()).first()
    ours = row is not None and row.attempts == attempt and row.provider_sid in (None, sid)
    return Delivery(*row) if row is not None and ours else None


def _go_on(conn: Connection, row: Delivery, now: datetime) -> None:
    """An escalation sent by this text alone reached nobody yet, and its next step is due at once."""
    escalation = escalations.c.id == row.escalation_id
    details = (escalation, escalations.c.first_sent_at == row.sent_at)
    conn.execute(escalations.update().where(*details).values(first_sent_at=None))
    waiting = (escalation, escalations.c.settled_at.is_(None), escalations.c.next_at > now)
    conn.execute(escalations.update().where(*waiting).values(next_at=now))


def seal(secret: str, delivery_id: DeliveryId) -> str:
    """Return the part of a gateway's callback address that cannot be guessed: the gateway signs nothing."""
    return hmac.new(secret.encode(), f"text-receipt:{delivery_id}".encode(), hashlib.sha256).hexdigest()[:40]


def gateway_status(answer: Mapping[str, Any]) -> str:
    """Return what eSMS's counts and codes mean, in the provider's words for a message.

    SendSuccess and SendFailed count telephones; SendStatus 4 is a refusal, all others are on the way.
    """
    if str(answer.get("SendSuccess") or "0") != "0":
        return DELIVERED
    failed = str(answer.get("SendFailed") or "0") != "0" or str(answer.get("SendStatus")) == "4"
    return UNDELIVERED if failed else "sent"


def hear_gateway(
    conn: Connection, delivery_id: DeliveryId, answer: Mapping[str, Any], settings: Settings, now: datetime
) -> bool:
    """Record a gateway's word for a text, whichever of its tries it names: it was taken once (`hear`)."""
    row = deliveries.of_id(conn, delivery_id)
    if row is None:
        return False
    sid = row.provider_sid or plain_text(str(answer.get("SMSID", "")), 64)
    error = plain_text(str(answer.get("error_info", "")), 200)
    return hear(conn, delivery_id, row.attempts, sid, gateway_status(answer), settings, now, error)
