"""Form parameters that a provider sends: with every request (TEL-1) and with each callback (TEL-5)."""

import math
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Literal, TypeAlias

from ivr.phone.last_words import last_words
from ivr.phone.line import LegEnd, ReadAloud
from ivr.phone.verbs import Method

API_VERSION = "2010-04-01"
PROVIDER_API = "https://api.twilio.com"
WITHHELD = "+266696687"
"""What providers send for a caller who withholds the number: "anonymous" on a keypad (TEL-1)."""

CallStatus: TypeAlias = Literal["ringing", "in-progress", "completed", "busy", "no-answer"]
_SIP_CODES: Mapping[str, str] = {"completed": "200", "busy": "486", "no-answer": "480"}
_PLACES = [
    f"{who}{what}"
    for who in ("From", "To", "Caller", "Called")
    for what in ("City", "State", "Zip", "Country")
]


def new_sid(prefix: str) -> str:
    """Make an identifier as the provider does: two letters and 32 hexadecimal digits."""
    return prefix + secrets.token_hex(16)


@dataclass(frozen=True)
class CallSetup:
    """What is known when a call begins.

    `caller` and `called` are E.164 numbers, `started` is an aware datetime. With `brings_time` every request
    carries the call's own time as TongdaiAt, which a hotline in demo mode follows. On a `virtual` line time
    is what the line says it is, so every request carries how much of it has passed since the last answer
    (TongdaiPause), which a hotline in demo mode believes. `extra` is added to every request as it is.
    `ring_seconds` is how long an outbound call rings. `last_words` are what the caller hears when neither
    the voice nor the fallback address can be used.
    """

    account_sid: str
    caller: str
    called: str
    voice_url: str
    started: datetime
    method: Method = "POST"
    fallback_url: str = ""
    status_url: str = ""
    direction: Literal["inbound", "outbound-api", "outbound-dial"] = "inbound"
    brings_time: bool = False
    virtual: bool = True
    recordings_api: str = PROVIDER_API
    ring_seconds: float = 60.0
    last_words: Callable[[], ReadAloud] = last_words
    extra: Mapping[str, str] = field(default_factory=dict)
    call_sid: str = field(default_factory=lambda: new_sid("CA"))
    call_token: str = field(default_factory=lambda: secrets.token_urlsafe(24))


@dataclass(frozen=True)
class FinishedRecording:
    """A finished recording; `seconds` whole, `started` aware."""

    sid: str
    url: str
    seconds: int
    started: datetime
    source: Literal["RecordVerb", "DialVerb"]

    @classmethod
    def begun(
        cls, setup: CallSetup, now: datetime, source: Literal["RecordVerb", "DialVerb"]
    ) -> "FinishedRecording":
        """Return a recording that begins now, of no length yet."""
        sid = new_sid("RE")
        path = f"/{API_VERSION}/Accounts/{setup.account_sid}/Recordings/{sid}"
        return cls(sid, setup.recordings_api.rstrip("/") + path, 0, now, source)

    @property
    def brief(self) -> dict[str, str]:
        """The three parameters by which other callbacks mention a recording."""
        return {"RecordingUrl": self.url, "RecordingSid": self.sid, "RecordingDuration": str(self.seconds)}


def standard(
    setup: CallSetup, status: CallStatus, now: datetime, pause: float | None = None
) -> dict[str, str]:
    """Return the parameters of every voice request; the 16 places are sent although they are empty.

    `pause` is in seconds since the last answer, where there was one.
    """
    params = {
        "CallSid": setup.call_sid,
        "AccountSid": setup.account_sid,
        "From": setup.caller,
        "To": setup.called,
        "Caller": setup.caller,
        "Called": setup.called,
        "CallStatus": status,
        "ApiVersion": API_VERSION,
        "Direction": setup.direction,
        **dict.fromkeys(_PLACES, ""),
    }
    if setup.direction == "inbound":
        params["CallToken"] = setup.call_token
    if setup.virtual and pause is not None:
        params["TongdaiPause"] = f"{pause:.3f}"
    return params | _carried(setup, now)


def _carried(setup: CallSetup, now: datetime) -> dict[str, str]:
    """Return what every request of this call carries besides the provider's own parameters."""
    own_time = {"TongdaiAt": now.isoformat(timespec="seconds")} if setup.brings_time else {}
    return {**own_time, **setup.extra}


def gathered(digits: str, finished_on: str) -> dict[str, str]:
    """Return what a Gather's action request adds."""
    return {"Digits": digits, "FinishedOnKey": finished_on, "msg": "Gather End"}


def recorded(recording: FinishedRecording, key: str) -> dict[str, str]:
    """Return what a Record's action request adds; `key` is empty, a key, or "hangup"."""
    return {**recording.brief, "Digits": key}


def recording_status(
    setup: CallSetup, recording: FinishedRecording, now: datetime, event: str, error: str = ""
) -> dict[str, str]:
    """Return a recording status callback; `event` is in-progress, completed or absent (with an error)."""
    params = {
        "AccountSid": setup.account_sid,
        "CallSid": setup.call_sid,
        "RecordingSid": recording.sid,
        "RecordingUrl": recording.url,
        "RecordingStatus": event,
        "RecordingChannels": "1",
        "RecordingStartTime": format_datetime(recording.started),
        "RecordingSource": recording.source,
    }
    if event == "completed":
        params["RecordingDuration"] = str(recording.seconds)
    if error:
        params["ErrorCode"] = error
    return params | _carried(setup, now)


def dialled(leg: LegEnd, leg_sid: str) -> dict[str, str]:
    """Return what a Dial's action request adds."""
    return {
        "DialCallStatus": leg.status,
        "DialCallSid": leg_sid,
        "DialCallDuration": str(int(leg.talked)),
        "DialBridged": "true" if leg.talked else "false",
    }


def call_status(
    status: CallStatus, seconds: float, now: datetime, recording: FinishedRecording | None
) -> dict[str, str]:
    """Return what the status callback adds; `seconds` since the answer, `now` when the call ended."""
    whole = math.ceil(seconds)
    return {
        "CallDuration": str(whole),
        "Duration": str(math.ceil(whole / 60)),
        "Timestamp": format_datetime(now),
        "CallbackSource": "call-progress-events",
        "SequenceNumber": "0",
        "SipResponseCode": _SIP_CODES.get(status, "200"),
        **(recording.brief if recording else {}),
    }
