"""Keeps a call's recordings and sends its callbacks in the order the chosen faults ask for."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias
from urllib.parse import urljoin

from ivr.phone import sound
from ivr.phone.carrier import Carrier, StatusCallback
from ivr.phone.parameters import (
    CallSetup,
    CallStatus,
    FinishedRecording,
    call_status,
    recording_status,
    standard,
)
from ivr.phone.verbs import Dial, Record

KeepRecording: TypeAlias = Callable[[str, str, bytes], None]
"""Called with call SID, recording SID and wave bytes before any callback about the recording goes out."""

_EARLY_STATUS, _ACTION, _AFTER, _STATUS, _LATE = range(5)


class Notices:
    """The callbacks that the hotline gets beside requests for documents."""

    def __init__(self, setup: CallSetup, carrier: Carrier, keep: KeepRecording | None) -> None:
        """Send through `carrier`; give every recording to `keep` first."""
        self._setup = setup
        self._carrier = carrier
        self._keep = keep
        self._recording: FinishedRecording | None = None
        self._after_fetch: list[StatusCallback] = []
        self._closing: list[tuple[int, StatusCallback]] = []

    def store(self, recording: FinishedRecording, wav: bytes) -> FinishedRecording:
        """Keep a finished recording and return it with its length."""
        self._recording = replace(recording, seconds=round(sound.duration(wav)))
        if self._keep:
            self._keep(self._setup.call_sid, recording.sid, wav)
        return self._recording

    def announce(
        self,
        verb: Record | Dial,
        url: str,
        recording: FinishedRecording,
        now: datetime,
        event: str = "completed",
        error: str = "",
    ) -> None:
        """Send a recording status callback, relative to the document's URL, if the verb asks for one.

        A completed recording is announced before or after its action, or after everything else.
        """
        if not verb.callback:
            return
        params = recording_status(self._setup, recording, now, event, error)
        callback = StatusCallback("recording", urljoin(url, verb.callback), verb.callback_method, params)
        match self._carrier.behaviour.recording_callback:
            case "late":
                self._closing.append((_LATE, callback))
            case "after" if event == "completed":
                self._after_fetch.append(callback)
            case _:
                self._carrier.notify(callback)

    def after_fetch(self) -> None:
        """Send what waited for the next document to be fetched."""
        callbacks, self._after_fetch = self._after_fetch, []
        for callback in callbacks:
            self._carrier.notify(callback)

    def owe_action(self, callback: StatusCallback) -> None:
        """Remember the action request that is still due after the caller hung up."""
        self._closing.append((_ACTION, callback))

    def close(self, status: CallStatus, seconds: float, now: datetime, *, over: bool = True) -> None:
        """Send all outstanding callbacks, and that the call is `over` unless the line goes on with it."""
        owed = self._closing + [(_AFTER, callback) for callback in self._after_fetch]
        if over and self._setup.status_url:
            params = standard(self._setup, status, now)
            named = self._recording if self._carrier.behaviour.end_names_recording else None
            params |= call_status(status, seconds, now, named)
            place = _EARLY_STATUS if self._carrier.behaviour.status_before_last_action else _STATUS
            owed.append((place, StatusCallback("status", self._setup.status_url, "POST", params)))
        for _, callback in sorted(owed, key=lambda entry: entry[0]):
            self._carrier.notify(callback)
