"""The call that brings a citizen news: who is there, the code, and only then the news."""

from datetime import timedelta
from functools import partial

import pytest

from callflows import begin_for_citizen
from callflows.escalations import AnswerHeard, CallAttemptOver, CheckNews, CitizenNews
from callflows.vocabulary import (
    Answer,
    CallbackOwed,
    CaseFound,
    CaseUnknown,
    Digits,
    Ended,
    Plain,
    Press,
    Question,
    Term,
    TooManyGuesses,
)
from tests.callflows.reader import CODE, DAY, LookUp, Reader, ordinary

DUE = DAY + timedelta(days=14)
TOLD = CallAttemptOver("8:1", "told")
UNHEARD = CallAttemptOver("8:1", "answered")


def call(look_up: LookUp = ordinary) -> Reader:
    return Reader(look_up=look_up, opening=partial(begin_for_citizen, call_attempt="8:1"))


def bringing(answer: Answer) -> Reader:
    """A call in which the code was keyed in and answered with `answer`."""

    def look_up(question: Question) -> Answer:
        return answer if isinstance(question, CheckNews) else ordinary(question)

    return call(look_up).press("1", CODE)


@pytest.mark.row("T-11")
def test_whoever_picks_up_hears_the_office_and_one_question() -> None:
    reader = call()
    assert reader.said == ["news_who"]
    assert reader.words("news_who") == {"office": Plain("xã Mẫu")}
    assert reader.asked == []


@pytest.mark.row("T-11")
def test_nothing_is_looked_up_before_the_code() -> None:
    reader = call().press("1")
    assert reader.said == ["status_ask"]
    assert reader.turn.awaits == Press(6, seconds=10, private=True)
    assert reader.asked == []
    assert reader.press(CODE).asked == [CheckNews("8:1", CODE)]


def test_somebody_else_is_asked_nothing_more_and_not_called_again() -> None:
    reader = call().press("2")
    assert reader.said == ["news_not_them"]
    assert reader.learnt == [CallAttemptOver("8:1", "not_them"), Ended("goodbye")]
    assert reader.over


@pytest.mark.row("T-11")
@pytest.mark.parametrize("key", [None, "8", "12"])
def test_a_machine_or_a_child_learns_nothing_and_the_news_stays_untold(key: str | None) -> None:
    reader = call()
    for _ in range(3):
        reader.be_silent() if key is None else reader.press(key)
    assert reader.said == ["news_later"]
    assert reader.learnt == [UNHEARD, Ended("goodbye")]


@pytest.mark.parametrize("before", [(), ("1",)])
def test_hanging_up_before_the_code_leaves_the_news_untold(before: tuple[str, ...]) -> None:
    assert call().press(*before).hang_up().learnt == [UNHEARD, Ended("hung_up")]


@pytest.mark.parametrize("before", [(), ("1",)])
def test_zero_leads_to_the_clerk(before: tuple[str, ...]) -> None:
    assert call().press(*before, "0").at == "transfer.ringing"


@pytest.mark.row("T-12")
def test_a_wrong_code_is_asked_again_and_forgotten() -> None:
    reader = bringing(CaseUnknown(2))
    assert reader.said == ["status_not_found", "status_ask"]
    assert CODE not in dict(reader.turn.place.kept).values()


@pytest.mark.row("T-12")
@pytest.mark.parametrize("answer", [CaseUnknown(0), TooManyGuesses()])
def test_the_last_guess_and_a_spent_budget_tell_nothing(answer: Answer) -> None:
    reader = bringing(answer)
    assert reader.said == ["status_refused"]
    assert reader.facts(CallAttemptOver) == [UNHEARD]
    assert reader.press("0").at == "transfer.ringing"


@pytest.mark.parametrize("keys", ["12345", "12*456"])
def test_anything_but_six_digits_is_no_code(keys: str) -> None:
    reader = call().press("1", keys)
    assert reader.said == ["invalid_key", "status_ask"]
    assert reader.asked == []


def test_that_it_was_accepted_comes_with_the_code_and_the_term() -> None:
    reader = bringing(CitizenNews("accepted", due=DUE))
    assert reader.said == ["news_accepted", "news_after"]
    assert reader.words("news_accepted") == {"code": Digits(CODE), "due": DUE}


def test_that_it_was_passed_on_comes_with_the_body() -> None:
    reader = bringing(CitizenNews("transferred", body="Công an xã"))
    assert reader.words("news_transferred") == {"code": Digits(CODE), "body": Plain("Công an xã")}


def test_that_the_term_was_extended_comes_with_the_new_one() -> None:
    assert bringing(CitizenNews("extended", due=DUE)).words("news_extended") == {
        "code": Digits(CODE),
        "due": DUE,
    }


def test_that_it_was_closed_comes_with_the_outcome_and_without_a_question() -> None:
    reader = bringing(CitizenNews("closed", state="closed_unfounded"))
    assert reader.said == ["news_closed", "news_after"]
    assert reader.words("news_closed") == {"code": Digits(CODE), "state": Term("state_closed_unfounded")}
    assert reader.press("9").said == ["news_closed", "news_after"]


def test_an_answer_that_was_judged_before_is_read_without_the_question() -> None:
    reader = bringing(CitizenNews("answered", answered=DAY, answer="Đã sửa."))
    assert reader.said == ["status_answered", "status_answer", "news_after"]
    assert reader.words("status_answer") == {"answer": Plain("Đã sửa.")}


def test_an_answer_is_read_with_the_question_whether_it_helped() -> None:
    reader = bringing(CitizenNews("answered", answered=DAY, answer="Đã sửa.", answer_id="3:5"))
    assert reader.said == ["status_answered", "status_answer", "verdict_ask"]
    assert reader.words("status_answer") == {"answer": Plain("Đã sửa.")}
    assert reader.hang_up().learnt == [TOLD, AnswerHeard("3:5"), Ended("hung_up")]


def test_news_overtaken_by_now_tells_the_state_instead() -> None:
    reader = bringing(CaseFound("in_progress", DAY, DUE))
    assert reader.said == ["status_result", "status_after"]
    assert reader.facts(CallAttemptOver) == [TOLD]


def test_nothing_counts_as_heard_at_the_moment_it_is_begun() -> None:
    assert bringing(CitizenNews("accepted", due=DUE)).learnt == []


@pytest.mark.parametrize(("key", "at"), [("9", "news.told"), ("0", "transfer.ringing")])
def test_a_key_after_the_news_says_that_it_was_heard(key: str, at: str) -> None:
    reader = bringing(CitizenNews("accepted", due=DUE)).press(key)
    assert reader.at == at
    assert reader.facts(CallAttemptOver) == [TOLD]


def test_silence_hanging_up_and_wrong_keys_after_the_news_end_it_as_heard() -> None:
    news = CitizenNews("accepted", due=DUE)
    assert bringing(news).be_silent().facts(CallAttemptOver) == [TOLD]
    assert bringing(news).hang_up().learnt == [TOLD, Ended("hung_up")]
    assert bringing(news).press("8", "8", "8").facts(CallAttemptOver) == [TOLD]


def test_a_citizen_put_through_to_nobody_is_owed_a_call() -> None:
    reader = call().press("0").clerk("no-answer").clerk("no-answer")
    assert reader.facts(CallbackOwed) == [CallbackOwed("missed")]
