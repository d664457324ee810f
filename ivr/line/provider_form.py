"""Reads the provider's form into what the caller did: a pressed key (DTMF), silence, speech (T-02, F-19).

Each known field counts once. Only a call without a usable name is refused. Any other field that cannot be
used, or stands there with two values, counts as not sent: it costs what it carries, never the caller's turn
and never their words.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime

from werkzeug.datastructures import MultiDict

from callflows.vocabulary import Heard, Keys, LegEnded, Silence, Slip, Voice
from logbook.calls import talks
from logbook.calls.calls import TERMINAL
from logbook.calls.talks import Talk
from logbook.clock import parse_moment
from logbook.recordings import recordings

OVER = frozenset(TERMINAL)
"""Words of CallStatus after which nobody is on the line (TEL-1)."""

YEARS = range(2000, 2061)
"""The years a call of a demonstration may bring: calendars and columns hold out for them."""

SOME_SECONDS = 1
"""The length of a recording that came without one: there is sound, or there would be no recording."""
NO_NAME = "-"
"""Carried instead of a recording's name that cannot be used: something was recorded all the same."""

FINISHING = ("#", "*")
"""What FinishedOnKey says when no digit was before it; a hint only, since not every host sends it (TEL-5)."""

_SID = re.compile(r"[A-Za-z0-9-]{8,64}")
_KEYS = re.compile(r"[0-9*#]{1,32}")
_TWO_KEYS = "?"
_NUMBER = re.compile(r"[0-9]{1,9}")
_SECONDS = re.compile(r"([0-9]{1,9})(?:[.,]([0-9]{1,9}))?")
_WORD = re.compile(r"[a-z-]{1,20}")
_BRIDGED = {"true": True, "false": False}
_IN_URL = re.compile(r".*/Recordings/([A-Za-z0-9-]{8,64})(?:\.[A-Za-z0-9]{1,4})?", re.DOTALL)
_NOT_FINAL = frozenset({"queued", "initiated", "started", "in-progress", "paused", "resumed", "processing"})
_NO_SOUND = frozenset({"absent", "failed", "deleted"})


class NotUnderstoodError(Exception):
    """A request names no call; nothing was done."""


@dataclass(frozen=True)
class Spoken:
    """A recording a request brings: its name at the provider and its seconds, None where unusable."""

    sid: str | None
    seconds: int | None


@dataclass(frozen=True)
class Request:
    """The fields we know of one webhook."""

    sid: str
    caller: str
    called: str
    direction: str
    status: str
    keys: str
    recording: Spoken | None
    leg_outcome: str | None
    leg_seconds: int | None
    leg_bridged: bool | None
    leg_sid: str | None
    own_time: datetime | None
    slipped: bool = False
    """A finishing key came alone, or the host brings a caller back to the question they stood at."""
    pause: float | None = None
    """Seconds since our last answer by the call's own clock, which a telephone of ours may bring."""

    @property
    def over(self) -> bool:
        """Whether nobody is on the line any more."""
        return self.status in OVER


def read(form: MultiDict[str, str]) -> Request:
    """Read the fields we know and ignore all others; NotUnderstoodError when the call has no usable name."""
    return Request(
        sid=call_sid(form),
        caller=_one(form, "From"),
        called=_one(form, "To"),
        direction=direction(form),
        status=call_status(form) or "in-progress",
        keys=_keys(form),
        recording=spoken(form),
        leg_outcome=_outcome(form),
        leg_seconds=seconds(form, "DialCallDuration"),
        leg_bridged=_BRIDGED.get(_word(form, "DialBridged")),
        leg_sid=_fitting(form, "DialCallSid", _SID),
        own_time=_own_time(form),
        slipped=_one(form, "FinishedOnKey") in FINISHING,
        pause=_pause(form),
    )


def talk(request: Request, shortest: int, *, accepted: bool = True) -> Talk | None:
    """How ringing somebody ended, if it did; a talk under `shortest` seconds is a moment's talk (R3).

    `accepted` is False where whoever picked up was asked for a key and pressed none.
    """
    if request.leg_outcome is None:
        return None
    bridged = request.leg_bridged
    return talks.judge(request.leg_outcome, request.leg_seconds, shortest, bridged=bridged, accepted=accepted)


def heard(request: Request, recording: str | None, shortest: int, *, accepted: bool = True) -> Heard:
    """What the caller did; `recording` is the logbook's number of the recording the request brings.

    `shortest` is the least a talk with a clerk lasts, in seconds; `accepted` as for `talk`.
    """
    if recording is not None:
        length = request.recording.seconds if request.recording else None
        gone = request.over or request.keys == "hangup"
        return Voice(recording, SOME_SECONDS if length is None else length, hung_up=gone)
    ended = talk(request, shortest, accepted=accepted)
    if ended is not None:
        return LegEnded(ended, request.leg_seconds or 0, hung_up=request.over)
    if request.keys:
        keys = request.keys.rstrip("#") or request.keys  # some hosts count the key that ended them
        return Keys(keys if _KEYS.fullmatch(keys) else "?")
    return Slip() if request.slipped else Silence()


@dataclass(frozen=True)
class StatusNews:
    """A status callback of a call."""

    sid: str
    status: str
    sequence: int | None
    seconds: int | None
    recording: Spoken | None = None


@dataclass(frozen=True)
class RecordingNews:
    """A callback of a recording."""

    sid: str
    recording: Spoken
    absent: bool
    error_code: str


def read_status(form: MultiDict[str, str]) -> StatusNews:
    """Read a status callback (TEL-5)."""
    return StatusNews(
        call_sid(form),
        call_status(form),
        number(form, "SequenceNumber"),
        seconds(form, "CallDuration"),
        spoken(form),
    )


def read_recording(form: MultiDict[str, str]) -> RecordingNews | None:
    """Read a recording callback; None when it says nothing final."""
    status = _word(form, "RecordingStatus") or "completed"
    if status in _NOT_FINAL:
        return None
    sid, error, made = call_sid(form), number(form, "ErrorCode"), spoken(form) or Spoken(None, None)
    return RecordingNews(sid, made, status in _NO_SOUND, status if error is None else str(error))


@dataclass(frozen=True)
class Receipt:
    """The status of a text message, in the provider's word."""

    sid: str
    status: str
    error_code: str


def read_receipt(form: MultiDict[str, str]) -> Receipt:
    """Read the status callback of a message; a message without a usable name has an empty one."""
    sid = _fitting(form, "MessageSid", _SID) or _fitting(form, "SmsSid", _SID) or ""
    error = number(form, "ErrorCode")
    word = _word(form, "MessageStatus") or _word(form, "SmsStatus")
    return Receipt(sid, word, "" if error is None else str(error))


def attempt(text: str) -> int:
    """Which try of a delivery an address of ours names; 0, which never was, when it does not say."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else 0


def call_sid(form: MultiDict[str, str]) -> str:
    """The provider's name of the call (NotUnderstoodError)."""
    sid = _fitting(form, "CallSid", _SID)
    if sid is None:
        raise NotUnderstoodError("CallSid")
    return sid


def call_status(form: MultiDict[str, str]) -> str:
    """How the call stands; empty when nobody says so in a word."""
    return _word(form, "CallStatus")


def direction(form: MultiDict[str, str]) -> str:
    """Who called whom: a word that begins with outbound, or inbound, as whatever else there stands is."""
    word = _word(form, "Direction")
    return word if word.startswith("outbound") else "inbound"


def spoken(form: MultiDict[str, str]) -> Spoken | None:
    """The recording a request brings; RecordingSid names it, else the end of RecordingUrl, never fetched.

    None when nothing was recorded: neither a name, nor an address, nor a length.
    """
    length = seconds(form, "RecordingDuration")
    named = any(form.getlist("RecordingSid")) or any(form.getlist("RecordingUrl"))
    return Spoken(_recording_sid(form), length) if named or length else None


def _recording_sid(form: MultiDict[str, str]) -> str | None:
    """A name in the only shape we ever ask for at the provider (T-09)."""
    sid = _fitting(form, "RecordingSid", recordings.SID)
    if sid is not None:
        return sid
    address = _IN_URL.fullmatch(_one(form, "RecordingUrl").partition("?")[0])
    return address[1] if address else None


def number(form: MultiDict[str, str], name: str) -> int | None:
    """A whole number of at most nine digits; None when missing or unreadable."""
    text = _fitting(form, name, _NUMBER)
    return None if text is None else int(text)


def seconds(form: MultiDict[str, str], name: str) -> int | None:
    """A length in seconds, a begun one counted whole; None when missing or unreadable."""
    found = _SECONDS.fullmatch(_one(form, name).strip())
    return None if found is None else math.ceil(float(f"{found[1]}.{found[2] or 0}"))


def _one(form: MultiDict[str, str], name: str) -> str:
    """The value of a field; empty when it is missing, or stands there with several."""
    values = set(form.getlist(name))
    return values.pop() if len(values) == 1 else ""


def _fitting(form: MultiDict[str, str], name: str, shape: re.Pattern[str]) -> str | None:
    text = _one(form, name).strip()
    return text if shape.fullmatch(text) else None


def _word(form: MultiDict[str, str], name: str) -> str:
    """A word of the contract, in whatever letters it is written; empty when it is none."""
    text = _one(form, name).strip().lower().replace("_", "-")
    return text if _WORD.fullmatch(text) else ""


def _keys(form: MultiDict[str, str]) -> str:
    """What was pressed; of two different things nobody knows which, so that it is asked again."""
    return _one(form, "Digits") or (_TWO_KEYS if any(form.getlist("Digits")) else "")


def _outcome(form: MultiDict[str, str]) -> str | None:
    """The word for how a leg ended; "answered" is "completed", as conferences say (TEL-5)."""
    if not any(form.getlist("DialCallStatus")):
        return None
    word = _word(form, "DialCallStatus")
    return "completed" if word == "answered" else word or "failed"


def _own_time(form: MultiDict[str, str]) -> datetime | None:
    text = _one(form, "TongdaiAt")
    try:
        moment = parse_moment(text) if text else None
    except ValueError:
        return None
    return moment if moment is not None and moment.year in YEARS else None


def _pause(form: MultiDict[str, str]) -> float | None:
    """Seconds, for calls whose own clock is not ours (a demonstration); None when missing or unreadable."""
    found = _SECONDS.fullmatch(_one(form, "TongdaiPause"))
    return None if found is None else float(f"{found[1]}.{found[2] or 0}")
