"""Calls the provider's REST API, the real one or a stand-in, through the official client."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError

from logbook.guests import EVERYBODY, Guests
from logbook.process import time_limit
from logbook.process.routes_outside import exempt

if TYPE_CHECKING:
    from twilio.rest import Client

    from logbook.settings.loading import Settings

PROVIDER_API = "https://api.twilio.com"
OVER = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
_NOT_NOW = frozenset({401, 403, 429})
"""Answers about the account, not about what was asked: a key that was changed, a bill, too much at once."""
_TIMED_OUT = 408
TOTAL_SECONDS = 20.0
"""How long one question may take altogether, however the provider drips its answer (S4)."""
_LOOKED_AT = 1000
"""Newest calls or messages to one number that are looked through for ours, at most."""
_NEWEST = {"limit": _LOOKED_AT, "page_size": 50}


class ProviderError(Exception):
    """The provider did not do as asked; `permanent` when it said no, so that nothing has happened there.

    `later` when nothing has happened and asking again is welcome: it was too much at once (HTTP 429), the
    account is not let in (401, 403), or no connection came about. Neither: nobody knows (F-07).
    """

    def __init__(self, reason: str, *, permanent: bool = False, later: bool = False) -> None:
        """Say why, in words for a log."""
        super().__init__(reason)
        self.permanent = permanent
        self.later = later


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
            address = _moved(url, api_url)
            self.proxy = exempt(address)
            return super().request(method, address, *args, **kwargs)

    return Client(account_sid, auth_token, http_client=Rewriting(timeout=timeout))


class NotAGuestError(ProviderError):
    """This is a trial and the number is no guest's: nothing was sent, and nothing will be."""

    def __init__(self) -> None:
        """It is refused for good."""
        super().__init__("a trial: not a guest", permanent=True)


def telephone_of(settings: Settings) -> Telephone:
    """Return the telephone of an installation, which in a trial reaches guests only."""
    token = settings.auth_token.get_secret_value()
    return Telephone(settings.provider_url, settings.account_sid, token, guests=settings.guests)


class Telephone:
    """Places calls from one account, and asks what became of them; never inside a transaction."""

    def __init__(
        self,
        api_url: str,
        account_sid: str,
        auth_token: str,
        *,
        timeout: float = 15.0,
        total: float = TOTAL_SECONDS,
        guests: Guests = EVERYBODY,
    ) -> None:
        """Remember where to ask, and whom may be reached; nothing is sent yet.

        `timeout` is seconds between two bytes, `total` for a whole answer.
        """
        self._account = (api_url, account_sid, auth_token)
        self._timeout = timeout
        self._total = total
        self._guests = guests

    def ring(self, *, to: str, caller_id: str, answer_url: str, status_url: str, seconds: int) -> str:
        """Ring `to` for `seconds` and return the call's sid; `answer_url` says what is heard there.

        ProviderError is permanent when the provider refused; otherwise nobody knows whether it rings.
        """
        self._admit(to)
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
        return _sid(made)

    def rung(self, *, to: str, caller_id: str, since: datetime) -> list[str]:
        """Return the sids of calls we placed to `to` since an aware instant (ProviderError); F-06.

        Calls dialled out of another call are not counted. `since` is compared here, since a call that still
        waits has no start by which the provider could look for it.
        """
        calls = self._ask(lambda api: _since(api.calls.stream(to=to, from_=caller_id, **_NEWEST), since))
        return [str(call.sid) for call in calls if call.direction != "outbound-dial"]

    def text(self, *, to: str, sender: str, body: str, status_url: str | None = None) -> str:
        """Send one text message and return its sid; ProviderError as for `ring`.

        The provider posts the message's status to `status_url`, when there is one.
        """
        self._admit(to)
        details = {} if status_url is None else {"status_callback": status_url}
        return _sid(self._ask(lambda api: api.messages.create(to=to, from_=sender, body=body, **details)))

    def text_state(self, sid: str) -> str:
        """How the message `sid` stands, in the provider's word (ProviderError)."""
        return str(self._ask(lambda api: api.messages(sid).fetch()).status)

    def texted(self, *, to: str, body: str, since: datetime) -> list[str]:
        """Return the sids of messages with this very body sent to `to` since an aware instant (F-06).

        The sender is not compared: networks in Vietnam replace it (rules B8).
        """
        sent = self._ask(lambda api: _since(api.messages.stream(to=to, **_NEWEST), since))
        return [str(message.sid) for message in sent if message.body == body]

    def state(self, sid: str) -> CallState:
        """How the call `sid` stands (ProviderError, permanent when there is no such call)."""
        return _state(self._ask(lambda api: api.calls(sid).fetch()))

    def leg(self, sid: str) -> CallState | None:
        """How the call stands that was dialled out of call `sid`; None when none was."""
        legs = self._ask(lambda api: api.calls.list(parent_call_sid=sid, limit=20))
        return next((_state(leg) for leg in legs if leg.parent_call_sid == sid), None)

    def _admit(self, to: str) -> None:
        if not self._guests.number(to):
            raise NotAGuestError

    def _ask(self, question: Any) -> Any:
        from twilio.base.exceptions import TwilioException

        api = client(*self._account, timeout=self._timeout)
        try:
            return time_limit.within(self._total, lambda: question(api))
        except time_limit.TookTooLongError as error:
            raise ProviderError(f"{error} while asking the provider") from error
        except json.JSONDecodeError as error:
            raise ProviderError("an answer that is no JSON") from error
        except TwilioException as error:
            raise _refused(error) from error
        except (requests.RequestException, OSError) as error:
            raise ProviderError(
                f"{type(error).__name__} while asking the provider", later=_not_reached(error)
            ) from error
        except (AttributeError, KeyError, TypeError) as error:
            raise ProviderError("an answer of another shape than the provider's") from error
        finally:
            session = getattr(api.http_client, "session", None)
            if session is not None:
                session.close()


def _refused(error: Exception) -> ProviderError:
    """What an answer with an error in it means: 4xx is a no, some of them a no for now."""
    status = getattr(error, "status", None)
    if not isinstance(status, int):
        return ProviderError(f"{type(error).__name__} while asking the provider")
    refused = 400 <= status < 500 and status != _TIMED_OUT
    return ProviderError(f"HTTP {status}", permanent=refused, later=status in _NOT_NOW)


def _not_reached(error: Exception) -> bool:
    """Whether not even a connection came about: a refusal, a name without address, a silent host."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)


def _sid(made: Any) -> str:
    """The provider's name of what was made; without one nobody knows whether it was (ProviderError)."""
    if not isinstance(made.sid, str) or not made.sid:
        raise ProviderError("an answer without a sid")
    return made.sid


def _since(newest_first: Iterable[Any], since: datetime) -> list[Any]:
    """What was made since then; no page is asked for beyond the first that is older."""
    return list(takewhile(lambda each: moment(each.date_created) >= since, newest_first))


def moment(value: object) -> datetime:
    """Return the provider's time as aware UTC; one that cannot be read counts as long ago."""
    if not isinstance(value, datetime):
        return datetime(1970, 1, 1, tzinfo=UTC)
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _state(call: Any) -> CallState:
    length = str(call.duration or 0)
    return CallState(str(call.status), int(length) if length.isdecimal() and len(length) < 10 else 0)


def _moved(url: str, api_url: str) -> str:
    parts, wanted = urlsplit(url), urlsplit(PROVIDER_API)
    if parts[:2] != wanted[:2]:
        raise ValueError(f"{parts.scheme}://{parts.netloc} is not the provider's API")
    return api_url.rstrip("/") + url.removeprefix(PROVIDER_API)
