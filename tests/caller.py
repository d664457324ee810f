"""A citizen on the telephone, for tests: presses, speaks, is silent, hangs up, and remembers."""

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Literal, Self

from ivr.phone.behaviour import Behaviour
from ivr.phone.carrier import Carrier, HttpExchange, StatusCallback
from ivr.phone.executor import CallEnd, Executor, Steps
from ivr.phone.line import AwaitKey, CallerHungUpError, RingOut, TakeRecording, Wish, fulfil
from ivr.phone.parameters import CallSetup, new_sid
from ivr.phone.scripted import (
    Action,
    ClerkAnswers,
    ClerkBusy,
    ClerkSilent,
    GoAway,
    PressAt,
    ScriptedLine,
    StaySilent,
    Talk,
)
from ivr.phone.transport import Transport, WsgiApp, WsgiTransport

PUBLIC_URL = "https://tongdai.example"
ACCOUNT_SID = "AC" + "0" * 32
CALLED = "+842583842102"
STARTED = datetime(2026, 11, 25, 9, 10, tzinfo=timezone(timedelta(hours=7)))


class Caller:
    """One call, which begins with the first action or question and stops wherever the hotline waits.

    Each action answers one prompt. A Dial that nothing was said about is not answered. An action after the
    end of the call is a mistake in the test and fails it. `first` are actions that are known before the call,
    so that they can interrupt a sentence (`PressAt("4", at_once=True)`); a line that `queues_keys` keeps
    those that interrupt nothing for the next question.
    """

    def __init__(
        self,
        app: WsgiApp,
        auth_token: str,
        *,
        number: str = "+84912345678",
        called: str = CALLED,
        account_sid: str = ACCOUNT_SID,
        public_url: str = PUBLIC_URL,
        started: datetime = STARTED,
        brings_time: bool = False,
        behaviour: Behaviour | None = None,
        first: Iterable[Action] = (),
        transport: Transport | None = None,
        queues_keys: bool = False,
        direction: Literal["inbound", "outbound-api"] = "inbound",
        call_sid: str | None = None,
        voice_path: str = "/ivr/voice",
        fallback_path: str = "/ivr/fallback",
        status_path: str = "/ivr/status",
    ) -> None:
        self.recordings: dict[str, bytes] = {}
        self.setup = CallSetup(
            account_sid=account_sid,
            caller=number,
            called=called,
            voice_url=public_url + voice_path,
            fallback_url=public_url + fallback_path if fallback_path else "",
            status_url=public_url + status_path if status_path else "",
            started=started,
            brings_time=brings_time,
            direction=direction,
            call_sid=call_sid or new_sid("CA"),
        )
        self.carrier = Carrier(transport or WsgiTransport(app, public_url), auth_token, behaviour)
        self.line = ScriptedLine(*first, queues_keys=queues_keys)
        self._executor = Executor(self.setup, self.carrier, self._keep)
        self._steps: Steps[CallEnd] = self._executor.run()
        self._wish: Wish | None = None
        self._begun = False
        self._end: CallEnd | None = None
        self._new_from = 0

    def dial(self) -> Self:
        """Begin the call; does nothing when it has begun."""
        if not self._begun:
            self._begun = True
            self._wish = next(self._steps)
            self._go_on()
        return self

    def press(self, keys: str) -> Self:
        return self._act(PressAt(keys))

    def speak(self, seconds: float | bytes = 12, then: Literal["#", "silence", "hang-up"] = "#") -> Self:
        return self._act(Talk(seconds, then))

    def stay_silent(self) -> Self:
        return self._act(StaySilent())

    def hang_up(self) -> Self:
        return self._act(GoAway())

    def clerk_answers(self, seconds: float = 30, *, caller_ends: bool = False, presses: str = "1") -> Self:
        return self._act(ClerkAnswers(seconds, caller_ends, presses))

    def clerk_busy(self) -> Self:
        return self._act(ClerkBusy())

    def clerk_does_not_answer(self) -> Self:
        return self._act(ClerkSilent())

    @property
    def heard(self) -> list[str]:
        """All sentences so far."""
        return self.dial().line.heard

    @property
    def just_heard(self) -> list[str]:
        """The sentences since the last action."""
        return self.heard[self._new_from :]

    @property
    def played(self) -> list[str]:
        """The URLs of all sounds so far."""
        return self.dial().line.played

    @property
    def waiting_for(self) -> Literal["key", "speech", "clerk"] | None:
        """What the hotline waits for; None when the call is over."""
        self.dial()
        match self._wish:
            case AwaitKey():
                return "key"
            case TakeRecording():
                return "speech"
            case RingOut():
                return "clerk"
            case _:
                return None

    @property
    def ended(self) -> bool:
        return self.dial()._end is not None

    @property
    def end(self) -> CallEnd:
        """How the call ended; fails the test when it has not."""
        assert self.ended, f"the hotline still waits for {self.waiting_for}"
        assert self._end is not None
        return self._end

    @property
    def call_sid(self) -> str:
        return self.setup.call_sid

    @property
    def sent(self) -> list[HttpExchange]:
        """Every HTTP request so far, in order."""
        return self.carrier.sent

    @property
    def held(self) -> list[StatusCallback]:
        """The callbacks held back, when the behaviour asks for that."""
        return self.carrier.held

    def deliver_held(self, order: Iterable[int] | None = None) -> None:
        """Deliver the callbacks held back, by position and as often as named."""
        self.carrier.deliver_held(order)

    def replay(self, exchange: HttpExchange, *, token: str | None = None) -> HttpExchange:
        """Deliver an earlier request once more."""
        return self.carrier.replay(exchange, token=token)

    def requests_to(self, path: str) -> list[HttpExchange]:
        """The requests made to one path, in order."""
        return [exchange for exchange in self.sent if exchange.path == path]

    def _act(self, action: Action) -> Self:
        self.dial()
        assert self._end is None, f"{action} after the call was over"
        self._new_from = len(self.line.heard)
        if isinstance(self._wish, RingOut) and isinstance(action, PressAt | Talk | StaySilent):
            self.line.actions.append(ClerkSilent())
        self.line.actions.append(action)
        self._go_on()
        return self

    def _go_on(self) -> None:
        """Carry the call on until the hotline waits for something that nobody has decided yet."""
        try:
            while self._wish is not None and not self.line.waits_for_plan(self._wish):
                try:
                    outcome = fulfil(self.line, self._wish)
                except CallerHungUpError as gone:
                    self._wish = self._steps.throw(gone)
                else:
                    self._wish = self._steps.send(outcome)
        except StopIteration as end:
            self._end, self._wish = end.value, None

    def _keep(self, _call_sid: str, recording_sid: str, wav: bytes) -> None:
        self.recordings[recording_sid] = wav
