"""One telephone in a browser tab: what the line does goes out as events, what the person does comes in.

The thread of a call blocks in the methods here; the tab fetches events by long polling. Nothing of the
dialogue is known to the browser: it shows, plays and sends keys.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Condition
from typing import Literal, TypeAlias

from ivr.phone.line import CallerHungUpError, Passed, speech_seconds
from logbook.clock import Clock

Event: TypeAlias = Mapping[str, object]
Hears: TypeAlias = Callable[[bytes, int | None], None]
"""Takes samples, and where they belong within a recording."""
Ringing: TypeAlias = Literal["answered", "refused", "unanswered"]

POLL_SECONDS = 10.0
"""For how long a question for events is kept waiting."""
GONE_SECONDS = 25.0
"""A tab that has not asked for so long is closed; browsers slow down timers of hidden tabs, not answers."""
MOST_EVENTS = 400
MOST_KEYS = 64
SLOWEST = 4.0
"""A sentence is over at the latest after so many times its estimated length, and TO_BEGIN seconds more."""
TO_BEGIN = 8.0


class Softphone:
    """One tab. Methods that wait raise CallerHungUpError when the person hangs up or the tab is gone."""

    def __init__(self, number: str, name: str) -> None:
        """Stand ready at `number` (as the provider sends it); `name` is whose telephone it is."""
        self.key = secrets.token_urlsafe(18)
        self.number = number
        self.name = name
        self.busy = False
        """Whether a call goes on here, or rings."""
        self.call_sid = ""
        """The provider's name of the call that goes on, or was the last one."""
        self.told: Mapping[str, object] | None = None
        """What the tab knows of that call's rows in the logbook."""
        self.foreseen = ""
        """The place in the dialogue whose possible next sounds the tab was given."""
        self.has: set[str] = set()
        """The sounds this tab got already, by their names."""
        self._changed = Condition()
        self._events: deque[Event] = deque(maxlen=MOST_EVENTS)
        self._sequence = self._loud = 0
        self._monotonic = Clock().monotonic
        self._asked = self._monotonic()
        self._closed = False
        self._begin()

    def _begin(self) -> None:
        self._keys: deque[str] = deque(maxlen=MOST_KEYS)
        self._done = 0
        self._uttered = 0
        self._hung_up = False
        self._answer: Ringing | None = None
        self._hearing: Hears | None = None
        self._take = 0

    def claim(self) -> bool:
        """Hold the telephone for one call; False when another one has it."""
        with self._changed:
            if self.busy or self.gone:
                return False
            self.busy = True
            self._begin()
            return True

    def free(self) -> None:
        """Let the next call have it."""
        self.busy = False

    # -- out: what the browser is told

    def emit(self, kind: str, *, quiet: bool = False, **details: object) -> None:
        """Give the tab an event; a `quiet` one goes out with the next that is not."""
        self._put({"kind": kind, **details}, quiet=quiet)

    def emit_all(self, kind: str, details: Mapping[str, object]) -> None:
        """Give the tab an event whose details are at hand."""
        self._put({"kind": kind, **details})

    def _put(self, event: Event, *, quiet: bool = False) -> None:
        with self._changed:
            self._sequence += 1
            self._events.append({"n": self._sequence, **event})
            if not quiet:
                self._loud = self._sequence
                self._changed.notify_all()

    def events_after(self, number: int, seconds: float = POLL_SECONDS) -> list[Event]:
        """Return the events after `number`, waiting up to `seconds` for the first one."""
        with self._changed:
            self._asked = self._monotonic()
            self._changed.wait_for(lambda: self._loud > number or self._closed, seconds)
            self._asked = self._monotonic()
            return [event for event in self._events if _number(event) > number]

    def pause(self, seconds: float) -> bool:
        """Let time pass; False when the tab is gone."""
        with self._changed:
            if not self.gone:
                self._changed.wait_for(lambda: self._closed, seconds)
            return not self.gone

    @property
    def gone(self) -> bool:
        """Whether the tab was closed, or has not asked for long."""
        return self._closed or self._monotonic() - self._asked > GONE_SECONDS

    # -- in: what the person did

    def press(self, key: str) -> None:
        """A key was pressed."""
        with self._changed:
            self._keys.append(key)
            self._changed.notify_all()

    def done(self, utterance: int) -> None:
        """The browser has played an utterance to its end."""
        with self._changed:
            self._done = max(self._done, utterance)
            self._changed.notify_all()

    def hang_up(self) -> None:
        """The person hung up; a telephone that only rings is refused."""
        with self._changed:
            self._hung_up, self._answer = True, self._answer or "refused"
            self._changed.notify_all()

    def pick_up(self) -> None:
        """The person answered."""
        with self._changed:
            self._answer = self._answer or "answered"
            self._changed.notify_all()

    def close(self) -> None:
        """The tab was closed."""
        with self._changed:
            self._closed = True
        self.hang_up()

    def speak_in(self, samples: bytes, take: int | None = None, at: int | None = None) -> None:
        """Sound from the microphone (signed 16-bit samples, 8 kHz), for whoever listens now.

        `take` says for which recording it was spoken: what comes late for an earlier one is dropped.
        """
        with self._changed:
            if self._hearing is not None and take in (None, self._take):
                self._hearing(samples, at)
                self._changed.notify_all()

    # -- what a line asks for

    def utter(self, kind: str, *, longest: float, stops: bool, **details: object) -> Passed:
        """Have something played; return the key that stopped it where a key `stops` it, and its seconds."""
        self._uttered += 1
        mine = self._uttered
        with self._changed:
            if stops and self._keys:
                return Passed(0.0, self._keys.popleft())
        self._put({"kind": kind, "id": mine, "stops": stops, **details})
        seconds = self.wait(lambda: self._done >= mine or (stops and bool(self._keys)), longest)
        with self._changed:
            stopped = stops and self._done < mine and bool(self._keys)
            return Passed(seconds, self._keys.popleft() if stopped else None)

    def say(self, text: str, *, stops: bool, **details: object) -> Passed:
        """Have a sentence spoken."""
        longest = SLOWEST * speech_seconds(text) + TO_BEGIN
        return self.utter("say", longest=longest, stops=stops, text=text, **details)

    def await_key(self, seconds: float) -> Passed:
        """Wait for one key, the ones pressed ahead first."""
        passed = self.wait(lambda: bool(self._keys), seconds)
        with self._changed:
            return Passed(passed, self._keys.popleft() if self._keys else None)

    def next_key(self) -> str | None:
        """Take a key that waits, if any."""
        with self._changed:
            return self._keys.popleft() if self._keys else None

    def forget_keys(self) -> None:
        """Drop the keys that wait."""
        with self._changed:
            self._keys.clear()

    @property
    def answer(self) -> Ringing | None:
        """What became of the ringing; None while it goes on."""
        return self._answer or ("unanswered" if self.gone else None)

    @property
    def left(self) -> bool:
        """Whether the person hung up or is gone."""
        return self._hung_up or self.gone

    def ring(self, seconds: float, goes_on: Callable[[], bool]) -> Ringing:
        """Wait until it is answered, refused, or nobody waits any more (`goes_on` is asked each second)."""
        by = self._monotonic() + seconds
        while goes_on() and self._monotonic() < by:
            with self._changed:
                if self.answer is None:
                    self._changed.wait(1.0)
                if self.answer is not None:
                    return self.answer
        return "unanswered"

    @contextmanager
    def hearing(self, take: Hears) -> Iterator[int]:
        """Hand the microphone's sound to `take` meanwhile; the number of this recording."""
        with self._changed:
            self._take += 1
            self._hearing = take
        try:
            yield self._take
        finally:
            with self._changed:
                self._hearing = None

    def wait(self, until: Callable[[], bool], seconds: float, look: float = 1.0) -> float:
        """Wait until something is so, `seconds` at most; return the seconds that passed.

        What changes elsewhere than here is seen every `look` seconds.
        """
        begun = self._monotonic()
        with self._changed:
            while True:
                passed = self._monotonic() - begun
                if self._hung_up or self.gone:
                    self._hung_up = True
                    raise CallerHungUpError(passed)
                if until() or passed >= seconds:
                    return passed
                self._changed.wait(min(look, seconds - passed))


def _number(event: Event) -> int:
    number = event["n"]
    return number if isinstance(number, int) else 0
