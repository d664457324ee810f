"""A Wednesday at ten past nine: greeting, guidance, and through to the clerk."""

import pytest

from logbook.database.tables import callbacks, legs, responses, tickets
from tests.journeys.town import Town
from tests.people import ABROAD, AN, BINH, CHI, FARMER, HIDDEN, NEIGHBOUR


@pytest.mark.row("000-11")
def test_the_hotline_answers_with_its_name_and_the_book_knows_who_called_which_number(town: Town) -> None:
    caller = town.ring()
    assert town.keys(caller.heard) == ["greeting_open", "recording_notice", "menu"]
    assert "Ủy ban nhân dân xã Đại Lãnh" in caller.heard[0]
    call = town.call(caller)
    assert (call.caller_number, call.called, call.status) == (FARMER, "+842583842102", "in-progress")


@pytest.mark.row("000-01")
def test_guidance_is_heard_repeated_and_left_for_another_procedure(town: Town) -> None:
    caller = town.ring().press("1")
    assert town.keys(caller.just_heard) == ["guidance_choose"]
    assert "Đăng ký khai sinh, xin bấm phím hai." in caller.just_heard[0]
    seen = caller.press("2").just_heard
    assert "giấy chứng sinh" in seen[0]
    assert caller.press("9").just_heard == seen
    assert town.keys(caller.press("1").just_heard) == ["guidance_choose"]
    assert "Đăng ký kết hôn" in caller.press("3").just_heard[0]
    assert town.keys(caller.stay_silent().just_heard) == ["anything_else"]
    assert town.keys(caller.stay_silent().just_heard) == ["goodbye"]
    call = town.call(caller)
    assert (call.purpose, call.outcome, call.status) == ("guidance", "goodbye", "completed")


@pytest.mark.row("000-01")
@pytest.mark.parametrize(
    ("key", "purpose"),
    [("1", "guidance"), ("2", "complaint"), ("3", "status"), ("4", "rating"), ("0", "clerk")],
)
def test_every_path_of_the_menu_leaves_a_call_with_its_purpose(town: Town, key: str, purpose: str) -> None:
    caller = town.ring().press(key).hang_up()
    call = town.call(caller)
    assert (call.purpose, call.outcome) == (purpose, "hung_up")
    assert call.ended_at is not None


@pytest.mark.row("000-10")
def test_the_one_on_duty_is_rung_then_the_next_and_the_talk_is_in_the_book(town: Town) -> None:
    caller = town.ring().press("0")
    assert caller.waiting_for == "clerk"
    caller.clerk_busy().clerk_does_not_answer()
    assert town.keys(caller.just_heard) == ["connect_next"]
    caller.clerk_answers(95)
    assert town.keys(caller.just_heard) == ["rating_offer"]
    assert caller.line.rung == [AN, BINH, CHI]
    assert [(leg.person_id, leg.outcome, leg.seconds) for leg in town.timeline(caller).legs] == [
        ("an", "busy", 0),
        ("binh", "no-answer", 0),
        ("chi", "completed", 95),
    ]
    assert town.count(callbacks) == 0


@pytest.mark.row("000-10")
def test_on_a_thursday_the_roster_begins_with_somebody_else(town: Town) -> None:
    town.clock.set("2026-11-26T09:10:00+07:00")
    caller = town.ring().press("0").clerk_answers()
    assert caller.line.rung == [BINH]


@pytest.mark.row("000-02")
def test_after_the_clerk_the_rating_is_offered_and_linked_to_that_call(town: Town) -> None:
    caller = town.ring().press("0").clerk_answers().press("1")
    for key in "55555":
        caller.press(key)
    response = town.response(caller)
    assert response is not None
    assert (response.state, response.call_id) == ("complete", town.call(caller).id)
    assert town.call(caller).purpose == "clerk"


def test_when_nobody_answers_the_call_is_owed_once_and_settled_by_a_later_talk(town: Town) -> None:
    caller = town.ring().press("0").clerk_busy().clerk_busy().clerk_busy()
    assert town.keys(caller.just_heard) == ["clerk_unavailable"]
    (owed,) = town.rows(callbacks, caller)
    assert (owed.reason, owed.number, owed.state) == ("missed", FARMER, "owed")
    caller.press("1").clerk_answers().hang_up()
    (settled,) = town.rows(callbacks, caller)
    assert settled.state == "settled"


def test_with_nobody_on_the_roster_the_caller_is_promised_a_call_and_no_phone_rings(town: Town) -> None:
    town.with_duty()
    caller = town.ring().press("0")
    assert town.keys(caller.heard) == [
        *("greeting_open", "recording_notice", "clerk_none", "menu_closed"),
        "callback_confirm",
    ]
    assert caller.line.rung == []
    assert town.count(legs) == 0
    caller.press("0987654321#")
    assert "không chín tám bảy, sáu năm bốn ba, hai một" in caller.just_heard[0]
    (owed,) = town.rows(callbacks, caller)
    assert (owed.reason, owed.number) == ("asked", NEIGHBOUR)


def test_a_withheld_caller_is_promised_nothing_until_a_number_was_keyed_in(town: Town) -> None:
    town.with_duty()
    caller = town.ring(HIDDEN).press("0")
    assert town.count(callbacks) == 0
    assert town.keys(caller.just_heard) == ["callback_number"]
    caller.press("0912345678#")
    (owed,) = town.rows(callbacks, caller)
    assert owed.number == FARMER


def test_a_withheld_caller_who_gives_no_number_is_asked_to_call_again(town: Town) -> None:
    town.with_duty()
    caller = town.ring(HIDDEN).press("0").stay_silent().stay_silent().stay_silent()
    assert town.keys(caller.just_heard) == ["call_again_in_hours", "goodbye"]
    assert town.count(callbacks) == 0


def test_a_caller_who_hangs_up_while_it_rings_is_called_back(town: Town) -> None:
    caller = town.ring().press("0").hang_up()
    (owed,) = town.rows(callbacks, caller)
    assert (owed.reason, owed.state) == ("missed", "owed")
    assert town.call(caller).outcome == "hung_up"


def test_silence_and_wrong_keys_are_asked_again_twice_and_then_handed_to_a_person(town: Town) -> None:
    caller = town.ring().stay_silent()
    assert town.keys(caller.just_heard) == ["no_input", "menu"]
    assert town.keys(caller.press("7").just_heard) == ["invalid_key", "menu"]
    assert town.keys(caller.press("8").just_heard) == ["too_many_errors", "connect_clerk"]
    assert caller.waiting_for == "clerk"


def test_a_caller_who_does_nothing_at_all_is_not_kept_for_ever(town: Town) -> None:
    caller = town.ring()
    for _ in range(12):
        if caller.ended:
            break
        caller.clerk_does_not_answer() if caller.waiting_for == "clerk" else caller.stay_silent()
    assert town.keys(caller.just_heard)[-1] == "goodbye"
    assert caller.end.ended_by == "hotline"
    assert town.count(tickets) == town.count(responses) == 0


@pytest.mark.row("B-03")
def test_a_relative_abroad_is_told_which_numbers_are_called_and_may_key_one_in(town: Town) -> None:
    caller = town.ring(ABROAD).press("0").clerk_busy().clerk_busy().clerk_busy()
    assert town.keys(caller.just_heard) == ["clerk_unavailable_hidden"]
    assert town.count(callbacks) == 0
    assert town.keys(caller.press("2").just_heard) == ["callback_number_not_ours"]
    caller.press("0912345678#")
    (owed,) = town.rows(callbacks, caller)
    assert owed.number == FARMER


def test_numbers_keyed_in_are_not_readable_in_the_turns(town: Town) -> None:
    town.with_duty()
    caller = town.ring().press("0").press("0987654321#")
    heard = [turn.heard for turn in town.timeline(caller).turns]
    assert not any("0987654321" in each for each in heard)
    assert any("••••••••••" in each for each in heard)
