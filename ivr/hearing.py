"""Provider form fields as what the caller did; every field of ours is read once and checked (T-02, F-19)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from werkzeug.datastructures import MultiDict

from callflows.vocabulary import Heard, Keys, LegEnded, Silence, Voice
from logbook.clock import parse_moment

Outcome = Literal["completed", "busy", "no-answer", "failed", "canceled"]
OUTCOMES: frozenset[str] = frozenset(get_args(Outcome))
OVER = OUTCOMES
"""Words of CallStatus after which nobody is on the line (telephony.md 5.1)."""

YEARS = range(2000, 2061)
"""The years a call of a demonstration may bring: calendars and columns hold out for them."""

_SID = re.compile(r"[A-Za-z0-9-]{8,64}")
_RECORDING = re.compile(r"RE[0-9a-f]{32}")
_KEYS = re.compile(r"[0-9*#]{1,32}")
_NUMBER = re.compile(r"[0-9]{1,9}")
_WORD = re.compile(r"[a-z-]{1,20}")


class NotUnderstood(Exception):  # noqa: N818 - it is what happened, not a fault of the program
    """A field of ours is missing, stands twice or cannot be read; nothing was done."""


@dataclass(frozen=True)
class Request:
    """The fields we know of one webhook."""

    sid: str
    caller: str
    called: str
    direction: str
    status: str
    keys: str
    recording: str | None
    recording_seconds: int
    leg_outcome: Outcome | None
    leg_seconds: int
    leg_sid: str | None
    own_time: datetime | None

    @property
    def over(self) -> bool:
        """Whether nobody is on the line any more."""
        return self.status in OVER


def read(form: MultiDict[str, str]) -> Request:
    """Read the fields we know and ignore all others; NotUnderstood when one of ours is unusable."""
    outcome = _field(form, "DialCallStatus", _WORD)
    if outcome == "answered":
        outcome = "completed"
    return Request(
        sid=call_sid(form),
        caller=_free(form, "From"),
        called=_free(form, "To"),
        direction=_field(form, "Direction", _WORD) or "inbound",
        status=_field(form, "CallStatus", _WORD) or "in-progress",
        keys=_free(form, "Digits"),
        recording=recording_sid(form),
        recording_seconds=number(form, "RecordingDuration") or 0,
        leg_outcome=_outcome(outcome),
        leg_seconds=number(form, "DialCallDuration") or 0,
        leg_sid=_field(form, "DialCallSid", _SID),
        own_time=_own_time(form),
    )


def heard(request: Request, recording: str | None) -> Heard:
    """What the caller did; `recording` is the logbook's number of the recording the request brings."""
    if recording is not None:
        return Voice(recording, request.recording_seconds, hung_up=request.over or request.keys == "hangup")
    if request.leg_outcome is not None:
        return LegEnded(request.leg_outcome, request.leg_seconds, hung_up=request.over)
    if request.keys:
        return Keys(request.keys if _KEYS.fullmatch(request.keys) else "?")
    return Silence()


@dataclass(frozen=True)
class StatusNews:
    """What a status callback says of a call."""

    sid: str
    status: str
    sequence: int | None
    seconds: int | None


@dataclass(frozen=True)
class RecordingNews:
    """What a recording callback says of a recording."""

    sid: str
    recording: str
    absent: bool
    seconds: int
    error_code: str


def read_status(form: MultiDict[str, str]) -> StatusNews:
    """Read a status callback (telephony.md 5.5)."""
    return StatusNews(
        call_sid(form),
        _field(form, "CallStatus", _WORD) or "",
        number(form, "SequenceNumber"),
        number(form, "CallDuration"),
    )


def read_recording(form: MultiDict[str, str]) -> RecordingNews | None:
    """Read a recording callback; None when it says nothing final."""
    recording = recording_sid(form)
    status = _field(form, "RecordingStatus", _WORD) or "completed"
    if recording is None or status not in ("completed", "absent", "failed"):
        return None
    seconds = number(form, "RecordingDuration") or 0
    error = number(form, "ErrorCode")
    return RecordingNews(
        call_sid(form), recording, status != "completed", seconds, status if error is None else str(error)
    )


def call_sid(form: MultiDict[str, str]) -> str:
    """The provider's name of the call."""
    sid = _field(form, "CallSid", _SID)
    if sid is None:
        raise NotUnderstood("CallSid")
    return sid


def recording_sid(form: MultiDict[str, str]) -> str | None:
    """The provider's name of a recording, in the only shape we ever fetch (T-09)."""
    return _field(form, "RecordingSid", _RECORDING)


def number(form: MultiDict[str, str], name: str) -> int | None:
    """A whole number of at most nine digits; None when missing, NotUnderstood when unreadable."""
    text = _field(form, name, _NUMBER)
    return None if text is None else int(text)


def _free(form: MultiDict[str, str], name: str) -> str:
    values = form.getlist(name)
    if len(values) > 1:
        raise NotUnderstood(name)
    return values[0] if values else ""


def _field(form: MultiDict[str, str], name: str, shape: re.Pattern[str]) -> str | None:
    text = _free(form, name)
    if not text:
        return None
    if not shape.fullmatch(text):
        raise NotUnderstood(name)
    return text


_OUTCOMES: Mapping[str, Outcome] = {outcome: outcome for outcome in get_args(Outcome)}


def _outcome(text: str | None) -> Outcome | None:
    return None if text is None else _OUTCOMES.get(text, "failed")


def _own_time(form: MultiDict[str, str]) -> datetime | None:
    text = _free(form, "TongdaiAt")
    try:
        moment = parse_moment(text) if text else None
    except ValueError:
        raise NotUnderstood("TongdaiAt") from None
    if moment is not None and moment.year not in YEARS:
        raise NotUnderstood("TongdaiAt")
    return moment
