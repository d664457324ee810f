"""Callers who listen: each knows by ear which question was asked, answers it, and notes what it heard."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from xml.etree.ElementTree import fromstring

from sqlalchemy import select

from ivr.gateway.sounds import BEEP_HERTZ, BEEP_SECONDS
from ivr.phone import sound
from logbook.database.tables import calls, turns
from logbook.phone_numbers import parse
from tests.exchange.equipment import ExchangeOffice
from tests.exchange.hearing import Finder
from tests.exchange.softphone import Call
from tests.exchange.voice import noise
from tests.suite.waiting import PATIENCE

WINDOW, QUIET, LOOK = 16000, 0.4, 0.05
SPOKEN_SECONDS = 3.0
QUESTIONS = ("một", "hai", "ba", "bốn", "năm")
ORDER = {
    "menu": 0,
    "complaint_type": 1,
    "consent_question": 2,
    "beep": 3,
    "record_review": 4,
    "record_review_unheard": 4,
    "ticket_after": 5,
}
KEYS = {
    "complaint_type": "1",
    "consent_question": "1",
    "record_review": "1",
    "record_review_unheard": "1",
}


NEEDED = {"menu", "complaint_type", "consent_question", "ticket_after", *QUESTIONS}
REHEARSALS, STAYS = 5, 900.0


@dataclass
class Attempt:
    """One call, as its caller remembers it."""

    number: int
    complains: bool
    questions: int = len(QUESTIONS)
    """How many of them are answered before the caller hangs up."""
    answered: bool = False
    done: bool = False
    heard: list[str] = field(default_factory=list)
    """Which questions, in their order; a question asked again stands here again."""
    given: dict[int, int] = field(default_factory=dict)
    spoken: list[int] = field(default_factory=list)
    missed: int = 0
    """Packets of sound that never came."""

    @property
    def caller(self) -> str:
        return f"0914{self.number:06d}"

    def value(self, question: int) -> int:
        """What this caller answers to a question, however often it is asked."""
        return 1 + (self.number + question) % 5

    @property
    def went_back(self) -> bool:
        """Whether a question was asked that had been answered before the one heard before it."""
        places = [place for one in self.heard if (place := place_of(one)) >= 0]
        return any(later < earlier for earlier, later in pairwise(places))


def place_of(name: str) -> int:
    """Where in its dialogue a sentence stands; -1 for one that stands nowhere."""
    return QUESTIONS.index(name) + 1 if name in QUESTIONS else ORDER.get(name, -1)


class Ears:
    """The sentences that callers tell apart, found in what a call of each kind was told."""

    def __init__(self, office: ExchangeOffice) -> None:
        """Take them from the calls of the book."""
        needles = {"beep": list(sound.read(sound.tone(BEEP_SECONDS, BEEP_HERTZ, 0.2)).samples)}
        with office.hotline.database.reading() as conn:
            told = conn.execute(select(turns.c.said, turns.c.answer)).all()
        for said, answer in told:
            texts = [" ".join("".join(one.itertext()).split()) for one in fromstring(answer).iter("Say")]
            names = [one if isinstance(one, list) else [one, {}] for one in json.loads(said)]
            if texts and names:
                key, params = names[-1]
                name = str(params["number"]) if key == "rating_question" else str(key)
                needles[name] = noise(texts[-1])[400:5000]
        self.names, self._finder = frozenset(needles), Finder(needles, WINDOW)

    def last(self, heard: bytes) -> str:
        """The name of the sentence that was heard last; empty for none that is known."""
        return self._finder.last(heard)


def rehearse(office: ExchangeOffice) -> Ears:
    """Make one call of each kind, by its keys alone, so that the book knows what is said; return the ears."""
    for _ in range(REHEARSALS):  # a busy machine is late, and a key comes to the wrong question
        people = [threading.Thread(target=one, args=(office,)) for one in (_rate, _complain)]
        for one in people:
            one.start()
        for one in people:
            one.join()
        if not (missing := NEEDED - (ears := Ears(office)).names):
            return ears
    raise AssertionError(f"never heard: {sorted(missing)}")


def _rate(office: ExchangeOffice) -> None:
    call = office.carrier.call(office.sip_port, caller="0914990001")
    assert call.answered.wait(PATIENCE)
    for key in "412345":
        call.wait_quiet()
        call.press(key)
    call.wait_quiet()
    call.hang_up()


def _complain(office: ExchangeOffice) -> None:
    call = office.carrier.call(office.sip_port, caller="0914990002")
    assert call.answered.wait(PATIENCE)
    for key in "211":
        call.wait_quiet()
        call.press(key)
    call.wait_quiet()
    call.say(noise("một lời", 1.5))
    for key in "#1":
        call.press(key)
        call.wait_quiet()
    call.hang_up()


def carry_out(office: ExchangeOffice, ears: Ears, attempt: Attempt) -> None:
    """Call, answer what is asked until there is nothing more to answer, hang up."""
    call = office.carrier.call(office.sip_port, caller=attempt.caller)
    try:
        if not call.answered.wait(PATIENCE) or call.state != "up":
            return
        attempt.answered = True
        by, since = time.monotonic() + STAYS, 0
        while not attempt.done and time.monotonic() < by and _next(call):
            name = ears.last(bytes(call.heard[max(since, len(call.heard) - WINDOW) :]))
            attempt.heard.append(name)
            _react(call, attempt, name)
            since = len(call.heard) if name else since  # what was answered is no question any more
    finally:
        call.hang_up()
        attempt.missed = call.missed
        office.carrier.calls.pop(call.identity, None)


def _next(call: Call) -> bool:
    """Wait until something was said and it is the caller's turn; False when the other side has gone."""
    last, since, spoke = call.loud, time.monotonic(), False
    while not call.ended.is_set() and time.monotonic() - since < 60:
        time.sleep(LOOK)
        if call.loud != last:
            last, since, spoke = call.loud, time.monotonic(), True
        elif spoke and time.monotonic() - since > QUIET:
            return True
    return False


def _react(call: Call, attempt: Attempt, name: str) -> None:
    if name == "menu":
        call.press("2" if attempt.complains else "4")
    elif name in QUESTIONS[: attempt.questions]:
        question = QUESTIONS.index(name) + 1
        attempt.given[question] = attempt.value(question)
        call.press(str(attempt.value(question)))
    elif name == "beep":
        attempt.spoken = attempt.spoken or noise(attempt.caller, SPOKEN_SECONDS)
        call.say(attempt.spoken)
        call.press("#")
    elif name in KEYS:
        call.press(KEYS[name])
    elif name == "ticket_after" or (len(attempt.given) == attempt.questions and name):
        attempt.done = True


def crowd(office: ExchangeOffice, ears: Ears, size: int, over: threading.Event) -> list[Attempt]:
    """Keep so many callers on the line until it is over and the last has hung up; one in three complains."""
    made: list[Attempt] = []
    lock = threading.Lock()

    def one(place: int) -> None:
        time.sleep(0.05 * place)
        while not over.is_set():
            with lock:
                attempt = Attempt(len(made), complains=place % 3 == 0)
                made.append(attempt)
            carry_out(office, ears, attempt)

    threads = [threading.Thread(target=one, args=(place,)) for place in range(size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return made


def rows_of(office: ExchangeOffice, made: Iterable[Attempt]) -> dict[str, list[Any]]:
    """The calls of the book by the number that called, once all of them are over."""
    wanted = {str(parse(one.caller).e164): one.caller for one in made}
    by = time.monotonic() + PATIENCE
    while True:
        with office.hotline.database.reading() as conn:
            rows = conn.execute(select(calls).where(calls.c.caller_number.in_(wanted))).all()
        if all(row.ended_at for row in rows) or time.monotonic() > by:
            break
        time.sleep(0.3)
    found: dict[str, list[Any]] = {caller: [] for caller in wanted.values()}
    for row in rows:
        found[wanted[row.caller_number]].append(row)
    return found


def at_once(acts: list[Callable[[], None]]) -> None:
    """Do all of them side by side; what goes wrong in one is raised at the end."""
    wrong: list[BaseException] = []

    def one(act: Callable[[], None]) -> None:
        try:
            act()
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=one, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise wrong[0]
