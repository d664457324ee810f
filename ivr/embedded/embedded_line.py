"""A telephone line that this program carries itself: each wish is sound, a key or a SIP request."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import structlog

from ivr.embedded import tones
from ivr.embedded.g711 import Codec
from ivr.embedded.sip_call import SipCall
from ivr.embedded.sip_trunk import SipTrunk
from ivr.gateway.carried import CallEquipment, CarriedLine
from ivr.gateway.channel import recording_at
from ivr.gateway.sounds import NoSpeechError, telephone_wave
from ivr.gateway.whom import Endpoint, NotToBeRungError
from ivr.phone import sound
from ivr.phone.line import (
    AwaitKey,
    CallerHungUpError,
    Join,
    LegEnd,
    Passed,
    PlaySound,
    ReadAloud,
    Recorded,
    RingOut,
    TakeRecording,
    TurnAway,
    Wish,
)
from logbook.calls.quality import CallQuality

LOOK = 0.05
log = structlog.get_logger("ivr.embedded")


@dataclass(frozen=True)
class EmbeddedEquipment(CallEquipment):
    """What all calls of the embedded line share."""

    way: SipTrunk


class EmbeddedLine(CarriedLine):
    """One call. Without a `call` it is one we place, which begins when somebody picks up."""

    def __init__(self, equipment: EmbeddedEquipment, call_sid: str, call: SipCall | None = None) -> None:
        """Name recordings after `call_sid`; nothing is sent yet."""
        self._with, self._call_sid = equipment, call_sid
        self.call = call
        self._placed = call is None
        self._desk: SipCall | None = None
        self._desk_over_trunk = False
        self.when_back: Callable[[], None] = lambda: None

    # -- wishes ----------------------------------------------------------------------------------

    def answer(self) -> None:
        """Pick the call up."""
        if not self._there().answer():
            raise CallerHungUpError

    def speak(self, wish: ReadAloud) -> Passed:
        """Play the sentence; where nothing can say it, the caller hears the next one."""
        return self._utter(self._there(), wish)

    def play(self, wish: PlaySound) -> Passed:
        """Play a recording."""
        return self._utter(self._there(), wish)

    def play_file(self, path: Path, *, stops: bool = False) -> Passed:
        """Play one of the line's own sounds (CallerHungUpError)."""
        call = self._there()
        return call.media.utter(coded(path, call.media.codec), stops=stops)

    def await_key(self, wish: AwaitKey) -> Passed:
        """Wait for one key."""
        return self._there().media.await_key(wish.seconds)

    def record(self, wish: TakeRecording) -> Recorded:
        """Record into a file that outlives this process, from its first second on."""
        call, begun = self._there(), time.monotonic()
        self._with.spool.mkdir(parents=True, exist_ok=True)
        self.spoken = self._with.spool / f"{self._call_sid}.{secrets.token_hex(8)}.wav"
        if wish.beep:
            self.play_file(Path(f"{self._with.sounds.beep()}.wav"))
        begun = time.monotonic()
        try:
            passed = call.media.record(
                self.spoken, silence=wish.silence, longest=wish.longest, keys=wish.finish_on_key
            )
        except CallerHungUpError as gone:
            raise CallerHungUpError(gone.seconds, recording_at(self.spoken)) from gone
        except OSError as trouble:
            log.error("could not record", call=self._call_sid, error=str(trouble))
            return Recorded(recording_at(self.spoken) or sound.silence(0), time.monotonic() - begun)
        return Recorded(recording_at(self.spoken) or sound.silence(0), passed.seconds, passed.key or "")

    def ring_out(self, wish: RingOut) -> LegEnd:
        """Ring somebody: out of a call, or, where nobody is on the line yet, as the call itself."""
        begun = time.monotonic()
        try:
            endpoint = self._with.endpoint(wish)
        except NotToBeRungError as refused:
            log.warning("not rung", call=self._call_sid, why=str(refused))
            return LegEnd("failed", time.monotonic() - begun)
        placed = self.call is None
        if not placed:
            self._there()
            if endpoint.over_trunk and not self._with.trunk.take(for_caller=True):
                return LegEnd("busy", time.monotonic() - begun)
            self._desk_over_trunk = endpoint.over_trunk
        leg = self._begin(endpoint)
        if leg is None:
            self._free_line()
            return LegEnd("failed", time.monotonic() - begun)
        if placed:
            return self._reach(leg, wish, begun)
        self._desk = leg
        return self._ring_desk(leg, wish, begun)

    def at_their_end(self, wish: Wish) -> Passed:
        """Speak to whoever picked up; one who hung up hears and presses nothing any more."""
        self._there(with_desk=True)
        desk = self._desk
        if desk is None:
            return Passed()
        try:
            match wish:
                case ReadAloud() | PlaySound():
                    return self._utter(desk, wish)
                case AwaitKey(seconds=seconds):
                    return desk.media.await_key(seconds)
                case _:
                    return Passed()
        except CallerHungUpError as gone:
            return Passed(gone.seconds)

    def join(self, wish: Join) -> LegEnd:
        """Let the two talk until one of them hangs up."""
        caller, desk = self.call, self._desk
        if caller is None or desk is None:
            return LegEnd("failed")
        begun = time.monotonic()
        caller.media.join(desk.media)
        desk.media.join(caller.media)
        try:
            _until(lambda: caller.media.gone or desk.media.gone, wish.talk_seconds)
        finally:
            caller.media.join(None)
            desk.media.join(None)
            caller.media.forget_keys()
            self._let_desk_go()
        return LegEnd("completed", 0.0, time.monotonic() - begun, caller.media.gone)

    def forget_keys(self) -> None:
        """Drop the keys that wait."""
        if self.call is not None:
            self.call.media.forget_keys()

    def hang_up(self) -> None:
        """End the call."""
        self._let_desk_go()
        if self.call is not None:
            self.call.hang_up()

    def turn_away(self, wish: TurnAway) -> None:
        """Refuse the call before it is answered."""
        self._there().refuse("486 Busy Here" if wish.reason == "busy" else "603 Decline")

    def let_go(self, code: int) -> bool:
        """Go on with a caller without the hotline (L1); whom we rang hears the last words and no more."""
        if self.call is None or self.call.media.gone or self._placed:
            return False
        log.warning("the hotline does not answer, the line goes on alone", call=self._call_sid, code=code)
        self._let_desk_go()
        self.left_to_exchange = True
        return True

    def leave(self) -> None:
        """End what is left of the call, unless the line goes on with the caller."""
        self._let_desk_go()
        if self.call is not None and not self.left_to_exchange:
            self.call.hang_up()

    def quality(self) -> CallQuality | None:
        """Counted packet by packet."""
        arrived = None if self.call is None else self.call.media.arrived
        if arrived is None or not arrived.received:
            return None
        return CallQuality(arrived.received, arrived.lost, arrived.late, round(arrived.jitter_ms))

    def is_back(self) -> None:
        """The hotline answers again."""
        self.when_back()

    # -- this side -------------------------------------------------------------------------------

    def _there(self, *, with_desk: bool = False) -> SipCall:
        """The caller, with nobody being rung any more; CallerHungUpError without one."""
        if not with_desk and self._desk is not None:  # one who was asked for a key and pressed none
            self._let_desk_go()
        if self.call is None or self.call.media.gone:
            raise CallerHungUpError
        return self.call

    def _utter(self, call: SipCall, wish: ReadAloud | PlaySound) -> Passed:
        begun = time.monotonic()
        try:
            if isinstance(wish, ReadAloud):
                call.show(wish.text)
                path = Path(f"{self._with.sounds.say(wish.text, wish.language)}.wav")
                said = coded(path, call.media.codec)
            else:
                said = call.media.codec.encode(sound.read(telephone_wave(wish.sound)).samples)
        except (NoSpeechError, sound.NotAWaveError, OSError) as trouble:
            log.error("could not be said", call=self._call_sid, error=str(trouble))
            return Passed(time.monotonic() - begun)
        return call.media.utter(said, stops=wish.interruptible)

    # -- ringing ---------------------------------------------------------------------------------

    def _begin(self, endpoint: Endpoint) -> SipCall | None:
        if not endpoint.dialled:
            log.warning("a telephone of its own is rung by Asterisk only", name=endpoint.name)
            return None
        try:
            return self._with.way.ring(endpoint.dialled)
        except OSError as trouble:
            log.error("could not ring", call=self._call_sid, error=str(trouble))
            return None

    def _reach(self, leg: SipCall, wish: RingOut, begun: float) -> LegEnd:
        """Wait for whoever a placed call is for."""
        with leg.media.changed:
            leg.media.changed.wait_for(lambda: leg.state != "ringing", wish.ring_seconds)
        if leg.state == "up":
            self.call = leg
            return LegEnd("completed", time.monotonic() - begun)
        return self._not_reached(leg, begun)

    def _ring_desk(self, leg: SipCall, wish: RingOut, begun: float) -> LegEnd:
        caller = self._there(with_desk=True)
        caller.media.repeat(caller.media.codec.encode(tones.ringing()))
        _until(lambda: leg.state != "ringing" or caller.media.gone, wish.ring_seconds)
        caller.media.repeat(b"")
        rang = time.monotonic() - begun
        if caller.media.gone:
            self._let_desk_go()
            return LegEnd("canceled", rang, by_caller=True)
        if leg.state != "up":
            ended = self._not_reached(leg, begun)
            self._let_desk_go()
            return ended
        if wish.asked:
            return LegEnd("completed", rang)
        talk = self.join(Join(wish.talk_seconds, wish.record))
        return LegEnd(talk.status, rang, talk.talked, talk.by_caller)

    @staticmethod
    def _not_reached(leg: SipCall, begun: float) -> LegEnd:
        status = leg.ended if leg.is_over else "no-answer"
        leg.hang_up()
        return LegEnd(status, time.monotonic() - begun)

    def _let_desk_go(self) -> None:
        desk, self._desk = self._desk, None
        if desk is not None:
            desk.hang_up()
            self._free_line()

    def _free_line(self) -> None:
        over, self._desk_over_trunk = self._desk_over_trunk, False
        if over:
            self._with.trunk.free()


def _until(over: Callable[[], bool], seconds: float) -> None:
    """Look every few hundredths of a second whether one of two calls is over."""
    by = time.monotonic() + seconds
    while not over() and time.monotonic() < by:
        time.sleep(LOOK)


def coded(path: Path, law: Codec) -> bytes:
    """Return a sound of the line as it is sent, read once (NotAWaveError, OSError)."""
    return _coded(path, path.stat().st_mtime_ns, law)


@lru_cache(maxsize=512)
def _coded(path: Path, _changed: int, law: Codec) -> bytes:
    return law.encode(sound.read(path.read_bytes()).samples)
