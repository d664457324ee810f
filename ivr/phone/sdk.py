"""Reaches the provider's REST API, the real one or our stand-in: the official client, and our upload."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ivr.phone.parameters import PROVIDER_API
from ivr.phone.transport import HttpTransport, TimedOut, Transport, Unreachable

if TYPE_CHECKING:
    from twilio.rest import Client

UPLOAD_SECONDS = 30.0


class UploadFailed(Exception):  # noqa: N818
    """The stand-in did not take a recording."""


def client(api_url: str, account_sid: str, auth_token: str, *, timeout: float = 15.0) -> "Client":
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


def uploader(
    api_url: str, account_sid: str, auth_token: str, transport: Transport | None = None
) -> Callable[[str, str, bytes], None]:
    """Return a function that gives a call's recording to the stand-in at `api_url` (UploadFailed)."""
    from werkzeug.datastructures import Authorization, Headers

    carried_by = transport or HttpTransport()
    basic = Authorization("basic", {"username": account_sid, "password": auth_token})

    def upload(call_sid: str, recording_sid: str, wav: bytes) -> None:
        url = f"{api_url.rstrip('/')}/standin/Recordings/{recording_sid}.wav?CallSid={call_sid}"
        headers = Headers({"Authorization": basic.to_header(), "Content-Type": "audio/x-wav"})
        try:
            reply = carried_by.send("PUT", url, headers, wav, UPLOAD_SECONDS)
        except (Unreachable, TimedOut) as trouble:
            raise UploadFailed(str(trouble)) from trouble
        if reply.status not in {200, 201}:
            raise UploadFailed(f"HTTP status {reply.status}")

    return upload


def _moved(url: str, api_url: str) -> str:
    parts, wanted = urlsplit(url), urlsplit(PROVIDER_API)
    if parts[:2] != wanted[:2]:
        raise ValueError(f"{parts.scheme}://{parts.netloc} is not the provider's API")
    return api_url.rstrip("/") + url.removeprefix(PROVIDER_API)
