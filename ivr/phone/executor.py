"""Runs one call against our webhooks as a provider would: documents, verbs, timing, callbacks.

The executor is a generator. It yields what it wants of the line and is sent what came of it, so the same code
serves a test that presses key by key, a terminal and a real telephone. Its clock is the sum of the seconds
that the line reports.
"""

from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal, TypeAlias, TypeVar
from urllib.parse import urljoin

from ivr.phone import sound
from ivr.phone.carrier import Carrier, CarrierError, StatusCallback
from ivr.phone.document import BAD_SCHEMA
from ivr.phone.line import (
    Answer,
    AtTheirEnd,
    AwaitKey,
    CallerHungUpError,
    ForgetKeys,
    HangUp,
    Join,
    LegEnd,
    LetGo,
    LetGone,
    Outcome,
    Passed,
    PlaySound,
    ReadAloud,
    Recorded,
    RingOut,
    TakeRecording,
    TurnAway,
    Wish,
)
from ivr.phone.notices import KeepRecording, Notices
from ivr.phone.parameters import (
    CallSetup,
    CallStatus,
    FinishedRecording,
    dialled,
    gathered,
    new_sid,
    recorded,
    standard,
)
from ivr.phone.verbs import (
    Dial,
    Gather,
    Hangup,
    Method,
    Party,
    PlayVerb,
    Record,
    Redirect,
    Reject,
    SayVerb,
    Verb,
)

Result = TypeVar("Result")
Steps: TypeAlias = Generator[Wish, Outcome, Result]

MOST_DOCUMENTS = 300
LONGEST_CALL = 4 * 3600.0
DIAL_BUFFER = 5
"""Seconds a provider always adds to a Dial's timeout (TEL-4)."""
SHORTEST_RECORDING = 0.2
TOO_SHORT, SILENT = "16101", "16102"


class LoopingCallError(Exception):
    """The documents lead in a circle, or the call lasts longer than any provider allows."""


@dataclass(frozen=True)
class CallEnd:
    """How a call ended: provider status, who ended it, seconds since the answer, and a failure if any."""

    status: CallStatus
    ended_by: Literal["hotline", "caller", "failure", "guard"]
    seconds: float
    failure: CarrierError | None = None


@dataclass(frozen=True)
class Following:
    """The next document to request."""

    url: str
    method: Method
    extra: dict[str, str] = field(default_factory=dict)


THE_END = Following("", "POST")
HUNG_UP = Following("", "GET")
"""The document itself ended the call, which escalations on the leg of somebody who is asked for a key."""


class Executor:
    """One call. `run()` may be used once."""

    def __init__(self, setup: CallSetup, carrier: Carrier, keep: KeepRecording | None = None) -> None:
        """Prepare a call; nothing is requested before `run` is started."""
        self.setup = setup
        self.carrier = carrier
        self.elapsed = 0.0
        self._notices = Notices(setup, carrier, keep)
        self._status: CallStatus = "ringing" if setup.direction == "inbound" else "in-progress"
        self._answered: float | None = None
        self._documents = 0
        self._heard_from_hotline = 0.0
        self._taken_over = False

    @property
    def now(self) -> datetime:
        """The call's own time: its start and all seconds heard, spoken and waited since."""
        return self.setup.started + timedelta(seconds=self.elapsed)

    def run(self) -> Steps[CallEnd]:
        """Carry the call from the first request to the status callback."""
        failure: CarrierError | None = None
        ended_by: Literal["hotline", "caller", "failure", "guard"] = "hotline"
        try:
            if self.setup.direction == "inbound" or (yield from self._reached()):
                yield from self._converse()
        except CallerHungUpError:
            ended_by = "caller"
        except CarrierError as trouble:
            ended_by, failure = "failure", trouble
            yield from self._apologise(trouble)
        except LoopingCallError:
            ended_by = "guard"
            with suppress(CallerHungUpError):
                yield HangUp()
        if self._status in {"ringing", "in-progress"}:
            self._status = "completed"
        seconds = 0.0 if self._answered is None else self.elapsed - self._answered
        self._notices.close(self._status, seconds, self.now, over=not self._taken_over)
        return CallEnd(self._status, ended_by, seconds, failure)

    # -- the line, with its time counted ---------------------------------------------------------

    def _do(self, wish: Wish) -> Steps[Outcome]:
        try:
            outcome = yield wish
        except CallerHungUpError as gone:
            self.elapsed += gone.seconds
            raise
        match outcome:
            case Passed(seconds=seconds) | Recorded(seconds=seconds):
                self.elapsed += seconds
            case LegEnd(rang=rang, talked=talked):
                self.elapsed += rang + talked
        if self.elapsed > LONGEST_CALL:
            raise LoopingCallError(f"the call lasts longer than {LONGEST_CALL:.0f} s")
        return outcome

    def _key(self, wish: ReadAloud | PlaySound | AwaitKey) -> Steps[str | None]:
        outcome = yield from self._do(wish)
        return outcome.key if isinstance(outcome, Passed) else None

    def _ring(self, wish: RingOut | Join) -> Steps[LegEnd]:
        try:
            outcome = yield from self._do(wish)
        except CallerHungUpError as gone:
            return LegEnd("canceled", gone.seconds, by_caller=True)
        return outcome if isinstance(outcome, LegEnd) else LegEnd("failed")

    def _reached(self) -> Steps[bool]:
        """Ring the person an outbound call is for; a busy or silent telephone ends the call."""
        party = Party("number", self.setup.called)
        leg = yield from self._ring(
            RingOut((party,), self.setup.caller, self.setup.ring_seconds, 0, record=False)
        )
        if leg.status == "completed":
            self._answered = self.elapsed
            return True
        self._status = "busy" if leg.status == "busy" else "no-answer"
        return False

    def _answer(self) -> Steps[None]:
        if self._answered is None:
            yield from self._do(Answer())
            self._answered, self._status = self.elapsed, "in-progress"

    def _apologise(self, trouble: CarrierError) -> Steps[None]:
        """The last words are the office's, even when nothing of it answers; a line may have its own (L1)."""
        with suppress(CallerHungUpError, LoopingCallError):
            outcome = yield LetGo(trouble.code)
            if isinstance(outcome, LetGone) and outcome.taken_over:
                self._taken_over = True
                return
            yield from self._answer()
            yield from self._do(self.setup.last_words())
            yield HangUp()

    # -- documents -------------------------------------------------------------------------------

    def _converse(self) -> Steps[None]:
        following = Following(self.setup.voice_url, self.setup.method)
        while following.url:
            following = yield from self._document(following)
        if self._answered is not None:
            yield HangUp()

    def _document(self, step: Following) -> Steps[Following]:
        """Fetch and run one document; the fallback URL takes over when either fails (TEL-3)."""
        try:
            return (yield from self._fetch_and_run(step))
        except CarrierError as trouble:
            if not self.setup.fallback_url:
                raise
            error = {"ErrorCode": str(trouble.code), "ErrorUrl": trouble.url}
            try:
                return (yield from self._fetch_and_run(Following(self.setup.fallback_url, "POST", error)))
            except CarrierError as second:
                raise trouble from second

    def _fetch_and_run(self, step: Following) -> Steps[Following]:
        self._documents += 1
        if self._documents > MOST_DOCUMENTS:
            raise LoopingCallError(f"more than {MOST_DOCUMENTS} documents")
        pause = self.elapsed - self._heard_from_hotline
        params = standard(self.setup, self._status, self.now, pause) | step.extra
        try:
            document = self.carrier.fetch(step.url, step.method, params)
        finally:
            self._notices.after_fetch()
        self._heard_from_hotline = self.elapsed
        for verb in document.verbs:
            following = yield from self._verb(verb, document.url)
            if following is not None:
                return following
        yield from self._answer()
        return THE_END

    def _verb(self, verb: Verb, url: str) -> Steps[Following | None]:
        """Run one verb; None means go on with the next one."""
        if isinstance(verb, Reject):
            return (yield from self._reject(verb, url))
        yield from self._answer()
        match verb:
            case SayVerb() | PlayVerb():
                yield from self._utter(verb, url, interruptible=False)
                yield from self._do(ForgetKeys())
                return None
            case Gather():
                return (yield from self._gather(verb, url))
            case Record():
                return (yield from self._record(verb, url))
            case Dial():
                return (yield from self._dial(verb, url))
            case Redirect():
                return Following(urljoin(url, verb.url), verb.method)
            case Hangup():
                return HUNG_UP

    def _reject(self, verb: Reject, url: str) -> Steps[Following]:
        if self._answered is not None:
            raise CarrierError(BAD_SCHEMA, url, "<Reject> after the call was answered")
        yield from self._do(TurnAway(verb.reason))
        self._status = "busy" if verb.reason == "busy" else "no-answer"
        return THE_END

    def _utter(self, verb: SayVerb | PlayVerb, url: str, *, interruptible: bool) -> Steps[str | None]:
        """Say or play, as often as asked; return the key that stopped it."""
        wish: ReadAloud | PlaySound
        if isinstance(verb, SayVerb):
            wish = ReadAloud(verb.text, verb.language, verb.voice, interruptible)
        else:
            wish = self._sound(urljoin(url, verb.url), interruptible=interruptible)
        for _ in range(verb.loop):
            key = yield from self._key(wish)
            if key is not None and interruptible:
                return key
        return None

    def _sound(self, url: str, *, interruptible: bool) -> PlaySound:
        body = self.carrier.fetch_sound(url).body
        try:
            seconds = sound.duration(body)
        except sound.NotAWaveError:
            seconds = len(body) / 4000
        return PlaySound(url, body, seconds, interruptible)

    def _gather(self, verb: Gather, url: str) -> Steps[Following | None]:
        key: str | None = None
        for prompt in verb.prompts:
            key = yield from self._utter(prompt, url, interruptible=True)
            if key is not None:
                break
        digits = ""
        while key != verb.finish_on_key:
            if key is not None:
                digits += key
                if len(digits) == verb.num_digits:
                    break
            key = yield from self._key(AwaitKey(verb.timeout, digits, verb.finish_on_key))
            if key is None:
                break
        if not digits and not verb.action_on_empty_result:
            return None
        finished_on = verb.finish_on_key if key == verb.finish_on_key else ""
        return Following(urljoin(url, verb.action), verb.method, gathered(digits, finished_on))

    def _record(self, verb: Record, url: str) -> Steps[Following | None]:
        recording = FinishedRecording.begun(self.setup, self.now, "RecordVerb")
        if "in-progress" in verb.callback_events:
            self._notices.announce(verb, url, recording, self.now, "in-progress")
        wish = TakeRecording(verb.timeout, verb.max_length, verb.finish_on_key, verb.play_beep)
        gone = False
        try:
            outcome = yield from self._do(wish)
            taken = outcome if isinstance(outcome, Recorded) else Recorded(sound.silence(0), 0)
        except CallerHungUpError as hung:
            taken, gone = Recorded(hung.sound or sound.silence(0), hung.seconds, "hangup"), True
        kept = sound.trimmed(taken.sound) if verb.trim else taken.sound
        following: Following | None = None
        if sound.is_silent(kept) or sound.duration(kept) < SHORTEST_RECORDING:
            if "absent" in verb.callback_events:
                error = SILENT if sound.is_silent(taken.sound) else TOO_SHORT
                self._notices.announce(verb, url, recording, self.now, "absent", error)
        else:
            recording = self._notices.store(recording, kept)
            if "completed" in verb.callback_events:
                self._notices.announce(verb, url, recording, self.now)
            following = Following(urljoin(url, verb.action), verb.method, recorded(recording, taken.key))
        if gone:
            self._leave_with(following)
        return following

    def _dial(self, verb: Dial, url: str) -> Steps[Following | None]:
        recording = FinishedRecording.begun(self.setup, self.now, "DialVerb")
        ring_seconds = verb.timeout + DIAL_BUFFER
        asked = next((party for party in verb.parties if party.url), None)
        leg = yield from self._ring(
            RingOut(
                verb.parties, verb.caller_id, ring_seconds, verb.time_limit, verb.record, asked is not None
            )
        )
        if asked is not None and leg.status == "completed":
            leg = yield from self._asked(verb, asked, urljoin(url, asked.url))
        extra = dialled(leg, new_sid("CA"))
        if verb.record and leg.sound and not sound.is_silent(leg.sound):
            recording = self._notices.store(recording, leg.sound)
            self._notices.announce(verb, url, recording, self.now)
            extra["RecordingUrl"] = recording.url
        following = None
        if verb.action is not None:
            following = Following(urljoin(url, verb.action), verb.method, extra)
        if leg.by_caller:
            self._leave_with(following)
        return following

    def _asked(self, verb: Dial, party: Party, url: str) -> Steps[LegEnd]:
        """Whoever picked up hears a document alone: its end joins the two, a Hangup in it does not (R3)."""
        leg = replace(
            self.setup,
            called=party.address,
            direction="outbound-dial",
            call_sid=new_sid("CA"),
            extra={**self.setup.extra, "ParentCallSid": self.setup.call_sid},
        )
        theirs = Executor(leg, self.carrier)
        try:
            joined = yield from _at_their_end(theirs.hear(Following(url, party.method)))
        except CallerHungUpError:
            return LegEnd("canceled", by_caller=True)
        except CarrierError:
            return LegEnd("failed")
        finally:
            self.elapsed += theirs.elapsed
        if not joined:
            return LegEnd("completed")
        return (yield from self._ring(Join(verb.time_limit, verb.record)))

    def hear(self, following: Following) -> Steps[bool]:
        """Run documents for somebody who has picked up; say whether they came to an end of themselves."""
        self._answered, self._status = 0.0, "in-progress"
        while following.url:
            following = yield from self._document(following)
        return following == THE_END

    def _leave_with(self, action: Following | None) -> None:
        """End the call by the caller's hang-up; the action is still requested, its answer ignored (TEL-5)."""
        self._status = "completed"
        if action is not None:
            params = standard(self.setup, self._status, self.now) | action.extra
            self._notices.owe_action(StatusCallback("action", action.url, action.method, params))
        raise CallerHungUpError


def _at_their_end(steps: Steps[bool]) -> Steps[bool]:
    """Have every wish of `steps` carried out at the telephone of whoever was rung."""
    try:
        wish = next(steps)
        while True:
            wish = steps.send((yield AtTheirEnd(wish)))
    except StopIteration as end:
        return bool(end.value)
