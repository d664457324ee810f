"""A promise to call back."""

import pytest

from callflows.atlas import example_office
from callflows.vocabulary import CallbackOwed, Digits, Ended, MayBeCalled, MayCall
from tests.callflows.reader import Reader, standing

HIDDEN = example_office(caller_known=False)
ABROAD = example_office(caller_callable=False)


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
    assert reader.asked == [MayBeCalled(number)]
    assert reader.facts(CallbackOwed) == [CallbackOwed("asked", number)]
    assert reader.words("callback_noted_number") == {"number": Digits(number, group=4)}


@pytest.mark.row("B-03")
def test_what_the_line_would_never_dial_is_asked_again_and_promised_nothing() -> None:
    reader = hidden()
    reader.look_up = lambda _: MayCall(None)
    assert reader.press("0000000000").said == ["callback_number_wrong", "callback_number"]
    assert reader.press("113").said == ["callback_number_wrong", "callback_number"]
    assert reader.press("091*345678").said == ["call_again_in_hours", "goodbye"]
    assert reader.facts(CallbackOwed) == []


@pytest.mark.row("B-03")
def test_a_wrong_number_and_silence_share_one_count() -> None:
    reader = hidden()
    reader.look_up = lambda _: MayCall(None)
    assert reader.be_silent().press("0000000000").be_silent().at == "over"


@pytest.mark.row("B-03")
def test_a_number_is_noted_as_the_line_will_dial_it_and_a_new_prefix_is_said() -> None:
    reader = hidden()
    reader.look_up = lambda _: MayCall("0701234567", renewed=True)
    assert reader.press("01201234567").said == [
        "callback_number_renewed",
        "callback_noted_number",
        "anything_else",
    ]
    assert reader.facts(CallbackOwed) == [CallbackOwed("asked", "0701234567")]


@pytest.mark.row("B-03")
def test_who_calls_from_a_number_that_is_never_called_is_told_so_and_may_key_in_another() -> None:
    reader = standing("callback", ABROAD).press("9")
    assert reader.said == ["callback_number_not_ours"]
    assert reader.be_silent().facts(CallbackOwed) == []
    assert reader.press("0912345678").facts(CallbackOwed) == [CallbackOwed("asked", "0912345678")]
    assert standing("callback", ABROAD).hang_up().learnt == [Ended("hung_up")]


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
