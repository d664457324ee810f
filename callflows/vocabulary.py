"""The values a dialogue is written in: what was heard, what is said, what is awaited, what was learnt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from callflows.escalations import AnswerHeard, CallAttemptOver, OutgoingAnswer, OutgoingQuestion
from callflows.prompts import PromptAnswer, PromptQuestion

# --- what the caller, or the logbook, did -----------------------------------------------------------------


@dataclass(frozen=True)
class Keys:
    """Keys the caller pressed, without the finishing hash: one or more of ``0-9 * #``."""

    pressed: str


@dataclass(frozen=True)
class Slip:
    """Neither a choice nor silence: a finishing key too many, or a turn that came back before its time."""


@dataclass(frozen=True)
class Silence:
    """The caller pressed nothing, or a recording stayed empty."""


@dataclass(frozen=True)
class Voice:
    """The caller spoke; `recording` is the logbook's number for it, `seconds` whole seconds."""

    recording: str
    seconds: int
    hung_up: bool = False


@dataclass(frozen=True)
class LegEnded:
    """The call to a clerk is over; `outcome` is the provider's word for it.

    `completed` means that they talked; `brief` that they did for a moment only, as with a voice mail box.
    """

    outcome: Literal["completed", "brief", "busy", "no-answer", "failed", "canceled"]
    seconds: int = 0
    hung_up: bool = False


@dataclass(frozen=True)
class HungUp:
    """The caller is gone."""


@dataclass(frozen=True)
class Filed:
    """A ticket is in the database: its six digits, and a PIN when the caller's number was withheld."""

    code: str
    pin: str | None


@dataclass(frozen=True)
class CaseFound:
    """Where a ticket stands, by the catalogue's word `state_…`; dates are local dates.

    `answer_id` names an answer on which the citizen has not said yet whether it helped.
    """

    state: str
    received: date
    due: date | None
    answered: date | None = None
    answer: str | None = None
    answer_id: str = ""


@dataclass(frozen=True)
class CaseUnknown:
    """No ticket has that code together with that proof; `tries_left` in this call."""

    tries_left: int


@dataclass(frozen=True)
class TooManyGuesses:
    """The rate limit for looking up tickets is spent, for this call, this number or in all (T-12)."""


@dataclass(frozen=True)
class MayCall:
    """The number the line would call back, as it is dialled here (0912345678); None when it never would.

    `renewed`: the prefix that was keyed in has become another one.
    """

    number: str | None
    renewed: bool = False


@dataclass(frozen=True)
class Audio:
    """The sound of a recording; `here` says whether it can be played already."""

    here: bool


Answer = Filed | CaseFound | CaseUnknown | TooManyGuesses | MayCall | Audio | OutgoingAnswer | PromptAnswer
Heard = Keys | Slip | Silence | Voice | LegEnded | HungUp | Answer

# --- what is said -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Digits:
    """Digits spoken one by one, in groups of `group`."""

    digits: str
    group: int = 3


@dataclass(frozen=True)
class Span:
    """A length of time, spoken exactly: "bốn mươi lăm giây", "một phút ba mươi giây"."""

    seconds: int


@dataclass(frozen=True)
class Count:
    """So many of something, by the text of the catalogue for one and for any other number."""

    value: int
    one: str
    many: str


@dataclass(frozen=True)
class Term:
    """Another text of the catalogue, used as a word in a sentence."""

    key: str


@dataclass(frozen=True)
class Plain:
    """The office's own words (a name, an answer), spoken as they stand."""

    text: str


@dataclass(frozen=True)
class When:
    """A coming moment, as seen from `today`: "tám giờ hôm nay", "tám giờ, thứ hai, ngày …"."""

    moment: datetime
    today: date


@dataclass(frozen=True)
class Hours:
    """The line's weekly hours as (opens, closes) in minutes after midnight, for the closed messages.

    `week` names runs of days that are alike, (first, last, windows) with Monday as 0, where not all days are.
    """

    windows: tuple[tuple[int, int], ...]
    week: tuple[tuple[int, int, tuple[tuple[int, int], ...]], ...] = ()


@dataclass(frozen=True)
class Each:
    """The same sentence once per row, e.g. every procedure with its key."""

    key: str
    rows: tuple[tuple[tuple[str, Word], ...], ...]


Word = int | date | Digits | Span | Count | Term | Plain | When | Hours | Each


@dataclass(frozen=True)
class Say:
    """One text of the catalogue with its words; `barge_in` lets a key cut it short."""

    key: str
    words: tuple[tuple[str, Word], ...] = ()
    barge_in: bool = True


@dataclass(frozen=True)
class Play:
    """The sound of one recording."""

    recording: str


Said = Say | Play


def say(key: str, *, barge_in: bool = True, **words: Word) -> Say:
    """A `Say` with its words given by name."""
    return Say(key, tuple(words.items()), barge_in)


# --- what is awaited --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Press:
    """At most `most` keys; more than one may be finished with the hash. `private` digits are not logged."""

    most: int = 1
    seconds: int = 6
    private: bool = False


RecordedFor = Literal["complaint", "instruction", "prompt"]
"""What a recording is made for."""


@dataclass(frozen=True)
class Speak:
    """Speech, until `silence` seconds of quiet, a key, or `most` seconds."""

    most: int
    silence: int
    purpose: RecordedFor = "complaint"


@dataclass(frozen=True)
class Ring:
    """One person's telephone, for at most `seconds`; `talk` limits the conversation, in seconds.

    With `key` whoever picks up presses a key before the caller is joined, which no voice mail box does.
    """

    person: str
    number: str
    seconds: int
    talk: int
    key: bool = False


@dataclass(frozen=True)
class Goodbye:
    """Nothing more: the line hangs up."""


@dataclass(frozen=True)
class FileTicket:
    """Open a ticket for what the caller said; `why_low` links it to this call's rating (000-17)."""

    recording: str
    caller_type: Literal["individual", "organisation"] | None
    why_low: bool


@dataclass(frozen=True)
class CheckCase:
    """Where the ticket `code` stands, for someone who proves it with `proof` (four digits)."""

    code: str
    proof: str


@dataclass(frozen=True)
class IsAudioHere:
    """Whether this recording can be played already."""

    recording: str


@dataclass(frozen=True)
class MayBeCalled:
    """Whether the line would call the keyed-in `number` back (T-13)."""

    number: str


Question = FileTicket | CheckCase | IsAudioHere | MayBeCalled | OutgoingQuestion | PromptQuestion


@dataclass(frozen=True)
class Ask:
    """A question to the logbook, answered at once and without the caller."""

    question: Question


Awaited = Press | Speak | Ring | Goodbye | Ask

# --- what was learnt --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Purpose:
    """What the caller came for (000-01)."""

    name: Literal["guidance", "complaint", "status", "rating", "clerk"]


@dataclass(frozen=True)
class CallerType:
    """Cá nhân or tổ chức (000-01)."""

    name: Literal["individual", "organisation"]


@dataclass(frozen=True)
class Consent:
    """The caller was asked whether we may record, and this is the key that answered (rules B4)."""

    wording: str
    key: str
    given: bool


@dataclass(frozen=True)
class Guided:
    """The caller came with a khiếu nại or tố cáo and heard how to lodge it (rules B1)."""


@dataclass(frozen=True)
class RatingBegun:
    """The caller began the rating."""


@dataclass(frozen=True)
class Rated:
    """One criterion was answered; None means skipped with the star."""

    criterion: str
    value: int | None


@dataclass(frozen=True)
class RatingEnded:
    """The rating is over."""

    state: Literal["complete", "partial", "refused"]


@dataclass(frozen=True)
class Rang:
    """A clerk's telephone is rung; with `key` they are asked to press one."""

    person: str
    number: str
    key: bool = False


@dataclass(frozen=True)
class LegOver:
    """How ringing that clerk ended."""

    outcome: str
    seconds: int


@dataclass(frozen=True)
class CallbackOwed:
    """We promised to call back; `number` is None for the number that is calling."""

    reason: Literal["asked", "missed", "brief"]
    number: str | None = None


@dataclass(frozen=True)
class CallbackSettled:
    """The caller reached a clerk after all."""


@dataclass(frozen=True)
class Ended:
    """The call is over, and why."""

    outcome: Literal["goodbye", "hung_up"]


Fact = (
    Purpose
    | CallerType
    | Consent
    | Guided
    | RatingBegun
    | Rated
    | RatingEnded
    | Rang
    | LegOver
    | CallbackOwed
    | CallbackSettled
    | CallAttemptOver
    | AnswerHeard
    | Ended
)

# --- where a dialogue stands ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """Where a call stands: the state, how often it was asked in vain, and the few things to keep."""

    at: str
    tries: int = 0
    kept: tuple[tuple[str, str], ...] = ()

    def get(self, name: str, default: str = "") -> str:
        """What was kept under `name`."""
        return dict(self.kept).get(name, default)

    def keep(self, **things: str) -> Place:
        """The same place with `things` kept as well."""
        return Place(self.at, self.tries, tuple(sorted({**dict(self.kept), **things}.items())))

    def move(self, at: str) -> Place:
        """The next state with a fresh count of tries; what was kept stays within its room."""
        same_room = at.partition(".")[0] == self.at.partition(".")[0]
        return Place(at, kept=self.kept if same_room else ())


@dataclass(frozen=True)
class Turn:
    """One exchange: what is said, what is awaited, what was learnt, and the next place."""

    place: Place
    says: tuple[Said, ...]
    awaits: Awaited
    learnt: tuple[Fact, ...] = ()

    def after(self, *before: Said | Fact) -> Turn:
        """This turn with sentences said, and facts learnt, before its own."""
        says = tuple(item for item in before if isinstance(item, Say | Play))
        facts = tuple(item for item in before if not isinstance(item, Say | Play))
        return replace(self, says=says + self.says, learnt=facts + self.learnt)
