"""Shows each webhook as it is answered: address, signature, fields, document, milliseconds."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl

from werkzeug.datastructures import Headers

from ivr.phone.transport import Reply, Transport
from ivr.softphone.foreseen import sounds_of
from ivr.softphone.shelf import Shelf
from ivr.softphone.softphone import Softphone
from logbook.clock import Clock

LONGEST_SHOWN = 16 * 1024
EMPTY = ("City", "State", "Zip", "Country")
"""Ends of fields that every request carries without a value."""


@dataclass
class WatchedTransport:
    """Delivers through `carried_by`, and lets the tab see each request with its answer."""

    carried_by: Transport
    phone: Softphone
    shelf: Shelf

    def send(self, method: str, url: str, headers: Headers, body: bytes, timeout: float) -> Reply:
        """Deliver, and show it whether an answer came or not."""
        monotonic = Clock().monotonic
        begun, reply = monotonic(), Reply(0)
        try:
            reply = self.carried_by.send(method, url, headers, body, timeout)
        finally:
            taken = round((monotonic() - begun) * 1000, 1)
            kind = reply.headers.get("Content-Type", "")
            is_text = "xml" in kind or "text" in kind
            is_document = "xml" in kind and reply.status == 200
            ahead = list(sounds_of(reply.body, kind, self.shelf)) if is_document else []
            self.phone.emit(
                "webhook",
                quiet=True,
                method=method,
                url=url.partition("#")[0],
                signature=headers.get("X-Twilio-Signature", ""),
                fields=_fields(body),
                status=reply.status,
                milliseconds=taken,
                document=reply.body[:LONGEST_SHOWN].decode(errors="replace") if is_text else kind,
                ahead=ahead,
            )
        return reply


def _fields(body: bytes) -> list[tuple[str, str]]:
    pairs = parse_qsl(body.decode(errors="replace"), keep_blank_values=True)
    return [(name, value) for name, value in pairs if value or not name.endswith(EMPTY)]
