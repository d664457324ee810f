"""The rating by keypad, kept key by key."""

import pytest

from logbook.database.tables import responses
from tests.journeys.town import Town
from tests.people import HIDDEN


@pytest.mark.row("000-02")
@pytest.mark.row("000-05")
@pytest.mark.row("000-06")
@pytest.mark.row("000-07")
@pytest.mark.row("000-08")
@pytest.mark.row("000-09")
def test_every_key_is_in_the_book_at_once_under_its_criterion(town: Town) -> None:
    caller = town.ring().press("4")
    given: dict[str, int | None] = {}
    for number, key in enumerate("54345", start=1):
        assert town.settings.ratings.criteria[number - 1].text in caller.just_heard[-1]
        caller.press(key)
        given[f"tc{number}"] = int(key)
        response = town.response(caller)
        assert response is not None
        assert response.ratings == given
    assert town.keys(caller.just_heard) == ["rating_thanks", "anything_else"]
    response = town.response(caller)
    assert response is not None
    assert (response.state, response.call_id) == ("complete", town.call(caller).id)
    assert town.call(caller).purpose == "rating"


@pytest.mark.row("000-02")
def test_hanging_up_after_two_keeps_two(town: Town) -> None:
    caller = town.ring().press("4").press("5").press("4").hang_up()
    response = town.response(caller)
    assert response is not None
    assert (response.state, response.ratings) == ("partial", {"tc1": 5, "tc2": 4})


def test_star_skips_and_the_rating_is_complete_all_the_same(town: Town) -> None:
    caller = town.ring().press("4")
    for key in "5*5*5":
        caller.press(key)
    response = town.response(caller)
    assert response is not None
    assert (response.state, response.ratings["tc2"], response.ratings["tc4"]) == ("complete", None, None)


def test_hanging_up_before_the_first_answer_is_no_partial_answer(town: Town) -> None:
    caller = town.ring().press("4").hang_up()
    response = town.response(caller)
    assert response is not None
    assert (response.ratings, response.finished_at is not None) == ({}, True)


def test_a_key_off_the_scale_is_not_stored(town: Town) -> None:
    caller = town.ring().press("4").press("7")
    assert town.keys(caller.just_heard) == ["invalid_key", "rating_question"]
    response = town.response(caller)
    assert response is not None
    assert response.ratings == {}


@pytest.mark.row("000-17")
@pytest.mark.parametrize("number", ["+84912345678", HIDDEN])
def test_a_low_answer_and_the_wish_to_say_why_make_a_ticket_linked_to_the_rating(
    town: Town, number: str
) -> None:
    caller = town.ring(number).press("4")
    for key in "51555":
        caller.press(key)
    assert town.keys(caller.just_heard) == ["rating_thanks", "rating_low_followup"]
    assert town.keys(caller.press("1").just_heard) == ["consent_notice", "consent_question"]
    caller.press("1").speak(6).press("1")
    response = town.response(caller)
    assert response is not None
    ticket = town.ticket(caller)
    assert ticket.response_id == response.id
    assert (ticket.pin_digest is None) == (number != HIDDEN)


@pytest.mark.row("000-17")
def test_a_low_answer_without_the_wish_makes_no_ticket(town: Town) -> None:
    caller = town.ring().press("4")
    for key in "11111":
        caller.press(key)
    assert town.keys(caller.press("2").just_heard) == ["anything_else"]
    assert town.tickets(caller) == []


@pytest.mark.row("000-17")
def test_a_complaint_made_later_in_the_same_call_is_not_taken_for_the_reason(town: Town) -> None:
    caller = town.ring().press("4")
    for key in "11111":
        caller.press(key)
    caller.press("2").press("9").press("2").press("1").press("1").speak().press("1")
    assert town.ticket(caller).response_id is None


def test_rating_twice_in_one_call_is_one_response_with_the_last_answers(town: Town) -> None:
    caller = town.ring().press("4")
    for key in "55555":
        caller.press(key)
    caller.press("9").press("4")
    for key in "44444":
        caller.press(key)
    response = town.response(caller)
    assert response is not None
    assert set(response.ratings.values()) == {4}
    assert town.count(responses) == 1


def test_asking_for_the_clerk_in_the_middle_keeps_what_was_answered(town: Town) -> None:
    caller = town.ring().press("4").press("5").press("0")
    assert caller.waiting_for == "clerk"
    response = town.response(caller)
    assert response is not None
    assert (response.state, response.ratings) == ("partial", {"tc1": 5})
