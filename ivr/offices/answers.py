"""What the installation answers itself: health, and what nobody's office could answer."""

from __future__ import annotations

import html
import json
import re
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import structlog

from ivr.line.twiml import Speaker, WebhookAddresses
from ivr.line.webhooks import voice_of
from logbook.clock import Clock
from logbook.offices.register import Offices
from logbook.texts.catalogue import Catalogue

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

HOUR = 3600.0
MOST_NUMBERS = 50
"""Numbers that are reported in an hour: a stranger who makes them up fills no log."""
VOICE = "Google.vi-VN-Wavenet-A"
_NOT_A_NUMBER = re.compile(r"[^0-9+]")
log = structlog.get_logger("ivr.offices")


class UnknownNumbers:
    """Raises the alarm over a number that leads to us and belongs to no office: once an hour."""

    def __init__(self, monotonic: Callable[[], float] | None = None) -> None:
        """None yet."""
        self._monotonic = monotonic or Clock().monotonic
        self._lock = threading.Lock()
        self._known: dict[str, float] = {}

    def called(self, number: str) -> bool:
        """Note a call; whether the alarm was raised."""
        shown = _NOT_A_NUMBER.sub("", number)[:20]
        now = self._monotonic()
        with self._lock:
            self._known = {one: at for one, at in self._known.items() if now - at < HOUR}
            if shown in self._known or len(self._known) >= MOST_NUMBERS:
                return False
            self._known[shown] = now
        log.error("a number that leads here belongs to no office", number=shown)
        return True

    def lately(self) -> list[str]:
        """The numbers of the last hour."""
        now = self._monotonic()
        with self._lock:
            return [one for one, at in self._known.items() if now - at < HOUR]


class OwnAnswers:
    """The sentences of one installation, spoken and shown."""

    def __init__(self, offices: Offices, catalogue: Catalogue) -> None:
        """Speak `catalogue`, at the address the offices share."""
        self._catalogue = catalogue
        addresses = WebhookAddresses(offices.shared.public_address)
        self._speaker = Speaker(addresses, voice_of(catalogue.language, VOICE), None)

    def spoken(self, key: str, start_response: StartResponse) -> Iterable[bytes]:
        """Say the sentence and hang up."""
        document = self._speaker.last_word(self._catalogue.sentence(key))
        return answered(start_response, "200 OK", "text/xml; charset=utf-8", document)

    def page(self, status: str, title: str, key: str, start_response: StartResponse) -> Iterable[bytes]:
        """A bare page with the sentence `key`."""
        head, said = (html.escape(self._catalogue.sentence(one)) for one in (title, key))
        page = (
            f'<!doctype html><html lang="{self._catalogue.language}"><head><meta charset="utf-8">'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{head}</title></head><body><main><h1>{head}</h1><p>{said}</p></main></body></html>\n"
        )
        return answered(start_response, status, "text/html; charset=utf-8", page)

    @staticmethod
    def json(found: object, start_response: StartResponse, status: str = "200 OK") -> Iterable[bytes]:
        """What a watchman reads."""
        return answered(start_response, status, "application/json", json.dumps(found, ensure_ascii=False))


def answered(
    start_response: StartResponse, status: str, kind: str, body: str, *fields: tuple[str, str]
) -> Iterable[bytes]:
    """One whole answer."""
    content = body.encode()
    start_response(status, [("Content-Type", kind), ("Content-Length", str(len(content))), *fields])
    return [content]
