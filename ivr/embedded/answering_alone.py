"""What a caller hears from the line itself while the hotline does not answer: the fallback, in this process.

The same sounds, calendar and steps as those of the dialplan that Asterisk follows (F-09).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog

from ivr.embedded.embedded_line import EmbeddedLine
from ivr.embedded.sip_call import SipCall
from ivr.gateway.channel import recording_at
from ivr.gateway.dialplan import KEEPS_TRYING
from ivr.gateway.folders import LineFolders
from ivr.phone import sound
from ivr.phone.line import CallerHungUpError, RingOut
from ivr.phone.verbs import Party
from logbook.settings.loading import Settings

PAUSE = 2.0
CONSENT_SECONDS, LONGEST_MESSAGE, MESSAGE_SILENCE = 8.0, 180.0, 8.0
log = structlog.get_logger("ivr.embedded")


@dataclass
class AnsweringAlone:
    """One caller without a hotline; `is_open` says whether somebody is there to be rung now."""

    settings: Settings
    folders: LineFolders
    line: EmbeddedLine
    call: SipCall
    call_sid: str
    caller: str
    is_open: Callable[[], bool]
    now: Callable[[], datetime]
    _since: float | None = None
    _pressed: str | None = None

    def hold(self) -> bool:
        """Ask for patience; False once the hotline has been away for too long (CallerHungUpError)."""
        first, now = self._since is None, time.monotonic()
        self._since = now if self._since is None else self._since
        if self.call.state == "ringing":
            time.sleep(PAUSE)  # it still rings: one more chance before anything is said
            return first and not self.call.media.gone
        if now - self._since > KEEPS_TRYING:
            return False
        self._say("one-moment")
        self.call.media.await_key(PAUSE)
        return True

    def is_back(self) -> None:
        """The hotline answers again: it has all its time, should it go once more."""
        self._since = None

    def answer(self) -> None:
        """Greet, ring whoever is there for emergencies, or take a message (CallerHungUpError)."""
        if self.call.state == "ringing":
            self.line.answer()
            self._say("greeting")
        if self.is_open() and self._rung():
            self._say("bye")
            return
        self._say("hours")
        self.call.media.forget_keys()
        self._say("consent", stops=True)
        pressed = self._pressed or self.call.media.await_key(CONSENT_SECONDS).key
        if pressed == "1":
            self._take_message()
        else:
            self._say("bye")

    def _say(self, name: str, *, stops: bool = False) -> None:
        path = self.folders.sounds / f"{name}.wav"
        try:
            self._pressed = self.line.play_file(path, stops=stops).key
        except OSError as trouble:
            log.error("a sound of the fallback is missing", name=name, why=str(trouble))

    def _rung(self) -> bool:
        duty = self.settings.duty
        if duty.emergency_operator is None:
            return False
        number = duty.person(duty.emergency_operator).number
        party = (Party("number", number),)
        leg = self.line.ring_out(RingOut(party, "", duty.ring_seconds, duty.talk_limit_seconds, record=False))
        if leg.by_caller:
            raise CallerHungUpError
        return leg.status == "completed"

    def _take_message(self) -> None:
        """Keep what is said under a name that makes one ticket of it, however often it is taken in."""
        self._say("beep")
        caller = self.caller if re.fullmatch(r"\+?[0-9]{1,20}", self.caller, re.ASCII) else ""
        number = int(self.call_sid[2:18], 16)  # what tells it from all others of this second
        path = self.folders.messages / f"{int(self.now().timestamp())}-{number}-{caller}.wav"
        try:
            self.call.media.record(path, silence=MESSAGE_SILENCE, longest=LONGEST_MESSAGE, keys="#")
        except OSError as trouble:
            log.error("a message could not be kept", why=str(trouble))
            self._say("bye")
            return
        finally:
            _drop_silence(path)
        self._say("thanks")


def _drop_silence(path: Path) -> None:
    """A message in which nothing was said is none."""
    wave = recording_at(path)
    if not wave or sound.is_silent(wave):
        path.unlink(missing_ok=True)
