"""A telephone line that Asterisk carries: each wish is one command of a conversation."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from ivr.gateway.ami import Manager, ManagerError
from ivr.gateway.carried import CallEquipment, CarriedLine
from ivr.gateway.channel import (
    LONGEST_PROMPT,
    key_of,
    quality_of,
    recording_at,
    seconds_of,
    stream,
    within,
)
from ivr.gateway.conversation import AgiAnswer, ChannelGoneError, Conversation, quoted
from ivr.gateway.sounds import NoSpeechError
from ivr.gateway.waiting import Awaited
from ivr.gateway.whom import Endpoint, NotToBeRungError
from ivr.phone import sound
from ivr.phone.line import (
    AwaitKey,
    CallerHungUpError,
    Join,
    LegEnd,
    LegStatus,
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

ANY_KEY = "0123456789*#"
PICKED_UP_SECONDS = 5.0
"""Within this time whoever picked up comes in at our door."""
BUSY_CAUSE, REJECTED_CAUSE = 17, 21
LEG_ENDS: dict[str, LegStatus] = {
    "ANSWER": "completed",
    "BUSY": "busy",
    "NOANSWER": "no-answer",
    "CANCEL": "canceled",
    "CONGESTION": "failed",
    "CHANUNAVAIL": "failed",
}
log = structlog.get_logger("ivr.gateway")


@dataclass(frozen=True)
class LineEquipment(CallEquipment):
    """What all calls of the line share, with the way to ask Asterisk for one."""

    manager: Manager
    awaited: Awaited


class AsteriskLine(CarriedLine):
    """One call. Without a `conversation` it is one we place, which begins when somebody picks up."""

    def __init__(
        self, equipment: LineEquipment, call_sid: str, conversation: Conversation | None = None
    ) -> None:
        """Name recordings after `call_sid`; nothing is said to Asterisk yet."""
        self._with, self._call_sid = equipment, call_sid
        self._caller = conversation
        self._desk: Conversation | None = None
        self._dialling: _Dialling | None = None
        self._said_who = conversation is not None

    # -- wishes ----------------------------------------------------------------------------------

    def answer(self) -> None:
        """Pick the call up, without waiting for the caller's first sound as `ANSWER` would."""
        self._ask("EXEC Answer 0,i")

    def speak(self, wish: ReadAloud) -> Passed:
        """Play the sentence; where nothing can say it, the caller hears the next one."""
        with self._gone_is_hung_up():
            return self._utter(self._channel(), wish)

    def play(self, wish: PlaySound) -> Passed:
        """Play a recording."""
        with self._gone_is_hung_up():
            return self._utter(self._channel(), wish)

    def await_key(self, wish: AwaitKey) -> Passed:
        """Wait for one key."""
        with self._gone_is_hung_up():
            return key_of(self._channel(), wish.seconds)

    def record(self, wish: TakeRecording) -> Recorded:
        """Record into a file that outlives this process, from its first second on."""
        channel, begun = self._channel(), time.monotonic()
        path = self._with.spool / f"{self._call_sid}.{secrets.token_hex(8)}"
        self._with.spool.mkdir(parents=True, exist_ok=True)
        self.spoken = Path(f"{path}.wav")
        limits = f"{wish.silence:.0f},{wish.longest:.0f},kq{'y' if len(wish.finish_on_key) > 1 else ''}"
        keys = quoted(wish.finish_on_key)
        command = f"RECORD FILE {quoted(str(path))} wav {keys} {wish.longest * 1000:.0f} s={wish.silence:.0f}"
        try:
            channel.ask(f"SET VARIABLE SPEAKS {quoted(limits)}")
            channel.ask(f"SET VARIABLE SPOKEN {quoted(str(path))}")  # the dialplan records, should we be gone
            if wish.beep:
                channel.ask(f'STREAM FILE {quoted(self._with.sounds.beep())} ""', LONGEST_PROMPT)
            begun = time.monotonic()
            answer = channel.ask(command, wish.longest + wish.silence)
        except ChannelGoneError:
            answer = AgiAnswer(-1, "hangup")
        seconds = time.monotonic() - begun
        with suppress(ChannelGoneError):
            channel.ask('SET VARIABLE SPOKEN ""')  # before this answer Asterisk closes the file
        wave = recording_at(self.spoken)
        if answer.result == -1:
            raise CallerHungUpError(seconds, wave)
        return Recorded(wave or sound.silence(0), seconds, answer.key or "")

    def ring_out(self, wish: RingOut) -> LegEnd:
        """Ring somebody: out of a call, or, where nobody is on the line yet, as the call itself."""
        begun = time.monotonic()
        try:
            endpoint = self._with.endpoint(wish)
        except NotToBeRungError as refused:
            log.warning("not rung", call=self._call_sid, why=str(refused))
            return LegEnd("failed", time.monotonic() - begun)
        if self._caller is None:
            return self._place(endpoint, wish, begun)
        if endpoint.over_trunk and not self._with.trunk.take(for_caller=True):
            return LegEnd("busy", time.monotonic() - begun)
        self._channel()
        self._dialling = _Dialling(endpoint, begun)
        try:
            return self._dial(self._caller, endpoint, wish, begun)
        except ChannelGoneError:
            return self._leg_over(by_caller=True)

    def at_their_end(self, wish: Wish) -> Passed:
        """Speak to whoever picked up; one who hung up hears and presses nothing any more."""
        if self._caller is not None and self._caller.hung_up:
            raise CallerHungUpError
        if self._desk is None:
            return Passed()
        try:
            match wish:
                case ReadAloud() | PlaySound():
                    return self._utter(self._desk, wish)
                case AwaitKey(seconds=seconds):
                    return key_of(self._desk, seconds)
                case _:
                    return Passed()
        except (ChannelGoneError, CallerHungUpError):
            self._let_desk_go()
            return Passed()

    def join(self, wish: Join) -> LegEnd:
        """Let the one who was asked through; the two talk until one of them hangs up."""
        if self._dialling is None or self._desk is None:
            return self._leg_over()
        self._dialling.begun = time.monotonic()
        self._let_desk_go(joined=True)
        return self._leg_over(wish.talk_seconds)

    def hang_up(self) -> None:
        """End the call."""
        if self._caller is not None:
            self._ask("HANGUP")
            self._caller.close()

    def turn_away(self, wish: TurnAway) -> None:
        """Refuse the call before it is answered, with the cause the carrier understands."""
        self._ask(f"EXEC Hangup {BUSY_CAUSE if wish.reason == 'busy' else REJECTED_CAUSE}")
        if self._caller is not None:
            self._caller.close()

    def let_go(self, code: int) -> bool:
        """Leave the caller to the dialplan, which asks for patience and comes to us once more (L1)."""
        if self._caller is None or self._caller.hung_up:
            return False
        log.warning("the hotline does not answer, the exchange goes on alone", call=self._call_sid, code=code)
        self._caller.close()
        self.left_to_exchange = True
        return True

    def leave(self) -> None:
        """End the conversation: Asterisk keeps the channel of a caller who hung up until we do."""
        for channel in (self._desk, self._caller):
            if channel is not None:
                channel.close()

    def quality(self) -> CallQuality | None:
        """What Asterisk counted of the caller's packets; it knows of none that were late."""
        if self._caller is None:
            return None
        try:
            said = self._caller.full_variable("CHANNEL(rtcp,all)")
        except ChannelGoneError:
            return None
        return quality_of(said)

    def is_back(self) -> None:
        """The exchange has all its tries again, should we go once more."""
        if self._caller is not None:
            with suppress(ChannelGoneError):
                self._caller.ask('SET VARIABLE AWAY ""')

    def leg_behind(self) -> LegEnd | None:
        """What `Dial` left on the channel; whoever picked up and was joined to nobody was not reached."""
        if self._caller is None:
            return None
        try:
            status = self._caller.variable("DIALSTATUS")
            talked = seconds_of(self._caller.variable("ANSWEREDTIME"))
            self._caller.ask('SET VARIABLE DIALSTATUS ""')
        except ChannelGoneError:
            return None
        if status not in LEG_ENDS:
            return None
        if status == "ANSWER":
            return LegEnd("completed" if talked else "no-answer", 0.0, talked, self._caller.hung_up)
        return LegEnd(LEG_ENDS[status], by_caller=self._caller.hung_up)

    # -- this side -------------------------------------------------------------------------------

    def _channel(self) -> Conversation:
        """The caller's channel, with nobody being rung any more; CallerHungUpError without one."""
        if self._caller is None:
            raise CallerHungUpError
        if self._dialling is not None:  # whoever was asked for a key and pressed none is sent away
            self._let_desk_go()
            self._leg_over()
        if not self._said_who:
            self._said_who = True
            self._name_it(self._caller)
        return self._caller

    def _name_it(self, channel: Conversation) -> None:
        with self._gone_is_hung_up():
            channel.ask(f"SET VARIABLE TONGDAI_SID {quoted(self._call_sid)}")

    def _ask(self, command: str) -> None:
        with self._gone_is_hung_up():
            if self._channel().ask(command).result == -1 and command != "HANGUP":
                raise CallerHungUpError

    @contextmanager
    def _gone_is_hung_up(self) -> Iterator[None]:
        begun = time.monotonic()
        try:
            yield
        except ChannelGoneError as gone:
            if self._caller is not None:
                self._caller.hung_up = True
            raise CallerHungUpError(time.monotonic() - begun) from gone

    def _utter(self, channel: Conversation, wish: ReadAloud | PlaySound) -> Passed:
        keys = ANY_KEY if wish.interruptible else ""
        begun = time.monotonic()
        try:
            if isinstance(wish, ReadAloud):
                answer = stream(channel, self._with.sounds.say(wish.text, wish.language), keys)
            else:
                with self._with.sounds.lent(wish.sound) as path:
                    answer = stream(channel, path, keys)
        except (NoSpeechError, sound.NotAWaveError, OSError) as trouble:
            log.error("could not be said", call=self._call_sid, error=str(trouble))
            return Passed(time.monotonic() - begun)
        if answer.result == -1:
            raise CallerHungUpError(time.monotonic() - begun)
        return Passed(time.monotonic() - begun, answer.key if wish.interruptible else None)

    # -- ringing ---------------------------------------------------------------------------------

    def _place(self, endpoint: Endpoint, wish: RingOut, begun: float) -> LegEnd:
        token = secrets.token_hex(16)
        with self._with.awaited.expecting(token) as comes:
            try:
                rang = self._with.manager.ring(endpoint.name, token, wish.caller_id, wish.ring_seconds)
            except (ManagerError, ValueError) as trouble:
                log.error("could not ring", call=self._call_sid, error=str(trouble))
                return LegEnd("failed", time.monotonic() - begun)
            if rang != "answered":
                return LegEnd(rang, time.monotonic() - begun)
            self._caller = within(comes, PICKED_UP_SECONDS)
        status: LegStatus = "completed" if self._caller else "no-answer"
        return LegEnd(status, time.monotonic() - begun)

    def _dial(self, channel: Conversation, endpoint: Endpoint, wish: RingOut, begun: float) -> LegEnd:
        dial = f"{endpoint.name},{wish.ring_seconds:.0f},grL({wish.talk_seconds * 1000:.0f})"
        if not wish.asked:
            channel.begin(f"EXEC Dial {quoted(dial)}")
            return self._leg_over(wish.ring_seconds + wish.talk_seconds)
        token = secrets.token_hex(16)
        with self._with.awaited.expecting(token) as comes:
            channel.begin(f"EXEC Dial {quoted(f'{dial}U(product-asked^{token})')}")
            by = time.monotonic() + wish.ring_seconds + PICKED_UP_SECONDS
            while time.monotonic() < by:
                self._desk = within(comes, 0.05)
                if self._desk is not None:
                    return LegEnd("completed", time.monotonic() - begun)
                if channel.answered(0.05):
                    break
        return self._leg_over()

    def _leg_over(self, seconds: float = PICKED_UP_SECONDS, *, by_caller: bool = False) -> LegEnd:
        """Wait for the end of what `Dial` began, and say how it ended."""
        dialled, channel = self._dialling, self._caller
        if dialled is None or channel is None:
            return LegEnd("failed")
        self._dialling = None
        if dialled.endpoint.over_trunk:
            self._with.trunk.free()
        status, talked = "CANCEL", 0.0
        try:
            if not by_caller:
                by_caller = channel.finish(seconds).result == -1 or channel.hung_up
            status = channel.variable("DIALSTATUS") or status
            talked = seconds_of(channel.variable("ANSWEREDTIME")) if status == "ANSWER" else 0.0
            channel.ask('SET VARIABLE DIALSTATUS ""')  # the dialplan goes by it, should we be gone later
        except ChannelGoneError:
            by_caller = channel.hung_up = True
        took = time.monotonic() - dialled.begun
        talked = min(talked, took)
        return LegEnd(LEG_ENDS.get(status, "failed"), took - talked, talked, by_caller)

    def _let_desk_go(self, *, joined: bool = False) -> None:
        """Leave whoever picked up to `Dial`: it joins the two, or sends them away."""
        desk, self._desk = self._desk, None
        if desk is None:
            return
        try:
            desk.ask(f'SET VARIABLE GOSUB_RESULT "{"" if joined else "CONTINUE"}"')
        except ChannelGoneError:
            pass
        finally:
            desk.close()


@dataclass
class _Dialling:
    """Somebody is being rung, or talks."""

    endpoint: Endpoint
    begun: float
