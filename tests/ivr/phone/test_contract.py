"""What every line keeps, whoever carries it: the rules that `PhoneLine` states."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ivr.commands.call import TEXTS
from ivr.phone import sound
from ivr.phone.line import (
    AwaitKey,
    CallerHungUpError,
    PhoneLine,
    PlaySound,
    ReadAloud,
    RingOut,
    TakeRecording,
    TurnAway,
)
from ivr.phone.scripted import ClerkAnswers, ClerkBusy, ClerkSilent, GoAway, PressAt, ScriptedLine, Talk
from ivr.phone.terminal import TerminalLine
from ivr.phone.verbs import Party
from tests.ivr.gateway.equipment import CLERK, line_of
from tests.ivr.gateway.scripted_asterisk import ScriptedAsterisk

ASKED = ReadAloud("Xin bấm phím", "vi-VN", "", interruptible=True)
NOTICE = ReadAloud("Thông báo", "vi-VN", "", interruptible=False)
RECORD = TakeRecording(5, 60, "0123456789*#", beep=True)
RING = RingOut((Party("number", CLERK),), "", 20, 60, record=False)
SPOKEN = sound.tone(1.0)


@dataclass(frozen=True)
class Situation:
    """What the caller does, in the words of each kind of line."""

    script: tuple[object, ...]
    exchange: Callable[[], ScriptedAsterisk]


PRESSES = Situation((PressAt("4", at_once=True),), lambda: ScriptedAsterisk("4"))
PRESSES_LATER = Situation((PressAt("42"),), lambda: ScriptedAsterisk("", "4", "2"))
PRESSES_AT_NOTICE = Situation((PressAt("1", at_once=True),), lambda: ScriptedAsterisk("", keys_at_notice="1"))
IS_SILENT = Situation((), ScriptedAsterisk)
LEAVES = Situation((GoAway(at_once=True),), lambda: ScriptedAsterisk("x"))
SPEAKS = Situation((Talk(SPOKEN, "#"),), lambda: ScriptedAsterisk(spoken=SPOKEN, ends="#"))
LEAVES_SPEAKING = Situation((Talk(SPOKEN, "hang-up"),), lambda: ScriptedAsterisk(spoken=SPOKEN, ends="x"))
CLERK_TALKS = Situation((ClerkAnswers(12),), lambda: ScriptedAsterisk(dialled=("ANSWER", 12)))
CLERK_IS_BUSY = Situation((ClerkBusy(),), lambda: ScriptedAsterisk(dialled=("BUSY", 0)))
CLERK_IS_AWAY = Situation((ClerkSilent(),), lambda: ScriptedAsterisk(dialled=("NOANSWER", 0)))

MakeLine = Callable[[Situation], PhoneLine]


@pytest.fixture(params=["scripted", "terminal", "asterisk"])
def line(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeLine]:
    exchanges: list[ScriptedAsterisk] = []

    def make(situation: Situation) -> PhoneLine:
        match request.param:
            case "scripted":
                return ScriptedLine(*situation.script)  # type: ignore[arg-type]
            case "terminal":
                return TerminalLine(lambda _text: None, TEXTS, keys=situation.script)  # type: ignore[arg-type]
            case _:
                exchange = situation.exchange()
                exchanges.append(exchange)
                return line_of(tmp_path, exchange)

    yield make
    for exchange in exchanges:
        exchange.close()


@contextmanager
def answered(line: PhoneLine) -> Iterator[PhoneLine]:
    line.answer()
    yield line


def test_a_key_stops_what_may_be_stopped_and_is_told(line: MakeLine) -> None:
    with answered(line(PRESSES)) as there:
        assert there.speak(ASKED).key == "4"


def test_keys_of_one_question_are_taken_in_their_order(line: MakeLine) -> None:
    with answered(line(PRESSES_LATER)) as there:
        assert there.speak(ASKED).key is None
        assert there.await_key(AwaitKey(5, "", "#")).key == "4"
        assert there.await_key(AwaitKey(5, "4", "#")).key == "2"


@pytest.mark.row("K1")
def test_a_key_pressed_at_a_notice_answers_nothing(line: MakeLine) -> None:
    with answered(line(PRESSES_AT_NOTICE)) as there:
        assert there.speak(NOTICE).key is None
        there.forget_keys()
        assert there.play(PlaySound("x", SPOKEN, 1.0, interruptible=False)).key is None


def test_silence_ends_by_itself(line: MakeLine) -> None:
    with answered(line(IS_SILENT)) as there:
        passed = there.await_key(AwaitKey(5, "", "#"))
        assert passed.key is None
        assert 0 <= passed.seconds <= 6


def test_whoever_hangs_up_is_gone_at_once(line: MakeLine) -> None:
    with answered(line(LEAVES)) as there, pytest.raises(CallerHungUpError):
        there.speak(ASKED)


def test_what_was_spoken_is_there_with_the_key_that_ended_it(line: MakeLine) -> None:
    with answered(line(SPEAKS)) as there:
        taken = there.record(RECORD)
        assert (taken.key, sound.duration(taken.sound)) == ("#", 1.0)


def test_what_was_spoken_before_the_caller_went_is_there(line: MakeLine) -> None:
    with answered(line(LEAVES_SPEAKING)) as there:
        with pytest.raises(CallerHungUpError) as gone:
            there.record(RECORD)
        assert sound.duration(gone.value.sound) == 1.0


def test_ringing_somebody_ends_in_the_words_of_the_contract(line: MakeLine) -> None:
    for situation, status in (
        (CLERK_TALKS, "completed"),
        (CLERK_IS_BUSY, "busy"),
        (CLERK_IS_AWAY, "no-answer"),
    ):
        with answered(line(situation)) as there:
            leg = there.ring_out(RING)
            assert (leg.status, leg.by_caller) == (status, False)
            assert (leg.talked > 0) == (status == "completed") or leg.talked == 0


def test_a_call_is_ended_and_refused_without_a_word(line: MakeLine) -> None:
    with answered(line(IS_SILENT)) as there:
        there.hang_up()
    line(IS_SILENT).turn_away(TurnAway("busy"))
