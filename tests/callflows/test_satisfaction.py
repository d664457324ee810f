"""Whether an answer helped: asked in both directions, once."""

from datetime import timedelta
from functools import partial

import pytest

from callflows import begin_for_citizen
from callflows.atlas import example_office
from callflows.escalations import AnswerHeard, CallAttemptOver, CheckNews, CitizenNews, GivesVerdict, Judged
from callflows.vocabulary import Answer, CallbackOwed, CaseFound, CheckCase, Ended, Plain, Question
from tests.callflows.reader import CODE, DAY, Reader, ordinary

ANSWER = "Đã nạo vét mương."
ANEW = DAY + timedelta(days=14)
TOLD = CallAttemptOver("8:1", "told")


def look_up(question: Question) -> Answer:
    match question:
        case CheckNews():
            return CitizenNews("answered", answered=DAY, answer=ANSWER, answer_id="3:5")
        case CheckCase():
            return CaseFound("answered", DAY, DAY, DAY, ANSWER, "3:5")
        case GivesVerdict(satisfied=False):
            return Judged(first=True, due=ANEW)
        case _:
            return ordinary(question)


def before(question: Question) -> Answer:
    return Judged(first=False) if isinstance(question, GivesVerdict) else look_up(question)


def called() -> Reader:
    """The citizen was called and has heard the answer."""
    return Reader(look_up=look_up, opening=partial(begin_for_citizen, call_attempt="8:1")).press("1", CODE)


def calling(*, known: bool = True) -> Reader:
    """The citizen calls in and has heard the answer."""
    office = example_office(caller_known=known)
    return Reader(office, look_up).press("3", CODE, "5678", "1")


def test_the_answer_comes_before_the_question() -> None:
    for reader in (called(), calling()):
        assert reader.said[-2:] == ["status_answer", "verdict_ask"]
        assert reader.words("status_answer") == {"answer": Plain(ANSWER)}


@pytest.mark.parametrize(
    ("key", "satisfied", "said"), [("1", True, "verdict_thanks"), ("2", False, "verdict_sorry")]
)
def test_one_is_satisfied_and_two_is_not(key: str, satisfied: bool, said: str) -> None:
    reader = called().press(key)
    assert reader.asked[-1] == GivesVerdict("8:1", "3:5", satisfied)
    assert reader.said == [said, "anything_else"]
    assert reader.facts(CallAttemptOver) == [TOLD]
    inbound = calling().press(key)
    assert inbound.asked[-1] == GivesVerdict("", "3:5", satisfied)
    assert inbound.said == [said, "anything_else"]
    assert inbound.facts(CallAttemptOver) == []


def test_who_is_not_satisfied_hears_by_when_it_is_answered_anew() -> None:
    assert called().press("2").words("verdict_sorry") == {"due": ANEW}


@pytest.mark.parametrize("keys", [("1",), ("2",), ("3",), ("9",), ("0",), (None, None, None)])
def test_an_answer_heard_by_calling_in_needs_no_call_of_ours(keys: tuple[str | None, ...]) -> None:
    reader = calling()
    assert reader.facts(AnswerHeard) == []
    for key in keys:
        reader.be_silent() if key is None else reader.press(key)
    assert reader.facts(AnswerHeard) == [AnswerHeard("3:5")]
    assert calling().hang_up().facts(AnswerHeard) == [AnswerHeard("3:5")]


def test_an_answer_heard_by_whatever_call_of_ours_needs_no_other() -> None:
    assert called().press("1").facts(AnswerHeard) == [AnswerHeard("3:5")]


def test_a_verdict_on_an_answer_changed_meanwhile_says_that_it_was_not_taken() -> None:
    reader = calling()
    reader.look_up = lambda _: Judged(first=False, overtaken=True)
    assert reader.press("2").said == ["verdict_overtaken", "anything_else"]


def test_a_second_verdict_says_thank_you() -> None:
    reader = calling()
    reader.look_up = before
    assert reader.press("2").said == ["verdict_before", "anything_else"]


def test_three_is_a_promise_to_call_back() -> None:
    reader = called().press("3")
    assert reader.facts(CallbackOwed) == [CallbackOwed("asked")]
    assert reader.said == ["callback_noted", "anything_else"]
    assert calling(known=False).press("3").said == ["callback_number"]


def test_nine_reads_the_answer_again_and_silence_only_the_question() -> None:
    assert called().press("9").said == ["status_answer", "verdict_ask"]
    assert called().be_silent().said == ["no_input", "verdict_ask"]
    assert called().press("8").said == ["invalid_key", "verdict_ask"]


def test_no_answer_is_no_verdict() -> None:
    reader = called().be_silent(3)
    assert reader.at == "farewell"
    assert not any(isinstance(question, GivesVerdict) for question in reader.asked)
    assert called().hang_up().learnt == [TOLD, AnswerHeard("3:5"), Ended("hung_up")]


def test_zero_leads_to_the_clerk_and_the_news_counts_as_heard() -> None:
    reader = called().press("0")
    assert reader.at == "transfer.ringing"
    assert reader.facts(CallAttemptOver) == [TOLD]


def test_an_answer_judged_before_is_read_without_the_question_to_whoever_calls_in() -> None:
    def judged(question: Question) -> Answer:
        return (
            CaseFound("answered", DAY, DAY, DAY, ANSWER)
            if isinstance(question, CheckCase)
            else look_up(question)
        )

    reader = Reader(look_up=judged).press("3", CODE, "5678", "1")
    assert reader.said == ["status_answer", "status_answered_after"]
