"""A call that returns a callback: the clerk is asked for one, and only then is the citizen rung, once."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Literal

import pytest

from callflows import advance, begin_returned_call, is_left_behind, waits_for_leg
from callflows.atlas import example_office
from callflows.escalations import CallAttemptOver, CallBackTo, ReturnedResult, WhomToCallBack
from callflows.vocabulary import (
    Answer,
    Ended,
    Goodbye,
    HungUp,
    LegEnded,
    LegOver,
    Press,
    Question,
    Rang,
    Ring,
    Silence,
    Slip,
)
from tests.callflows.reader import Reader, ordinary

BEGIN = partial(begin_returned_call, call_attempt="3:1")
NUMBER = "+84912345678"


def rung(*answers: CallBackTo) -> Reader:
    """A clerk picks up; the logbook says `answers` one after the other, then as on an ordinary day."""
    left = list(answers)

    def look_up(question: Question) -> Answer:
        return left.pop(0) if left and isinstance(question, WhomToCallBack) else ordinary(question)

    return Reader(look_up=look_up, opening=BEGIN)


def test_the_clerk_hears_for_whom_it_is_presses_one_and_the_citizen_is_rung() -> None:
    clerk = rung()
    assert (clerk.said, type(clerk.turn.awaits)) == (["return_hello"], Press)
    clerk.press("1")
    assert clerk.said == ["return_connecting"]
    office = example_office()
    assert clerk.turn.awaits == Ring("citizen", NUMBER, office.ring_seconds, office.talk_seconds)
    assert clerk.learnt == [Rang("citizen", NUMBER)]
    assert clerk.asked == [WhomToCallBack("3:1"), WhomToCallBack("3:1")]


@pytest.mark.row("R3")
def test_a_voice_mail_box_is_asked_three_times_and_never_joined_to_the_citizen() -> None:
    box = rung()
    for _ in range(2):
        box.be_silent()
        assert box.said == ["chair_no_input", "return_hello"]
    box.be_silent()
    assert box.said == ["return_not_now"]
    assert box.learnt == [CallAttemptOver("3:1", "answered"), Ended("goodbye")]
    assert isinstance(box.turn.awaits, Goodbye)


def test_wrong_keys_are_named_and_nine_says_it_again_for_whoever_waits_by_then() -> None:
    clerk = rung(CallBackTo(NUMBER, "0912"), CallBackTo("+84987654321", "0987"))
    clerk.press("9")
    assert (clerk.said, clerk.asked) == (["return_hello"], [WhomToCallBack("3:1")] * 2)
    for key in ("2", "0"):
        assert clerk.press(key).said == ["chair_invalid_key", "return_hello"]
    assert clerk.press("5").said == ["return_not_now"]


@pytest.mark.parametrize(
    ("outcome", "result", "said"),
    [
        ("completed", "talked", "return_talked"),
        ("brief", "brief", "return_not_reached"),
        ("busy", "citizen_busy", "return_not_reached"),
        ("no-answer", "citizen_absent", "return_not_reached"),
        ("failed", "citizen_failed", "return_not_reached"),
        ("canceled", "citizen_failed", "return_not_reached"),
    ],
)
def test_the_clerk_hears_whether_they_talked(
    outcome: Literal["completed", "brief", "busy", "no-answer", "failed", "canceled"],
    result: ReturnedResult,
    said: str,
) -> None:
    office = example_office()
    ringing = rung().press("1").turn
    turn = advance(office, ringing.place, LegEnded(outcome, 9))
    assert [each.key for each in turn.says if hasattr(each, "key")] == [said]
    assert turn.learnt == (LegOver(outcome, 9), CallAttemptOver("3:1", result), Ended("goodbye"))
    late = advance(office, advance(office, ringing.place, HungUp()).place, LegEnded(outcome, 9, hung_up=True))
    assert late.learnt == (LegOver(outcome, 9), CallAttemptOver("3:1", result))


def test_a_clerk_who_hangs_up_before_the_one_was_not_there() -> None:
    clerk = rung().hang_up()
    assert clerk.learnt == [CallAttemptOver("3:1", "answered"), Ended("hung_up")]


def test_a_clerk_who_hangs_up_while_it_rings_leaves_the_end_of_the_ringing_to_come() -> None:
    clerk = rung().press("1").hang_up()
    assert clerk.learnt[-1:] == [Ended("hung_up")]
    assert not any(isinstance(fact, CallAttemptOver) for fact in clerk.learnt)
    assert (is_left_behind(clerk.at), waits_for_leg(clerk.at)) == (True, True)


@pytest.mark.row("T-13")
def test_whatever_else_is_heard_while_it_rings_rings_nobody_a_second_time() -> None:
    office = example_office()
    place = rung().press("1").turn.place
    for heard in (Silence(), Slip(), CallBackTo(NUMBER, "0912")):
        for stands in (place, replace(place, tries=2)):
            assert isinstance(advance(office, stands, heard).awaits, Goodbye)


@pytest.mark.row("T-13")
@pytest.mark.parametrize("why", ["over", "not_allowed", "trial"])
def test_who_is_not_to_be_rung_any_more_is_not_rung_before_and_after_the_one(
    why: Literal["over", "not_allowed", "trial"],
) -> None:
    said = "return_over" if why == "over" else "return_not_now"
    result = "answered" if why == "over" else why
    for clerk in (
        rung(CallBackTo(why=why)),
        rung(CallBackTo(NUMBER, "0912"), CallBackTo(why=why)).press("1"),
    ):
        assert clerk.said == [said]
        assert clerk.learnt == [CallAttemptOver("3:1", result), Ended("goodbye")]
