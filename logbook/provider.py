"""Reaches the provider's REST API, the real one or a stand-in: the official client, and a telephone on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests

if TYPE_CHECKING:
    from twilio.rest import Client

PROVIDER_API = "https://api.twilio.com"
OVER = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})


class ProviderError(Exception):
    """The provider did not do as asked; `permanent` when it said no, so that nothing has happened there."""

    def __init__(self, reason: str, *, permanent: bool = False) -> None:
        """Say why, in words for a log."""
        super().__init__(reason)
        self.permanent = permanent


@dataclass(frozen=True, slots=True)
class CallState:
    """How a call stands in the provider's words; `seconds` of talk once it is over."""

    status: str
    seconds: int

    @property
    def over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.status in OVER


def client(api_url: str, account_sid: str, auth_token: str, *, timeout: float = 15.0) -> Client:
    """Return the official REST client, sending to `api_url` instead of the provider; `timeout` in seconds.

    Only https://api.twilio.com is replaced, together with its path prefix; another host is refused with
    ValueError, so that no credentials leave for an unexpected place (T-09).
    """
    from twilio.http.http_client import TwilioHttpClient
    from twilio.rest import Client

    class Rewriting(TwilioHttpClient):  # type: ignore[misc, unused-ignore]
        def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
            return super().request(method, _moved(url, api_url), *args, **kwargs)

    return Client(account_sid, auth_token, http_client=Rewriting(timeout=timeout))


class Telephone:
    """Places calls from one account, and asks what became of them; never inside a transaction."""

    def __init__(self, api_url: str, account_sid: str, auth_token: str) -> None:
        """Remember where to ask; nothing is sent yet."""
        self._account = (api_url, account_sid, auth_token)

    def ring(self, *, to: str, caller_id: str, answer_url: str, status_url: str, seconds: int) -> str:
        """Ring `to` for `seconds` and return the call's sid; `answer_url` says what is heard there.

        ProviderError is permanent when the provider refused; otherwise nobody knows whether it rings.
        """
        made = self._ask(
            lambda api: api.calls.create(
                to=to,
                from_=caller_id,
                url=answer_url,
                method="POST",
                timeout=seconds,
                status_callback=status_url,
                status_callback_method="POST",
                status_callback_event=["completed"],
            )
        )
        return str(made.sid)

    def state(self, sid: str) -> CallState:
        """How the call `sid` stands (ProviderError, permanent when there is no such call)."""
        return _state(self._ask(lambda api: api.calls(sid).fetch()))

    def leg(self, sid: str) -> CallState | None:
        """How the call stands that was dialled out of call `sid`; None when none was."""
        legs = self._ask(lambda api: api.calls.list(parent_call_sid=sid, limit=20))
        return next((_state(leg) for leg in legs if leg.parent_call_sid == sid), None)

    def _ask(self, question: Any) -> Any:
        from twilio.base.exceptions import TwilioException, TwilioRestException

        api = client(*self._account)
        try:
            return question(api)
        except TwilioRestException as error:
            raise ProviderError(f"HTTP {error.status}", permanent=400 <= error.status < 500) from error
        except (TwilioException, requests.RequestException, OSError) as error:
            raise ProviderError(f"{type(error).__name__} while asking the provider") from error
        finally:
            session = getattr(api.http_client, "session", None)
            if session is not None:
                session.close()


def _state(call: Any) -> CallState:
    return CallState(str(call.status), int(call.duration or 0))


def _moved(url: str, api_url: str) -> str:
    parts, wanted = urlsplit(url), urlsplit(PROVIDER_API)
    if parts[:2] != wanted[:2]:
        raise ValueError(f"{parts.scheme}://{parts.netloc} is not the provider's API")
    return api_url.rstrip("/") + url.removeprefix(PROVIDER_API)
