"""What Zalo posts to our webhook: a message is on the telephone. It signs in a way of its own."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from logbook.ids import DeliveryId

DELIVERED = "user_received_message"
"""The event of its webhook that a message is on the telephone; there is none for a failure."""
_TRACKING = re.compile(r"tongdai-([0-9]{1,18})-([0-9]{1,9})", re.ASCII)


def tracking_id(delivery_id: DeliveryId, attempt: int) -> str:
    """Return what names one try of one delivery at Zalo."""
    return f"tongdai-{delivery_id}-{attempt}"


@dataclass(frozen=True, slots=True)
class ZaloReceipt:
    """A message is on the telephone: which delivery, which of its tries, Zalo's name for it."""

    delivery_id: DeliveryId
    attempt: int
    sid: str


def is_signed(body: bytes, signature: str, app_id: str, secret: str) -> bool:
    """Whether a request to our webhook comes from Zalo: SHA-256 over app, body, its timestamp, secret.

    Without a secret nothing is (T-01). The timestamp is the one within the body.
    """
    stamp = _object(body).get("timestamp")
    if not secret or not isinstance(stamp, str | int):
        return False
    signed = hashlib.sha256(app_id.encode() + body + str(stamp).encode() + secret.encode()).hexdigest()
    given = signature.strip().removeprefix("mac=").strip().lower()
    return hmac.compare_digest(signed.encode(), given.encode())


def receipt_in(body: bytes) -> ZaloReceipt | None:
    """Return the receipt in a request of Zalo; None for its other events, and for what is not ours."""
    event = _object(body)
    message = event.get("message")
    if event.get("event_name") != DELIVERED or not isinstance(message, dict):
        return None
    named = _TRACKING.fullmatch(str(message.get("tracking_id", "")))
    sid = message.get("msg_id")
    if named is None or not isinstance(sid, str):
        return None
    return ZaloReceipt(DeliveryId(int(named[1])), int(named[2]), sid[:64])


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
