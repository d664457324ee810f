"""Connects the official client to the provider's REST API, the real one or our stand-in."""

from collections.abc import Callable

from ivr.phone.transport import HttpTransport, TimedOutError, Transport, UnreachableError
from logbook.provider import client

__all__ = ["UploadFailedError", "client", "uploader"]

UPLOAD_SECONDS = 30.0


class UploadFailedError(Exception):
    """The stand-in did not take a recording."""


def uploader(
    api_url: str, account_sid: str, auth_token: str, transport: Transport | None = None
) -> Callable[[str, str, bytes], None]:
    """Return a function that gives a call's recording to the stand-in at `api_url` (UploadFailedError)."""
    from werkzeug.datastructures import Authorization, Headers

    carried_by = transport or HttpTransport()
    basic = Authorization("basic", {"username": account_sid, "password": auth_token})

    def upload(call_sid: str, recording_sid: str, wav: bytes) -> None:
        url = f"{api_url.rstrip('/')}/standin/Recordings/{recording_sid}.wav?CallSid={call_sid}"
        headers = Headers({"Authorization": basic.to_header(), "Content-Type": "audio/x-wav"})
        try:
            reply = carried_by.send("PUT", url, headers, wav, UPLOAD_SECONDS)
        except (UnreachableError, TimedOutError) as trouble:
            raise UploadFailedError(str(trouble)) from trouble
        if reply.status not in {200, 201}:
            raise UploadFailedError(f"HTTP status {reply.status}")

    return upload
