"""A line that queues keys: what is pressed ahead counts, what is pressed during a notice does not (K1)."""

from collections.abc import Mapping

import pytest

from ivr.phone.scripted import PressAt
from tests.ivr.phone.toy_hotline import Answer, call

NOTICE = (
    '<Say>Thông báo</Say><Gather numDigits="1" action="/next"><Say>Đồng ý?</Say></Gather><Say>Im lặng</Say>'
)
TWO = '<Gather numDigits="1" action="/next"><Say>Hỏi</Say></Gather>'


def keys_heard(pages: Mapping[str, Answer], *presses: PressAt) -> list[str]:
    caller, toy = call({**pages, "/last": "<Hangup/>"}, *presses, queues_keys=True)
    caller.dial()
    return [form["Digits"] for _, form, _ in toy.requests if "Digits" in form]


@pytest.mark.row("K1")
def test_a_key_pressed_during_a_notice_that_nothing_stops_is_forgotten_when_it_ends() -> None:
    pages = {"/ivr/voice": NOTICE, "/next": "<Hangup/>"}
    assert keys_heard(pages, PressAt("1", at_once=True)) == []
    assert keys_heard(pages, PressAt("1", at_once=True), PressAt("2")) == ["2"]


@pytest.mark.row("K1")
def test_a_key_pressed_during_a_sound_that_nothing_stops_is_forgotten_as_well() -> None:
    pages = {"/ivr/voice": "<Redirect>/notice</Redirect>", "/notice": NOTICE, "/next": "<Hangup/>"}
    assert keys_heard(pages, PressAt("11", at_once=True)) == []


@pytest.mark.row("K1")
def test_keys_pressed_ahead_between_questions_that_may_be_stopped_stay() -> None:
    pages = {"/ivr/voice": TWO, "/next": TWO.replace("/next", "/last")}
    assert keys_heard(pages, PressAt("42", at_once=True)) == ["4", "2"]
