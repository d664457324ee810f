"""The evening call that reminds of tomorrow's duty."""

from __future__ import annotations

from functools import partial

from callflows import begin_with_duty
from callflows.escalations import CallAttemptOver, DutyTomorrow, WhatDuty
from callflows.vocabulary import Answer, Ended, Question
from tests.callflows.reader import Reader, ordinary

BEGIN = partial(begin_with_duty, call_attempt="3:1")


def called(*, none: bool = False) -> Reader:
    def look_up(question: Question) -> Answer:
        return (
            DutyTomorrow("Lan", None, ()) if none and isinstance(question, WhatDuty) else ordinary(question)
        )

    return Reader(look_up=look_up, opening=BEGIN)


def test_it_says_who_calls_which_day_which_duty_and_what_to_do() -> None:
    lan = called()
    assert lan.said == ["duty_call_greeting", "duty_call_day", "duty_call_slip_team", "duty_call_keys"]
    assert lan.asked == [WhatDuty("3:1")]


def test_nine_says_it_again_and_silence_ends_it_as_heard() -> None:
    lan = called().press("9")
    assert lan.said == ["duty_call_greeting", "duty_call_day", "duty_call_slip_team", "duty_call_keys"]
    lan.be_silent()
    assert lan.said == ["duty_call_end"]
    assert lan.learnt == [CallAttemptOver("3:1", "told"), Ended("goodbye")]


def test_keys_that_mean_nothing_and_hanging_up_end_it_as_heard() -> None:
    lan = called()
    for _ in range(3):
        lan.press("4")
    assert CallAttemptOver("3:1", "told") in lan.learnt
    other = called().hang_up()
    assert other.learnt == [CallAttemptOver("3:1", "told"), Ended("hung_up")]


def test_who_has_no_duty_any_more_hears_so() -> None:
    assert called(none=True).said == ["duty_call_greeting", "duty_call_none"]
