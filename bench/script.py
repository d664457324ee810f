"""Complete telephone calls as the requests a provider makes, signed and encoded beforehand."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from ivr.phone.parameters import (
    CallSetup,
    FinishedRecording,
    call_status,
    gathered,
    new_sid,
    recorded,
    recording_status,
    standard,
)

RATINGS = 5
STARTED = datetime(2026, 11, 25, 2, 10, tzinfo=UTC)
CALLED = "+842583842102"


@dataclass(frozen=True, slots=True)
class Step:
    """One request of a call, and what its answer must be: the status, and a piece of the document."""

    path: str
    body: bytes
    signature: str
    status: int
    contains: str


class Script:
    """Writes calls to one hotline, which stands at `public_url` and knows `auth_token`."""

    def __init__(self, public_url: str, auth_token: str, account_sid: str) -> None:
        self.public_url = public_url
        self._token = auth_token.encode()
        self._account = account_sid

    def call(self, number: int) -> list[Step]:
        """The requests of the call of this number: ratings and complaints in turn."""
        return self.complaint() if number % 2 else self.rating()

    def rating(self) -> list[Step]:
        """Menu key 4, five ratings, and the news that the caller hung up."""
        call = _Call(self, self._setup())
        call.begins()
        for key in ("4", *"5" * RATINGS):
            call.turn(gathered(key, ""))
        call.over()
        return call.steps

    def complaint(self) -> list[Step]:
        """Menu key 2, an individual who consents and speaks, the recording's news, sending, hanging up."""
        setup = self._setup()
        call = _Call(self, setup)
        sound = FinishedRecording(
            new_sid("RE"), f"{self.public_url}/provider/recording", 12, STARTED, "RecordVerb"
        )
        call.begins()
        for key in ("2", "1", "1"):
            call.turn(gathered(key, ""))
        call.turn(recorded(sound, "#"))
        call.told(
            f"/ivr/recording/{call.number}",
            recording_status(setup, sound, STARTED, "completed"),
        )
        call.turn(gathered("1", ""))
        call.over()
        return call.steps

    def step(self, path: str, fields: Mapping[str, str], status: int, contains: str) -> Step:
        """One signed request (TEL-6)."""
        said = "".join(f"{name}{fields[name]}" for name in sorted(fields))
        mac = hmac.digest(self._token, f"{self.public_url}{path}{said}".encode(), hashlib.sha1)
        return Step(path, urlencode(fields).encode(), base64.b64encode(mac).decode(), status, contains)

    def _setup(self) -> CallSetup:
        return CallSetup(
            account_sid=self._account,
            caller="+84912345678",
            called=CALLED,
            voice_url=f"{self.public_url}/ivr/voice",
            started=STARTED,
        )


class _Call:
    """One call being written: which turn comes next, and the requests so far."""

    def __init__(self, script: Script, setup: CallSetup) -> None:
        self._script = script
        self._fields = standard(setup, "in-progress", STARTED)
        self.number = 0
        self.steps: list[Step] = []

    def begins(self) -> None:
        self._add("/ivr/voice", self._fields, 200, "/ivr/turn/1")

    def turn(self, heard: Mapping[str, str]) -> None:
        self.number += 1
        fields = {**self._fields, **heard}
        self._add(f"/ivr/turn/{self.number}", fields, 200, f"/ivr/turn/{self.number + 1}")

    def told(self, path: str, fields: Mapping[str, str]) -> None:
        self._add(path, fields, 204, "")

    def over(self) -> None:
        ended = {**self._fields, "CallStatus": "completed", **call_status("completed", 60, STARTED, None)}
        self.told("/ivr/status", ended)

    def _add(self, path: str, fields: Mapping[str, str], status: int, contains: str) -> None:
        self.steps.append(self._script.step(path, fields, status, contains))
