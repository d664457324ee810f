"""The rating by keypad."""

from dataclasses import replace

import pytest

from callflows.atlas import example_office
from callflows.office import Criterion
from callflows.vocabulary import Count, Ended, FileTicket, Plain, Purpose, Rated, RatingBegun, RatingEnded
from tests.callflows.reader import Reader, standing

FIVE = tuple(Criterion(f"tc{n}", f"câu hỏi {n}") for n in range(1, 6))
OFFICE = replace(example_office(), criteria=FIVE)


def rating() -> Reader:
    return Reader(OFFICE).press("4")


@pytest.mark.row("000-02")
def test_the_keys_are_explained_once_and_then_the_first_question_is_asked() -> None:
    reader = rating()
    assert reader.said == ["rating_intro", "rating_question"]
    assert reader.words("rating_intro") == {
        "count": Count(5, "unit_question_one", "unit_question_many"),
        "lowest": 1,
        "highest": 5,
    }
    assert reader.words("rating_question")["question"] == Plain("câu hỏi 1")
    assert reader.facts(RatingBegun) == [RatingBegun()]
    assert reader.press("5").said == ["rating_question"]


@pytest.mark.row("000-05")
@pytest.mark.row("000-06")
@pytest.mark.row("000-07")
@pytest.mark.row("000-08")
@pytest.mark.row("000-09")
def test_every_key_is_a_fact_at_once_under_the_stable_key_of_its_criterion() -> None:
    reader = rating()
    for number, key in enumerate("34543", start=1):
        reader.press(key)
        assert reader.turn.learnt[0] == Rated(f"tc{number}", int(key))
    assert reader.facts(RatingEnded) == [RatingEnded("complete")]
    assert reader.said == ["rating_thanks", "anything_else"]


def test_star_skips_a_question() -> None:
    assert rating().press("*").facts(Rated) == [Rated("tc1", None)]


@pytest.mark.parametrize("key", [*"678", "12"])
def test_a_key_off_the_scale_is_asked_again_and_not_counted(key: str) -> None:
    reader = rating().press(key)
    assert reader.said == ["invalid_key", "rating_question"]
    assert reader.facts(Rated) == []


def test_hanging_up_after_two_answers_keeps_two() -> None:
    reader = rating().press("5", "4").hang_up()
    assert reader.facts(Rated) == [Rated("tc1", 5), Rated("tc2", 4)]
    assert reader.turn.learnt == (RatingEnded("partial"), Ended("hung_up"))


def test_giving_up_keeps_what_was_answered_and_thanks() -> None:
    reader = rating().press("5").be_silent(3)
    assert reader.facts(RatingEnded) == [RatingEnded("partial")]
    assert reader.said == ["rating_partial", "anything_else"]


def test_zero_leaves_the_rating_for_the_clerk() -> None:
    reader = rating().press("5", "0")
    assert reader.facts(RatingEnded) == [RatingEnded("partial")]
    assert reader.at == "transfer.ringing"


@pytest.mark.row("000-17")
@pytest.mark.parametrize("low", ["1", "2"])
def test_one_low_answer_anywhere_is_followed_by_the_question_why(low: str) -> None:
    assert rating().press("5", low, "5", "5", "5").said == ["rating_thanks", "rating_low_followup"]


@pytest.mark.row("000-17")
def test_three_is_not_low_and_a_skipped_question_is_not_low() -> None:
    assert rating().press("3", "*", "3", "*", "3").at == "farewell"


@pytest.mark.row("000-17")
def test_the_reason_becomes_a_ticket_linked_to_the_rating_after_consent() -> None:
    reader = rating().press("1", "5", "5", "5", "5", "1")
    assert reader.at == "complaint.consent"
    reader.press("1").speak("7").press("1")
    assert reader.asked[-1] == FileTicket("7", None, why_low=True)


@pytest.mark.parametrize("answer", ["2", "silence"])
def test_nobody_has_to_say_why(answer: str) -> None:
    reader = rating().press("1", "5", "5", "5", "5")
    assert (reader.be_silent() if answer == "silence" else reader.press("2")).at == "farewell"


@pytest.mark.row("000-02")
@pytest.mark.parametrize("key", ["1", "4"])
def test_after_the_clerk_the_rating_is_offered_and_begins_on_a_key(key: str) -> None:
    reader = Reader(OFFICE).press("0").clerk("completed")
    assert reader.said == ["rating_offer"]
    assert reader.press(key).at == "rating.question"
    assert [fact.name for fact in reader.facts(Purpose)] == ["clerk", "rating"]


def test_an_offer_met_with_silence_is_no_refused_rating() -> None:
    reader = Reader(OFFICE).press("0").clerk("completed").be_silent()
    assert reader.at == "farewell"
    assert reader.facts(RatingEnded) == []


def test_a_scale_from_nought_to_nine_takes_all_ten_keys_for_answers() -> None:
    office = replace(OFFICE, lowest=0, highest=9)
    reader = Reader(office).press("4", "0", "9")
    assert [fact.value for fact in reader.facts(Rated)] == [0, 9]


def test_an_office_without_criteria_says_so() -> None:
    reader = Reader(replace(OFFICE, criteria=())).press("4")
    assert reader.said == ["rating_none", "anything_else"]
    assert reader.facts(RatingBegun) == []


def test_criteria_that_vanish_during_a_rating_end_it_as_finished() -> None:
    reader = standing("rating.question", OFFICE, question="5")
    assert reader.press("5").facts(RatingEnded) == [RatingEnded("complete")]
    assert standing("rating.question", OFFICE, question="5").press("9").at == "farewell"
