"""A promise to call back."""

import pytest

from callflows.atlas import example_office
from callflows.vocabulary import CallbackOwed, Digits, Ended
from tests.callflows.reader import Reader, standing

HIDDEN = example_office(caller_known=False)


def known() -> Reader:
    return standing("callback").press("9")


def hidden() -> Reader:
    return standing("callback", HIDDEN).press("9")


def test_a_known_number_is_offered_and_a_hidden_one_has_to_be_keyed_in() -> None:
    assert known().said == ["callback_confirm"]
    assert hidden().said == ["callback_number"]


@pytest.mark.parametrize("answer", ["1", "silence"])
def test_one_or_silence_takes_the_number_that_is_calling(answer: str) -> None:
    reader = known()
    reader = reader.be_silent() if answer == "silence" else reader.press("1")
    assert reader.facts(CallbackOwed) == [CallbackOwed("asked")]
    assert reader.said == ["callback_noted", "anything_else"]


@pytest.mark.parametrize("number", ["0912345678", "02583842102"])
def test_another_number_is_read_back_as_it_was_noted(number: str) -> None:
    reader = hidden().press(number)
    assert reader.facts(CallbackOwed) == [CallbackOwed("asked", number)]
    assert reader.words("callback_noted_number") == {"number": Digits(number, group=4)}


@pytest.mark.row("T-13")
@pytest.mark.parametrize("keys", ["19001234", "84912345678", "091234", "0912345678901", "091*345678"])
def test_what_cannot_be_a_number_here_is_asked_again(keys: str) -> None:
    reader = known().press(keys)
    assert reader.facts(CallbackOwed) == []
    assert reader.said == ["invalid_key", "callback_confirm"]


def test_three_vain_answers_still_promise_a_known_number_a_call() -> None:
    reader = known().press("55", "55", "55")
    assert reader.facts(CallbackOwed) == [CallbackOwed("asked")]


def test_a_hidden_number_never_given_is_asked_to_call_again() -> None:
    reader = hidden().be_silent(3)
    assert reader.facts(CallbackOwed) == []
    assert reader.said == ["call_again_in_hours", "goodbye"]


def test_one_is_no_number_for_a_hidden_caller() -> None:
    assert hidden().press("1").said == ["invalid_key", "callback_number"]


def test_hanging_up_takes_the_number_that_is_calling() -> None:
    assert known().hang_up().learnt == [CallbackOwed("asked"), Ended("hung_up")]
    assert hidden().hang_up().learnt == [Ended("hung_up")]


def test_two_leads_to_a_complaint_instead() -> None:
    assert hidden().press("2").at == "complaint.type"
