"""Posts to our own line the callbacks its provider failed to send, by the same signed webhooks.

The line is reached on this machine where it listens there, otherwise at its public address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import requests
from twilio.request_validator import RequestValidator

from logbook.settings.loading import Settings

SECONDS = (3.0, 15.0)
"""To connect, and between two bytes of the answer."""
_ANYWHERE = ("", "0.0.0.0", "::")  # noqa: S104 - these are compared with, not listened at


class LineSilentError(Exception):
    """The line did not get the callback, as far as is known; posting it again is harmless."""


@dataclass(frozen=True, slots=True)
class OwnLine:
    """Our own line's webhooks; never asked inside a transaction."""

    settings: Settings

    def tell(self, path: str, fields: Mapping[str, str]) -> None:
        """Post `fields` to the webhook at `path`, signed as the provider signs (LineSilentError)."""
        url = f"{self.settings.public_url}{path}"
        token = self.settings.auth_token.get_secret_value()
        signature = str(RequestValidator(token).compute_signature(url, dict(fields)))
        troubles = []
        for root in (self._here, self.settings.public_url):
            trouble = _post(f"{root}{path}", fields, signature)
            if trouble is None:
                return
            troubles.append(trouble)
        raise LineSilentError("; ".join(troubles))

    @property
    def _here(self) -> str:
        host = "127.0.0.1" if self.settings.host in _ANYWHERE else self.settings.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.settings.port}"


def _post(url: str, fields: Mapping[str, str], signature: str) -> str | None:
    """Post once; return what went wrong, None when it was taken."""
    try:
        with requests.Session() as session:
            session.trust_env = False
            reply = session.post(
                url,
                data=dict(fields),
                headers={"X-Twilio-Signature": signature},
                timeout=SECONDS,
                allow_redirects=False,
            )
    except (requests.RequestException, OSError) as error:
        return type(error).__name__
    return None if reply.ok and reply.status_code < 300 else f"HTTP {reply.status_code}"
