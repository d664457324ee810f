"""Callers who do anything, over a provider on its worst day, leave the database as they said."""

import itertools
import random
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from ivr.phone.behaviour import Behaviour
from ivr.phone.document import LONGEST_BODY, parse
from ivr.phone.parameters import WITHHELD
from logbook.database.engine import Database
from logbook.tickets import history
from tests.caller import Caller
from tests.journeys.faults.storm import KNOWN, Line, open_line

HOURS = (
    "2026-11-25T09:10+07:00",
    "2026-11-25T10:59:30+07:00",
    "2026-11-25T12:30+07:00",
    "2026-11-25T22:00+07:00",
    "2026-11-28T09:00+07:00",
    "2026-09-02T09:00+07:00",
)
CALLS = itertools.count()
ENDS: dict[int, Literal["#", "silence", "hang-up"]] = {0: "#", 1: "silence", 2: "hang-up"}

Step = tuple[str, float, int]
"""What a caller does wherever the line waits: a key, seconds of speech, a choice (11 hangs up)."""

KEYS = (*"11223344555569900*#", "004217", "0912345678", "5678", "")
SPEECH = (0.0, 0.1, 1.0, 12.0, 12.0, 200.0)
WAYS_IN = [
    *("", "211", "221", "4", "45", "4515", "452341", "0", "3", "29"),
    *("211s", "211s3", "211s3s", "211s1", "211h", "221h", "211s3h", "211s2h"),
    *("0c", "0nc", "0nnn", "0nnn1c0nnn", "0nnn1nnc", "4110nnn"),
]
"""Keys into some dialogue; s speaks, h speaks and hangs up, c is a clerk who answers, n one who does not."""
WORST = Behaviour(
    request_copies=2,
    callback_copies=2,
    recording_callback="late",
    status_before_last_action=True,
    lost_answers=frozenset({1, 4}),
)
SCRIPT = {"h": 2, "c": 5}
chances = st.frozensets(st.integers(0, 14), max_size=3)
behaviours = st.builds(
    Behaviour,
    request_copies=st.integers(1, 3),
    callback_copies=st.integers(1, 3),
    recording_callback=st.sampled_from(["before", "after", "late"]),
    status_before_last_action=st.booleans(),
    hold_callbacks=st.booleans(),
    unreachable=chances,
    lost_answers=chances,
)


def way_in(keys: str) -> list[Step]:
    return [(key, 12.0, SCRIPT.get(key, 0)) for key in keys]


def plan_of(seed: int) -> list[Step]:
    """A caller's steps: a way into some dialogue, then anything."""
    chance = random.Random(seed)
    steps = way_in(chance.choice(WAYS_IN))
    for _ in range(chance.randint(0, 12)):
        goes = chance.random() < 0.1
        steps.append((chance.choice(KEYS), chance.choice(SPEECH), 11 if goes else chance.randint(0, 10)))
    return steps


@dataclass(frozen=True)
class Said:
    """Sentences by which a caller knows where the call stands."""

    review: tuple[str, ...]
    promises: tuple[str, ...]
    noted: str = "Số máy của quý khách đã được ghi lại"
    confirm: str = "Chúng tôi sẽ gọi lại theo số quý khách đang gọi"
    closed: str = "Để chúng tôi gọi lại trong giờ làm việc, xin bấm phím hai."
    keyed: tuple[str, str] = ("Chúng tôi đã ghi lại số ", "Chúng tôi đã ghi lại số máy")
    """How another number is noted, and how the calling one is."""


@dataclass
class Story:
    """What the caller knows at the end of the call, known by what was heard, pressed and said."""

    complaints: list[str] = field(default_factory=list)
    speaking_again: bool = False
    rated: dict[int, int | None] = field(default_factory=dict)
    owed: bool = False
    gave_number: bool = False

    def asked(self, sentence: str, pressed: str, said: Said) -> None:
        """A key at the review, or at a question of the rating, means something for what is left behind."""
        if sentence in said.review and pressed == "3":
            self.speaking_again = True
        for number, word in enumerate(("một", "hai", "ba", "bốn", "năm")):
            if sentence.startswith(f"Câu {word}.") and pressed in ("1", "2", "3", "4", "5", "*"):
                self.rated[number] = None if pressed == "*" else int(pressed)

    def recorded(self, sid: str) -> None:
        """New words take the place of the ones the caller wanted to say again."""
        if self.speaking_again:
            self.complaints[-1] = sid
        else:
            self.complaints.append(sid)
        self.speaking_again = False

    def heard(self, sentences: list[str], said: Said) -> None:
        """A code ends a complaint; a promise to call back is one."""
        if any("Mã tra cứu là" in sentence for sentence in sentences):
            self.speaking_again = False
        another, calling = said.keyed
        self.gave_number |= any(
            sentence.startswith(another) and not sentence.startswith(calling) for sentence in sentences
        )
        self.owed |= any(sentence.endswith(said.promises) or said.noted in sentence for sentence in sentences)


def talk(caller: Caller, step: Step) -> None:
    """One step of a caller, whatever the line is waiting for."""
    key, seconds, choice = step
    if choice == 11:
        caller.hang_up()
    elif caller.waiting_for == "key":
        caller.press(key) if key and key in KEYS else caller.stay_silent()
    elif caller.waiting_for == "speech":
        if choice == 10 or not seconds:
            caller.press("1") if choice == 10 else caller.stay_silent()
        else:
            caller.speak(seconds, ENDS[choice % 3])
    elif choice % 3 == 2:
        caller.clerk_answers(seconds, caller_ends=choice % 2 == 0)
    else:
        caller.clerk_busy() if choice % 3 else caller.clerk_does_not_answer()


def place_call(line: Line, plan: list[Step], caller: Caller) -> Story:
    """Place the call and write down, on the telephone's own side, what it should leave behind."""
    story = Story()
    sentence = line.hotline.texts["vi"].sentence
    said = Said(
        (sentence("record_review"), sentence("record_review_unheard")),
        ("và sẽ gọi lại trong giờ làm việc.", sentence("callback_missed")),
    )
    for step in [*plan, ("", 0.0, 11)]:
        if caller.ended:
            break
        waits, last, taken = caller.waiting_for, caller.just_heard or caller.heard, len(caller.recordings)
        hangs_up = step[2] == 11
        if waits == "key" and not hangs_up:
            story.asked(last[-1], step[0][:1], said)
        elif waits == "clerk" and not hangs_up and step[2] % 3 == 2:
            if step[1] >= line.hotline.settings.duty.shortest_talk_seconds:
                story.owed = story.gave_number = False
            elif step[2] % 2 == 0:
                story.owed = True  # a moment's talk is no talk
        talk(caller, step)
        if len(caller.recordings) > taken:
            story.recorded(list(caller.recordings)[-1])
        story.heard(caller.just_heard, said)
        if hangs_up:
            story.owed |= waits == "clerk" or any(
                said.confirm in each or said.closed in each for each in last
            )
    return story


def check(line: Line, caller: Caller, story: Story) -> None:
    """The database agrees with the telephone."""
    for exchange in caller.sent:
        assert exchange.status < 500, exchange
        if exchange.status == 200 and exchange.method == "POST":
            assert len(exchange.body) < LONGEST_BODY
            parse(exchange.body, "text/xml")
    with line.hotline.database.reading() as conn:

        def ask(question: str) -> list[tuple[object, ...]]:
            rows = conn.execute(text(question), {"sid": caller.call_sid})
            return [tuple(row) for row in rows]

        call = "(SELECT id FROM calls WHERE sid = :sid)"
        [(outcome, ended, status)] = ask("SELECT outcome, ended_at, status FROM calls WHERE sid = :sid")
        assert outcome in ("goodbye", "hung_up")
        assert ended is not None
        assert status == "completed"
        filed = ask(
            f"SELECT r.sid FROM tickets t JOIN recordings r ON r.id = t.recording_id WHERE t.call_id = {call}"
        )
        assert sorted(str(sid) for (sid,) in filed) == sorted(story.complaints)
        assert ask(f"SELECT count(*) FROM tickets WHERE call_id = {call}") == [(len(story.complaints),)]
        rated = ask(
            "SELECT c.position, r.value FROM ratings r JOIN criteria c ON c.id = r.criterion_id"
            f" JOIN responses s ON s.id = r.response_id WHERE s.call_id = {call}"
        )
        lowest = min((int(str(position)) for (position,) in ask("SELECT position FROM criteria")), default=0)
        assert {int(str(position)) - lowest: value for position, value in rated} == story.rated
        owed = ask(
            "SELECT b.state FROM callbacks b JOIN callback_calls c ON c.callback_id = b.id"
            f" WHERE c.call_id = {call} AND b.state = 'owed'"
        )
        promised = story.gave_number or (story.owed and knows_number(line, caller))
        assert owed == ([("owed",)] if promised else [])


def knows_number(line: Line, caller: Caller) -> bool:
    """Whether there is a number to call back, as the provider gave it."""
    return caller.setup.caller == KNOWN


def one_call(line: Line, plan: list[Step], behaviour: Behaviour, hour: str, number: str) -> None:
    """Place one call, deliver what was held back in some order and twice, and look at the database."""
    caller = line.caller(
        number=number,
        behaviour=behaviour,
        started=datetime.fromisoformat(hour),
        brings_time=True,
        call_sid=f"CA{next(CALLS):032x}",
    )
    story = place_call(line, plan, caller)
    held = list(range(len(caller.held))) * 2
    random.Random(len(plan)).shuffle(held)
    caller.deliver_held(held)
    check(line, caller, story)


@pytest.mark.row("F-04")
@pytest.mark.row("F-19")
@pytest.mark.row("000-17")
@pytest.mark.parametrize("examples", [10, pytest.param(150, marks=pytest.mark.proof)])
def test_whatever_a_caller_does_the_book_says_what_the_telephone_says(
    database: Database, tmp_path: Path, examples: int
) -> None:
    thorough = examples > 10
    line = open_line(database, tmp_path)

    @settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(
        seed=st.integers(0, 2**32),
        behaviour=behaviours,
        hour=st.sampled_from([HOURS[0], *HOURS]),
        number=st.sampled_from([KNOWN, KNOWN, WITHHELD, "anonymous", "client:An"]),
    )
    def anybody(seed: int, behaviour: Behaviour, hour: str, number: str) -> None:
        one_call(line, plan_of(seed), behaviour, hour, number)

    for keys in WAYS_IN if thorough else WAYS_IN[::3]:
        for behaviour in (Behaviour(), WORST) if thorough else (WORST,):
            one_call(line, way_in(keys), behaviour, HOURS[0], KNOWN)
    anybody()
    with database.reading() as conn:
        assert history.verify(conn) is None
        assert conn.exec_driver_sql("SELECT count(*) FROM tickets").scalar_one() > (10 if thorough else 0)
        assert conn.exec_driver_sql("SELECT count(*) FROM ratings").scalar_one() > (10 if thorough else 0)
