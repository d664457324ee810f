"""What every line keeps, whoever carries it: the rules that `PhoneLine` states."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

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
from ivr.phone.verbs import Party
from tests.ivr.gateway.equipment import CLERK
from tests.ivr.phone.contract_lines import LineMaker, Situation

ASKED = ReadAloud("Xin bấm phím", "vi-VN", "", interruptible=True)
NOTICE = ReadAloud("Thông báo", "vi-VN", "", interruptible=False)
RECORD = TakeRecording(5, 60, "0123456789*#", beep=True)
RING = RingOut((Party("number", CLERK),), "", 1, 60, record=False)
SPOKEN = sound.tone(1.0)
IS_SILENT = Situation()

MakeLine = Callable[[Situation], PhoneLine]


@pytest.fixture(params=["scripted", "terminal", "browser", "asterisk", "embedded"])
def line(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeLine]:
    maker = LineMaker(tmp_path, [])
    make: MakeLine = getattr(maker, request.param)
    yield make
    for end in maker.ends:
        end()


@contextmanager
def answered(line: PhoneLine) -> Iterator[PhoneLine]:
    line.answer()
    yield line


def test_a_key_stops_what_may_be_stopped_and_is_told(line: MakeLine) -> None:
    with answered(line(Situation(at_prompt="4"))) as there:
        assert there.speak(ASKED).key == "4"


def test_keys_of_one_question_are_taken_in_their_order(line: MakeLine) -> None:
    with answered(line(Situation(later="42"))) as there:
        assert there.speak(ASKED).key is None
        assert there.await_key(AwaitKey(5, "", "#")).key == "4"
        assert there.await_key(AwaitKey(5, "4", "#")).key == "2"


@pytest.mark.row("K1")
def test_a_key_pressed_at_a_notice_answers_nothing(line: MakeLine) -> None:
    with answered(line(Situation(at_notice="1"))) as there:
        assert there.speak(NOTICE).key is None
        there.forget_keys()
        assert there.play(PlaySound("x", SPOKEN, 1.0, interruptible=False)).key is None


def test_silence_ends_by_itself(line: MakeLine) -> None:
    with answered(line(IS_SILENT)) as there:
        passed = there.await_key(AwaitKey(1, "", "#"))
        assert passed.key is None
        assert 0 <= passed.seconds <= 2


def test_whoever_hangs_up_is_gone_at_once(line: MakeLine) -> None:
    with answered(line(Situation(leaves=True))) as there, pytest.raises(CallerHungUpError):
        there.speak(ASKED)


def test_what_was_spoken_is_there_with_the_key_that_ended_it(line: MakeLine) -> None:
    with answered(line(Situation(spoken=SPOKEN))) as there:
        taken = there.record(RECORD)
        assert taken.key == "#"
        assert_spoken(taken.sound)


def test_what_was_spoken_before_the_caller_went_is_there(line: MakeLine) -> None:
    with answered(line(Situation(spoken=SPOKEN, then="hang-up"))) as there:
        with pytest.raises(CallerHungUpError) as gone:
            there.record(RECORD)
        assert_spoken(gone.value.sound)


def assert_spoken(wave: bytes) -> None:
    """A line that takes time hears silence before and after."""
    assert sound.duration(sound.trimmed(wave)) == pytest.approx(1.0, abs=0.15)


def test_ringing_somebody_ends_in_the_words_of_the_contract(line: MakeLine) -> None:
    for situation, status in (
        (Situation(clerk="answers"), "completed"),
        (Situation(clerk="is busy"), "busy"),
        (Situation(clerk="is away"), "no-answer"),
    ):
        with answered(line(situation)) as there:
            leg = there.ring_out(RING)
            assert (leg.status, leg.by_caller) == (status, False)
            assert (leg.talked > 0) == (status == "completed") or leg.talked == 0


def test_a_call_is_ended_and_refused_without_a_word(line: MakeLine) -> None:
    with answered(line(IS_SILENT)) as there:
        there.hang_up()
    line(IS_SILENT).turn_away(TurnAway("busy"))
