"""A telephone at the stand-in provider: polls for a ringing call, takes it and reports its end."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from werkzeug.datastructures import Authorization, Headers

from ivr.phone.transport import HttpTransport, Reply, TimedOutError, Transport, UnreachableError
from ivr.provider.files import Row

ASK_SECONDS = 10.0
FORM = "application/x-www-form-urlencoded"


class StandInUnreachableError(Exception):
    """The stand-in could not be asked; `status` is the HTTP status, 0 without any answer."""

    def __init__(self, reason: str, status: int = 0) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True)
class Seen:
    """What a telephone sees when it looks: calls that ring, the oldest first, and new messages."""

    ringing: tuple[Row, ...]
    messages: tuple[Row, ...]


class Handset:
    """One telephone; every method asks over the network and raises NoAnswer."""

    def __init__(
        self,
        api_url: str,
        account_sid: str,
        auth_token: str,
        number: str,
        transport: Transport | None = None,
    ) -> None:
        """Stand ready at `number` (E.164) of the stand-in at `api_url`; nothing is asked yet."""
        self.number = number
        self._place = f"{api_url.rstrip('/')}/standin/Phones"
        self._transport = transport or HttpTransport()
        basic = Authorization("basic", {"username": account_sid, "password": auth_token})
        self._headers = Headers({"Authorization": basic.to_header(), "Content-Type": FORM})

    def look(self) -> Seen:
        """See what rings here now and which messages came; each message is handed out once."""
        found = json.loads(self._ask("look", {"To": self.number}).body)
        return Seen(tuple(found["ringing"]), tuple(found["messages"]))

    def take(self, call_sid: str) -> Row | None:
        """Take a ringing call and return what it was made with; None when it rings no longer."""
        reply = self._ask(f"{call_sid}/take", {}, refused=409)
        if reply.status == 409:
            return None
        return {str(name): str(value) for name, value in json.loads(reply.body).items()}

    def ended(self, call_sid: str, status: str, seconds: float) -> None:
        """Report how the call ended that this telephone took."""
        self._ask(f"{call_sid}/ended", {"Status": status, "Duration": str(round(seconds))}, refused=409)

    def _ask(self, what: str, form: Mapping[str, str], *, refused: int = 0) -> Reply:
        body = urlencode(form).encode()
        try:
            reply = self._transport.send("POST", f"{self._place}/{what}", self._headers, body, ASK_SECONDS)
        except (UnreachableError, TimedOutError) as trouble:
            raise StandInUnreachableError(str(trouble)) from trouble
        if reply.status >= 300 and reply.status != refused:
            raise StandInUnreachableError(f"HTTP status {reply.status}", reply.status)
        return reply
