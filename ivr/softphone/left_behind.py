"""What people said to a process that was killed: brought to the logbook by the next one, once.

It takes the way of a caller who hangs up while speaking: the recording is kept where the hotline fetches it,
its callback names it, and the end of the call files what no turn has heard.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from threading import Event

import structlog

from ivr.gateway.channel import sound_of
from ivr.line.hotline import Hotline
from ivr.phone import sound
from ivr.phone.carrier import Carrier, StatusCallback
from ivr.phone.parameters import (
    CallSetup,
    FinishedRecording,
    call_status,
    new_sid,
    recording_status,
    standard,
)
from ivr.phone.transport import HttpTransport
from ivr.provider import inbound
from ivr.provider.sdk import UploadFailedError
from ivr.softphone.spoken import SpokenFolder
from logbook.calls import calls, history
from logbook.clock import local

LOOK_SECONDS = 5.0
MOST_LOOKS = 240
"""Twenty minutes: what no hotline took until then waits for the next start."""
SHORTEST = 0.2
log = structlog.get_logger("ivr.softphone")


class LeftBehind:
    """The recordings of calls that no process carries any more."""

    def __init__(self, hotline: Hotline, spoken: SpokenFolder) -> None:
        """Nothing is looked for before `take_in`."""
        self._hotline, self._spoken = hotline, spoken

    def take_in(self) -> None:
        """Bring all in, as soon as the hotline answers; a file that still grows is somebody else's."""
        before: dict[Path, int] = {}
        for _ in range(MOST_LOOKS):
            found = self._spoken.left_behind()
            for path, size in found.items():
                if before.get(path) == size:
                    self._try(path)
            if not found:
                return
            before = found
            Event().wait(LOOK_SECONDS)

    def _try(self, path: Path) -> None:
        try:
            self._take_in(path)
        except Exception:
            log.exception("what was said could not be brought in", file=path.name)

    def _take_in(self, path: Path) -> None:
        call_sid, *named, _ = path.name.split(".")
        try:
            wave = sound.trimmed(sound_of(path.read_bytes()))
        except sound.NotAWaveError:
            wave = b""
        if not wave or sound.is_silent(wave) or sound.duration(wave) < SHORTEST:
            path.unlink(missing_ok=True)
            return
        recording_sid = named[0] if named else new_sid("RE")
        path = path if named else self._spoken.name(call_sid, recording_sid)
        if self._tell(call_sid, recording_sid, wave):
            path.unlink(missing_ok=True)
            log.warning("a call in a browser ended while nobody watched", call=call_sid)

    def _tell(self, call_sid: str, recording_sid: str, wave: bytes) -> bool:
        """Whether the logbook has it now."""
        settings, now = self._hotline.settings, local(self._hotline.clock.now())
        with self._hotline.database.reading() as conn:
            call = history.of_sid(conn, call_sid)
        caller = call.caller_raw if call is not None else ""
        setup = replace(inbound.setup_call(settings, settings.public_url, caller, None), call_sid=call_sid)
        transport = HttpTransport(settings.public_url, settings.local_url)
        troubles: list[UploadFailedError] = []
        inbound.keeper(setup, settings, transport, troubles.append)(call_sid, recording_sid, wave)
        if troubles or call is None:  # the provider's recordings are compared with ours once a day
            return not troubles
        carrier = Carrier(transport, settings.auth_token.get_secret_value())
        made = FinishedRecording.begun(setup, now, "RecordVerb")
        url = made.url.replace(made.sid, recording_sid)
        made = replace(made, sid=recording_sid, url=url, seconds=round(sound.duration(wave)))
        there = f"{settings.public_url}/ivr/recording/{call.turn}"
        fields = recording_status(setup, made, now, "completed")
        carrier.notify(StatusCallback("recording", there, "POST", fields))
        if call.status not in calls.OVER and not call.direction.startswith("outbound"):
            carrier.notify(self._end(setup, made))
        return all(200 <= one.status < 300 for one in carrier.sent)

    def _end(self, setup: CallSetup, made: FinishedRecording) -> StatusCallback:
        now = local(self._hotline.clock.now())
        fields = standard(setup, "completed", now) | call_status("completed", made.seconds, now, made)
        return StatusCallback("status", setup.status_url, "POST", fields)
