"""Zalo ZNS: news to a citizen as a message of the office's Official Account, by an approved template.

Endpoints, codes and signature as public documentation and public code show them; never tried with a real
account. What nobody could find out is said in docs/connections.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from logbook.clock import Clock
from logbook.database.engine import Database
from logbook.database.personal_names import NameKeys
from logbook.guests import EVERYBODY, Guests
from logbook.provider import NotAGuestError, ProviderError
from logbook.sending.gateways.asking import TOTAL, ask
from logbook.sending.gateways.zalo_tokens import ZaloTokens
from logbook.settings.loading import Settings

SEND, STATE = "/message/template", "/message/status"
STALE_TOKEN = frozenset({-124, -216})
"""The access token does not hold (any more): nothing was sent, a new one is fetched for the next try."""
LATER = frozenset({-115, -126, -133, -137, -144, -147})
"""Nothing was sent, and it may work later: no money (-115, -126, -137), night (-133), quota (-144, -147)."""
UNKNOWN = frozenset({-100})
"""Zalo itself does not know what happened."""


@dataclass(frozen=True, slots=True)
class ZaloGateway:
    """Sends by template; `url` is the address of the API without a path."""

    url: str
    tokens: ZaloTokens
    guests: Guests = EVERYBODY
    total: float = TOTAL

    def send(self, *, to: str, template: str, params: Mapping[str, str], tracking: str) -> str:
        """Send one message and return Zalo's name for it (ProviderError; `permanent`: take another way).

        `to` is E.164; `tracking` comes back with its receipt (at most 48 characters).
        """
        if not self.guests.number(to):
            raise NotAGuestError
        wanted = {
            "phone": to.removeprefix("+"),
            "template_id": template,
            "template_data": dict(params),
            "tracking_id": tracking,
        }
        data = self._ask("POST", SEND, json=wanted).get("data")
        name = data.get("msg_id") if isinstance(data, dict) else None
        if not isinstance(name, str) or not name:
            raise ProviderError("an answer of Zalo without a msg_id")
        return name[:64]

    def text_state(self, sid: str, number: str) -> str:
        """Return how a message stands, in the provider's words for one (ProviderError)."""
        asked = {"message_id": sid, "phone": number.removeprefix("+")}
        data = self._ask("GET", STATE, params=asked).get("data")
        return "delivered" if isinstance(data, dict) and data.get("status") == 1 else "sent"

    def _ask(self, method: str, path: str, **details: Any) -> Mapping[str, Any]:
        access = self.tokens.access()
        answer = ask(
            "Zalo", method, self.url + path, total=self.total, headers={"access_token": access}, **details
        )
        code = answer.get("error")
        if code == 0:
            return answer
        if code in STALE_TOKEN:
            self.tokens.is_stale(access)
            raise ProviderError(f"Zalo {code}", later=True)
        if not isinstance(code, int) or code in UNKNOWN:
            raise ProviderError(f"Zalo {str(code)[:8]}")
        raise ProviderError(f"Zalo {code}", permanent=code not in LATER, later=code in LATER)


def zalo_of(settings: Settings, database: Database, clock: Clock) -> ZaloGateway | None:
    """Return the way to Zalo of an office that uses it; None in demonstrations."""
    part = settings.citizens.zns
    if part is None or settings.is_demo:
        return None
    tokens = ZaloTokens(
        database,
        clock,
        NameKeys([key.get_secret_value() for key in settings.data_keys]),
        part.oauth_url,
        part.app_id,
        settings.zalo_app_secret,
        settings.zalo_refresh_token,
    )
    return ZaloGateway(part.url, tokens, settings.guests)
