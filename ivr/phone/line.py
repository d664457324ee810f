"""The interface between a call document and a telephone line: scripted, terminal or real.

The executor yields wishes and is sent outcomes. It never knows which line carries them out, so a line of
another kind needs the ten abstract methods of `PhoneLine`. One that queues keys, or that can answer for
itself when the hotline is gone, has two more.
"""

from abc import ABC, abstractmethod
from collections.abc import Generator
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar, assert_never

from ivr.phone.verbs import Party

Result = TypeVar("Result")
LegStatus: TypeAlias = Literal["completed", "busy", "no-answer", "failed", "canceled"]

CHARACTERS_PER_SECOND = 15.0
"""The pace at which a text is spoken, where nobody can measure it."""


def speech_seconds(text: str) -> float:
    """Estimate how long a text takes to say, in seconds."""
    return len(text) / CHARACTERS_PER_SECOND


class CallerHungUpError(Exception):
    """The caller hung up, `seconds` after the wish was made; `sound` is what a recording had by then."""

    def __init__(self, seconds: float = 0.0, sound: bytes = b"") -> None:
        super().__init__("the caller hung up")
        self.seconds = seconds
        self.sound = sound


@dataclass(frozen=True)
class Answer:
    """Pick the call up."""


@dataclass(frozen=True)
class ReadAloud:
    """Read a text to the caller; a key stops it when `interruptible`."""

    text: str
    language: str
    voice: str
    interruptible: bool


@dataclass(frozen=True)
class PlaySound:
    """Play a fetched sound to the caller; a key stops it when `interruptible`."""

    url: str
    sound: bytes
    seconds: float
    interruptible: bool


@dataclass(frozen=True)
class AwaitKey:
    """Wait up to `seconds` for one key; `so_far` are the keys this Gather already has."""

    seconds: float
    so_far: str
    finish_on_key: str


@dataclass(frozen=True)
class TakeRecording:
    """Record until `silence` seconds of silence, one of the keys, or `longest` seconds."""

    silence: float
    longest: float
    finish_on_key: str
    beep: bool


@dataclass(frozen=True)
class RingOut:
    """Ring somebody for `ring_seconds` and let the two talk for at most `talk_seconds`.

    One who is `asked` hears a document first, alone: picking up ends the ringing, and a Join may follow.
    """

    parties: tuple[Party, ...]
    caller_id: str
    ring_seconds: float
    talk_seconds: float
    record: bool
    asked: bool = False


@dataclass(frozen=True)
class AtTheirEnd:
    """Carry a wish out at the telephone of whoever was rung and picked up; the caller hears it ring on."""

    wish: "Wish"


@dataclass(frozen=True)
class Join:
    """Let the caller and whoever picked up talk, for at most `talk_seconds`."""

    talk_seconds: float
    record: bool


@dataclass(frozen=True)
class ForgetKeys:
    """What was pressed so far was pressed while a notice was heard that no key stops: it answers nothing."""


@dataclass(frozen=True)
class LetGo:
    """The hotline cannot be reached: whether the line answers for itself from now on (`code`: ErrorCode)."""

    code: int


@dataclass(frozen=True)
class HangUp:
    """End the call from our side."""


@dataclass(frozen=True)
class TurnAway:
    """Refuse the call without answering."""

    reason: Literal["rejected", "busy"]


@dataclass(frozen=True)
class Passed:
    """Time went by, and perhaps a key was pressed."""

    seconds: float = 0.0
    key: str | None = None


@dataclass(frozen=True)
class Recorded:
    """What a recording brought: wave bytes, the seconds it took, and the key that ended it (or none)."""

    sound: bytes
    seconds: float
    key: str = ""


@dataclass(frozen=True)
class LegEnd:
    """How ringing somebody ended; `by_caller` when the caller hung up, which ends the whole call."""

    status: LegStatus
    rang: float = 0.0
    talked: float = 0.0
    by_caller: bool = False
    sound: bytes = b""


@dataclass(frozen=True)
class LetGone:
    """Whether the line has taken the caller over."""

    taken_over: bool


Wish: TypeAlias = (
    Answer
    | ReadAloud
    | PlaySound
    | AwaitKey
    | TakeRecording
    | RingOut
    | AtTheirEnd
    | Join
    | ForgetKeys
    | LetGo
    | HangUp
    | TurnAway
)
Outcome: TypeAlias = Passed | Recorded | LegEnd | LetGone


class PhoneLine(ABC):
    """One telephone connection. Every method blocks until done; CallerHungUpError when the caller goes.

    The rules of every line, whatever carries it:

    - A key pressed while something is said that no key stops answers nothing, and neither does one pressed
      before the first prompt of a question. Keys within one question are never lost.
    - `seconds` are measured on a line that takes time, and never estimated there. Every wait has an end.
    - Whatever was spoken is in what `record` returns, or in the error when the caller goes in the middle,
      before the next wish; a line of real calls has it on disk from its first second.
    - Hanging up ends the call once. After that, and after the caller went, nothing is said or asked.
    - Whom a line cannot or must not ring did not answer: the end says failed, and the call goes on.
    - `let_go` is True only when the line itself goes on with the caller; the call is not over then.
    """

    @abstractmethod
    def answer(self) -> None:
        """Pick the call up."""

    @abstractmethod
    def speak(self, wish: ReadAloud) -> Passed:
        """Read a text aloud; return the key that stopped it, and the seconds it took."""

    @abstractmethod
    def play(self, wish: PlaySound) -> Passed:
        """Play a sound; return the key that stopped it, and the seconds it took."""

    @abstractmethod
    def await_key(self, wish: AwaitKey) -> Passed:
        """Wait for one key; a result without a key means the time is over."""

    @abstractmethod
    def record(self, wish: TakeRecording) -> Recorded:
        """Record the caller."""

    @abstractmethod
    def ring_out(self, wish: RingOut) -> LegEnd:
        """Ring somebody and connect the two; when the caller goes meanwhile, say so in the result."""

    @abstractmethod
    def at_their_end(self, wish: Wish) -> Passed:
        """Speak to whoever picked up, or take a key of theirs; other wishes need nothing done."""

    @abstractmethod
    def join(self, wish: Join) -> LegEnd:
        """Connect the two; when the caller goes meanwhile, say so in the result."""

    @abstractmethod
    def hang_up(self) -> None:
        """End the call; called once, also after HungUp is not (the line is gone then)."""

    @abstractmethod
    def turn_away(self, wish: TurnAway) -> None:
        """Refuse the call without answering it."""

    def forget_keys(self) -> None:  # noqa: B027 - most lines have nothing to do
        """Drop the keys that wait; a line that queues none has nothing to do."""

    def let_go(self, code: int) -> bool:
        """The hotline cannot be reached: take the caller over with an answer of one's own, or say False."""
        del code
        return False


def fulfil(line: PhoneLine, wish: Wish) -> Outcome:  # noqa: C901 - one flat line a wish
    """Have the line carry out one wish; raise HungUp."""
    match wish:
        case ReadAloud():
            return line.speak(wish)
        case PlaySound():
            return line.play(wish)
        case AwaitKey():
            return line.await_key(wish)
        case TakeRecording():
            return line.record(wish)
        case RingOut():
            return line.ring_out(wish)
        case AtTheirEnd(wish=theirs):
            return line.at_their_end(theirs)
        case Join():
            return line.join(wish)
        case ForgetKeys():
            line.forget_keys()
        case LetGo(code=code):
            return LetGone(line.let_go(code))
        case Answer():
            line.answer()
        case HangUp():
            line.hang_up()
        case TurnAway():
            line.turn_away(wish)
        case _:
            assert_never(wish)
    return Passed()


def drive(call: Generator[Wish, Outcome, Result], line: PhoneLine) -> Result:
    """Run a call to its end on a line and return how it ended."""
    try:
        wish = next(call)
        while True:
            try:
                outcome = fulfil(line, wish)
            except CallerHungUpError as gone:
                wish = call.throw(gone)
            else:
                wish = call.send(outcome)
    except StopIteration as end:
        result: Result = end.value
        return result
