"""The gateway eSMS (esms.vn) in the place of the provider, for texts under a sender registered in Vietnam.

Endpoint, codes and callbacks as its public documentation describes them; never tried with a real account.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import SecretStr

from logbook.guests import EVERYBODY, Guests
from logbook.outbox.deliveries import Delivery
from logbook.provider import NotAGuestError, ProviderError
from logbook.sending import receipts
from logbook.sending.gateways.asking import STEP, TOTAL, ask
from logbook.sending.receipts import gateway_status
from logbook.settings.loading import Settings

SEND = "/MainService.svc/json/SendMultipleMessage_V4_post_json/"
STATE = "/MainService.svc/json/GetSendStatus"
TAKEN, SENT_BEFORE, NO_MONEY = "100", "124", "103"
"""CodeResult: accepted; this RequestId was accepted before; the account is empty for now."""
CUSTOMER_CARE = "2"


@dataclass(frozen=True, slots=True)
class EsmsGateway:
    """Sends texts through eSMS; `url` is its address without a path.

    Every text carries a RequestId made of its delivery, which the gateway takes once in 24 hours: a text
    whose answer was lost is sent again and arrives once (F-06).
    """

    url: str
    key: SecretStr
    secret: SecretStr
    guests: Guests = EVERYBODY
    sandbox: bool = False
    total: float = TOTAL
    step: tuple[float, float] = field(default=STEP)

    def text(self, *, to: str, sender: str, body: str, status_url: str | None = None) -> str:
        """Send one text and return the gateway's name for it (ProviderError).

        `body` is in the basic alphabet; the receipt is sent to `status_url` by GET.
        """
        if not self.guests.number(to):
            raise NotAGuestError
        wanted = {
            **self._account(),
            "Phone": national(to),
            "Content": body,
            "Brandname": sender,
            "SmsType": CUSTOMER_CARE,
            "IsUnicode": "0",
            "Sandbox": "1" if self.sandbox else "0",
        }
        request_id = None if status_url is None else request_id_of(status_url)
        if status_url is not None and request_id is not None:
            wanted |= {"RequestId": request_id, "CallbackUrl": status_url}
        answer = self._ask("POST", SEND, json=wanted)
        code = str(answer.get("CodeResult", ""))
        if code == SENT_BEFORE and request_id is not None:
            return request_id
        if code != TAKEN:
            raise ProviderError(f"eSMS {code[:8]}", permanent=code != NO_MONEY, later=code == NO_MONEY)
        name = answer.get("SMSID")
        if not isinstance(name, str) or not name:
            raise ProviderError("an answer without a SMSID")
        return name[:64]

    def texted(self, *, to: str, body: str, since: datetime) -> list[str]:
        """Return nothing: whoever asks sends once more, and the RequestId keeps it from arriving twice."""
        del to, body, since
        return []

    def text_state(self, sid: str) -> str:
        """Return how a text stands, in the provider's words (ProviderError)."""
        return gateway_status(self._ask("GET", STATE, params={**self._account(), "RefId": sid}))

    def _account(self) -> dict[str, str]:
        return {"ApiKey": self.key.get_secret_value(), "SecretKey": self.secret.get_secret_value()}

    def _ask(self, method: str, path: str, **details: Any) -> Mapping[str, Any]:
        return ask("eSMS", method, self.url + path, total=self.total, step=self.step, **details)


def national(e164: str) -> str:
    """Return a Vietnamese number as the gateway wants it: 0912345678."""
    return "0" + e164.removeprefix("+84") if e164.startswith("+84") else e164


def request_id_of(status_url: str) -> str:
    """Return the name under which the gateway takes a delivery once: the same for each of its tries."""
    return "tongdai-" + hashlib.sha256(status_url.partition("?")[0].encode()).hexdigest()[:32]


def gateway_of(settings: Settings) -> EsmsGateway | None:
    """Return the gateway of an office that texts through it; None for the provider, and in demonstrations."""
    citizens = settings.citizens
    if citizens.sms_gateway != "esms" or settings.is_demo:
        return None
    return EsmsGateway(
        citizens.sms_gateway_url, settings.esms_key, settings.esms_secret, guests=settings.guests
    )


def callback_of(settings: Settings, row: Delivery) -> str:
    """Return the address at which the gateway reports what became of a text; its seal is its guard."""
    seal = receipts.seal(settings.secret_key.get_secret_value(), row.id)
    return f"{settings.public_url}/ivr/esms/{row.id}/{seal}"
