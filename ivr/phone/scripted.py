"""A caller with a plan: a line whose keys, words and hang-ups are fixed beforehand."""

from collections import deque
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from ivr.phone import sound
from ivr.phone.line import (
    AwaitKey,
    CallerHungUpError,
    Join,
    LegEnd,
    Passed,
    PhoneLine,
    PlaySound,
    ReadAloud,
    Recorded,
    RingOut,
    TakeRecording,
    TurnAway,
    Wish,
    speech_seconds,
)

KEY_SECONDS = 0.5
RING_SECONDS = 8.0
"""How long it takes somebody who answers to do so."""


class OutOfTurnError(Exception):
    """The plan has something for the clerk to do while nobody is being rung."""


@dataclass(frozen=True)
class PressAt:
    """Press keys at one prompt; `at_once` is while the prompt is still heard."""

    keys: str
    at_once: bool = False


@dataclass(frozen=True)
class Talk:
    """Speak while being recorded: seconds of tone or wave bytes; then press a key, fall silent or hang up."""

    what: float | bytes
    then: Literal["#", "silence", "hang-up"] = "#"


@dataclass(frozen=True)
class StaySilent:
    """Let one prompt pass."""


@dataclass(frozen=True)
class GoAway:
    """Hang up at the next prompt that waits, or in the middle of what is being said."""

    at_once: bool = False


@dataclass(frozen=True)
class ClerkAnswers:
    """The person rung picks up and talks for some seconds; the caller may be the one who ends that.

    They press `presses` when they are asked for a key; a voice mail box presses nothing.
    """

    seconds: float = 30.0
    caller_ends: bool = False
    presses: str = "1"


@dataclass(frozen=True)
class ClerkBusy:
    """The person rung is talking already."""


@dataclass(frozen=True)
class ClerkSilent:
    """The person rung does not pick up."""


ClerkAction: TypeAlias = ClerkAnswers | ClerkBusy | ClerkSilent
Action: TypeAlias = PressAt | Talk | StaySilent | GoAway | ClerkAction


class ScriptedLine(PhoneLine):
    """Does what the plan says, one action for each prompt that waits.

    When the plan is exhausted the caller is silent, and hangs up after `patience` seconds of that. With
    `voice` every recording not planned as Talk gets that, and takes no action from the plan. `clerk` is
    what happens to a Dial that the plan says nothing about. Keys left over when a Gather ends are lost, as on
    many lines; one that `queues_keys` keeps them, and those pressed `at_once` while nothing may be stopped,
    for the next question.
    """

    def __init__(
        self,
        *actions: Action,
        patience: float = 120.0,
        voice: Talk | None = None,
        clerk: ClerkAction | None = None,
        queues_keys: bool = False,
    ) -> None:
        """Plan the call; `patience` in seconds."""
        self._queues = queues_keys
        self.actions = deque(actions)
        self.heard: list[str] = []
        self.played: list[str] = []
        self.rung: list[str] = []
        self.told_clerk: list[str] = []
        self._there = ClerkAnswers()
        self._their_keys: deque[str] = deque()
        self.state: Literal["ringing", "answered", "ended", "rejected", "busy"] = "ringing"
        self._patience = patience
        self._silent = 0.0
        self._voice = voice
        self._clerk: ClerkAction = clerk or ClerkSilent()
        self._keys: deque[str] = deque()

    def waits_for_plan(self, wish: Wish) -> bool:
        """Return whether this wish needs an action and the plan has none left."""
        if self.actions:
            return False
        match wish:
            case AwaitKey(so_far=so_far):
                return not so_far
            case TakeRecording():
                return self._voice is None
            case RingOut():
                return True
            case _:
                return False

    def answer(self) -> None:
        """Note that the hotline picked up."""
        self.state = "answered"

    def speak(self, wish: ReadAloud) -> Passed:
        """Hear a sentence, whole or until the plan interrupts it."""
        self.heard.append(wish.text)
        return self._listen(speech_seconds(wish.text), interruptible=wish.interruptible)

    def play(self, wish: PlaySound) -> Passed:
        """Hear a sound, whole or until the plan interrupts it."""
        self.played.append(wish.url)
        return self._listen(wish.seconds, interruptible=wish.interruptible)

    def await_key(self, wish: AwaitKey) -> Passed:
        """Press the next planned key, or let the time pass."""
        if not wish.so_far and not (self._queues and self._keys):
            self._keys.clear()
            match self.next_action():
                case PressAt(keys=keys):
                    self._keys.extend(keys)
                case GoAway():
                    raise CallerHungUpError
                case ClerkAnswers() | ClerkBusy() | ClerkSilent() as action:
                    raise OutOfTurnError(f"{action} while the hotline waits for a key")
                case None:
                    self._lose_patience(wish.seconds)
                case Talk() | StaySilent():
                    pass
        if self._keys:
            self._silent = 0.0
            return Passed(KEY_SECONDS, self._keys.popleft())
        return Passed(wish.seconds)

    def record(self, wish: TakeRecording) -> Recorded:
        """Speak into a recording as planned."""
        if self._voice is not None and not (self.actions and isinstance(self.actions[0], Talk)):
            return self._talk(self._voice, wish)
        match self.next_action():
            case Talk() as talk:
                return self._talk(talk, wish)
            case PressAt(keys=keys):
                ending = next((key for key in keys if key in wish.finish_on_key), "")
                seconds = 1.0 if ending else wish.silence
                return Recorded(sound.silence(seconds), seconds, ending)
            case GoAway():
                raise CallerHungUpError(1.0, sound.silence(1.0))
            case ClerkAnswers() | ClerkBusy() | ClerkSilent() as action:
                raise OutOfTurnError(f"{action} while the hotline records")
            case StaySilent() | None:
                self._lose_patience(wish.silence)
                return Recorded(sound.silence(wish.silence), wish.silence)

    def ring_out(self, wish: RingOut) -> LegEnd:
        """Let the clerk's telephone ring; an action meant for the caller stays in the plan."""
        self.rung += [party.address for party in wish.parties]
        clerk = self._clerk
        if self.actions and isinstance(self.actions[0], ClerkAnswers | ClerkBusy | ClerkSilent | GoAway):
            action = self.actions.popleft()
            if isinstance(action, GoAway):
                return LegEnd("canceled", 1.0, by_caller=True)
            if isinstance(action, ClerkAnswers | ClerkBusy | ClerkSilent):
                clerk = action
        match clerk:
            case ClerkAnswers():
                self._there, rang = clerk, min(RING_SECONDS, wish.ring_seconds)
                self._their_keys = deque(clerk.presses)
                if wish.asked:
                    return LegEnd("completed", rang)
                return replace(self.join(Join(wish.talk_seconds, wish.record)), rang=rang)
            case ClerkBusy():
                return LegEnd("busy", 1.0)
            case ClerkSilent():
                return LegEnd("no-answer", wish.ring_seconds)

    def at_their_end(self, wish: Wish) -> Passed:
        """Let the person rung hear, or press, or be silent until the time is over."""
        match wish:
            case ReadAloud(text=text):
                self.told_clerk.append(text)
                return Passed(speech_seconds(text))
            case AwaitKey(seconds=seconds):
                key = self._their_keys.popleft() if self._their_keys else None
                return Passed(KEY_SECONDS if key else seconds, key)
            case _:
                return Passed()

    def join(self, wish: Join) -> LegEnd:
        """Let the two talk as long as the plan says."""
        talked = min(self._there.seconds, wish.talk_seconds)
        spoken = sound.tone(talked) if wish.record else b""
        return LegEnd("completed", 0.0, talked, self._there.caller_ends, spoken)

    def forget_keys(self) -> None:
        """Drop what was pressed while a notice was heard."""
        self._keys.clear()

    def hang_up(self) -> None:
        """Note that the hotline ended the call."""
        self.state = "ended"

    def turn_away(self, wish: TurnAway) -> None:
        """Note that the hotline refused the call."""
        self.state = wish.reason

    def next_action(self) -> Action | None:
        """Take the next action from the plan; None when it is exhausted."""
        return self.actions.popleft() if self.actions else None

    def _listen(self, seconds: float, *, interruptible: bool) -> Passed:
        if self._queues and self._keys and interruptible:
            return Passed(0.0, self._keys.popleft())
        match self.actions[0] if self.actions else None:
            case GoAway(at_once=True):
                self.actions.popleft()
                raise CallerHungUpError(seconds / 2)
            case PressAt(keys=keys, at_once=True) if self._queues and not interruptible:
                self.actions.popleft()
                self._keys.extend(keys)
                return Passed(seconds)
            case PressAt(keys=keys, at_once=True) if interruptible:
                self.actions.popleft()
                self._keys = deque(keys)
                return Passed(seconds / 2, self._keys.popleft())
            case _:
                return Passed(seconds)

    def _talk(self, talk: Talk, wish: TakeRecording) -> Recorded:
        wav = talk.what if isinstance(talk.what, bytes) else sound.tone(talk.what)
        seconds = sound.duration(wav)
        if seconds >= wish.longest:
            return Recorded(sound.shortened(wav, wish.longest), wish.longest)
        if talk.then == "hang-up":
            raise CallerHungUpError(seconds, wav)
        if talk.then in wish.finish_on_key:
            return Recorded(wav, seconds, talk.then)
        return Recorded(wav, seconds + wish.silence)

    def _lose_patience(self, seconds: float) -> None:
        self._silent += seconds
        if self._silent > self._patience:
            raise CallerHungUpError(seconds)
