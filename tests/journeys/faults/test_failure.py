"""Whatever fails, the caller hears a polite Vietnamese sentence and nothing said is lost (F-08, F-09)."""

import sqlite3
from datetime import timedelta
from unittest.mock import patch

import pytest

from ivr.phone.behaviour import Behaviour
from ivr.phone.parameters import standard
from ivr.phone.verbs import SayVerb
from logbook.database.engine import Database, DatabaseBusyError
from logbook.database.tables import callbacks, legs, responses, tickets
from tests.caller import PUBLIC_URL, STARTED, Caller
from tests.journeys.town import COMPLAINT, Town
from tests.one_kind import on_sqlite
from tests.people import AN, FARMER, NIGHT

BUG = RuntimeError("a bug of ours")


@pytest.mark.row("F-08")
@pytest.mark.parametrize("error", [None, BUG])
def test_a_key_pressed_while_the_book_is_busy_counts_once_it_is_back(
    town: Town, error: Exception | None
) -> None:
    caller = town.ring()
    with town.failing(1, error):
        caller.press("2")
    assert town.keys(caller.just_heard) == ["system_error", "complaint_type"]


@pytest.mark.row("F-08")
def test_the_greeting_comes_after_an_apology_when_the_first_request_fails(town: Town) -> None:
    with town.failing(2):
        caller = town.ring()
    assert town.keys(caller.heard) == [
        "system_error",
        "system_error",
        "greeting_open",
        "recording_notice",
        "menu",
    ]


@pytest.mark.row("F-09")
def test_the_third_failure_in_open_hours_rings_the_emergency_operator(town: Town) -> None:
    caller = town.ring()
    with town.failing(9):
        caller.press("2")
        assert town.keys(caller.just_heard) == ["system_error", "system_error", "system_error_clerk"]
        assert caller.waiting_for == "clerk"
        caller.clerk_answers(40)
    assert caller.line.rung == [AN]
    assert caller.end.ended_by == "hotline"


@pytest.mark.row("F-09")
def test_the_third_failure_at_night_says_when_to_call_again_and_rings_nobody(town: Town) -> None:
    town.clock.set(NIGHT)
    caller = town.ring()
    with town.failing(9):
        caller.press("2")
    assert town.keys(caller.just_heard) == ["system_error", "system_error", "system_error_goodbye"]
    assert caller.line.rung == []
    assert caller.ended


@pytest.mark.row("F-09")
def test_an_office_without_an_emergency_operator_says_goodbye(town: Town) -> None:
    town.with_duty("an", operator=None)
    caller = town.ring()
    with town.failing(9):
        caller.press("2")
    assert town.keys(caller.just_heard)[-1] == "system_error_goodbye"


def test_failures_are_counted_in_a_row_and_not_over_the_call(town: Town) -> None:
    caller = town.ring()
    for key in ("2", "9", "9"):
        with town.failing(2):
            caller.press(key)
        assert town.keys(caller.just_heard) == ["system_error", "system_error", "complaint_type"]


def speak_during_a_failure(town: Town, when: str, times: int = 1) -> Caller:
    caller = town.ring(behaviour=Behaviour(recording_callback=when))  # type: ignore[arg-type]
    for key in COMPLAINT:
        caller.press(key)
    with town.failing(times):
        caller.speak(9)
    return caller


@pytest.mark.row("F-08")
@pytest.mark.parametrize("when", ["before", "after", "late"])
def test_a_recording_spoken_during_a_failure_is_not_lost(town: Town, when: str) -> None:
    caller = speak_during_a_failure(town, when)
    assert town.keys(caller.just_heard)[-1] == "record_review_unheard"
    caller.press("1")
    assert town.ticket(caller).recording_id is not None


@pytest.mark.row("F-08")
def test_a_recording_survives_two_failures_of_both_its_ways(town: Town) -> None:
    caller = speak_during_a_failure(town, "after", times=2)
    assert town.keys(caller.just_heard)[-1] == "record_review_unheard"
    caller.press("1")
    assert len(town.tickets(caller)) == 1


@pytest.mark.row("F-08")
def test_a_failure_while_filing_makes_no_half_a_ticket_and_not_two(town: Town) -> None:
    caller = town.ring()
    for key in COMPLAINT:
        caller.press(key)
    caller.speak()
    with town.failing(1):
        caller.press("1")
    assert town.keys(caller.just_heard) == ["system_error", "ticket_filed", "ticket_after"]
    assert town.count(tickets) == 1


def test_a_refusal_pressed_during_a_failure_stays_a_refusal(town: Town) -> None:
    caller = town.ring().press("2").press("1")
    with town.failing(1):
        caller.press("2")
    assert town.keys(caller.just_heard) == ["system_error", "consent_refused"]


def test_a_rating_pressed_during_a_failure_is_stored_once(town: Town) -> None:
    caller = town.ring().press("4")
    with town.failing(1):
        caller.press("5")
    assert town.keys(caller.just_heard) == ["system_error", "rating_question"]
    response = town.response(caller)
    assert response is not None
    assert response.ratings == {"tc1": 5}
    assert town.count(responses) == 1


def test_a_talk_that_ends_during_a_failure_does_not_ring_the_next_clerk(town: Town) -> None:
    caller = town.ring().press("0")
    with town.failing(1):
        caller.clerk_answers(120)
    assert town.keys(caller.just_heard) == ["system_error", "rating_offer"]
    (leg,) = town.rows(legs, caller)
    assert (leg.outcome, leg.seconds) == ("completed", 120)
    assert town.count(callbacks) == 0


@pytest.mark.row("T-11")
def test_private_keys_pressed_during_a_failure_are_asked_for_again_and_never_in_an_address(
    town: Town,
) -> None:
    caller = town.ring().press("3")
    with town.failing(1):
        caller.press("004217")
    assert town.keys(caller.just_heard) == ["system_error", "status_ask"]
    assert "004217" not in " ".join(each.url for each in caller.sent)


def test_another_number_keyed_in_during_a_failure_is_not_taken_for_a_yes(town: Town) -> None:
    town.with_duty()
    caller = town.ring().press("0")
    with town.failing(1):
        caller.press("0987654321#")
    assert town.keys(caller.just_heard) == ["system_error", "callback_confirm"]


@pytest.mark.row("F-08")
def test_failing_callbacks_ask_to_be_called_again_and_say_nothing(town: Town) -> None:
    caller = town.ring().press("2")
    with town.failing(1):
        caller.hang_up()
    (status,) = caller.requests_to("/ivr/status")
    assert status.status == 503
    assert town.call(caller).outcome is None
    again = caller.replay(status)
    assert again.status == 204
    assert town.call(caller).outcome == "hung_up"


@pytest.mark.row("F-08")
def test_a_recording_callback_that_fails_is_asked_for_again_and_then_makes_the_ticket(town: Town) -> None:
    caller = town.ring()
    for key in COMPLAINT:
        caller.press(key)
    with town.failing(3):
        caller.speak(6, "hang-up")
    assert town.count(tickets) == 0
    for exchange in [each for each in caller.sent if each.status == 503]:
        caller.replay(exchange)
    assert len(town.tickets(caller)) == 1


@pytest.mark.row("F-11")
def test_an_answer_that_came_too_late_is_given_again_from_where_the_call_stands(town: Town) -> None:
    caller = town.ring(behaviour=Behaviour(timed_out=frozenset({2}))).press("2")
    caller.press("1")
    assert town.keys(caller.just_heard) == ["system_error", "consent_notice", "consent_question"]
    assert caller.press("1").waiting_for == "speech"


@pytest.mark.row("F-11")
def test_a_second_document_that_cannot_be_fetched_rings_a_person(town: Town) -> None:
    caller = town.ring(behaviour=Behaviour(timed_out=frozenset({2, 4}))).press("2")
    caller.press("1")
    assert town.keys(caller.just_heard) == ["system_error", "system_error_clerk"]
    assert caller.waiting_for == "clerk"


@pytest.mark.row("F-08")
@on_sqlite
def test_a_book_locked_by_another_program_is_an_apology_and_then_goes_on(town: Town) -> None:
    impatient = Database(str(town.database.url), wait_seconds=0.2)
    patient, town.database = town.database, impatient
    try:
        town.open()
        caller = town.ring()
        other = sqlite3.connect(str(patient.file), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        hold = iter([other.rollback])
        listen = caller.line.speak

        def released_while_apologising(wish):  # type: ignore[no-untyped-def]
            for release in hold:
                release()
            return listen(wish)

        caller.line.speak = released_while_apologising  # type: ignore[method-assign]
        caller.press("2")
        other.close()
        assert town.keys(caller.just_heard) == ["system_error", "complaint_type"]
    finally:
        impatient.close()
        town.database = patient


def test_every_apology_is_in_vietnamese_and_names_no_machine(town: Town) -> None:
    caller = town.ring()
    with town.failing(9, RuntimeError("sqlite3.OperationalError: /var/lib/logbook.db")):
        caller.press("2")
    spoken = " ".join(caller.just_heard)
    assert spoken.count("Xin lỗi quý khách") == 3
    assert "sqlite" not in " ".join(str(each.body) for each in caller.sent)


def test_a_clock_moved_far_ahead_between_two_turns_harms_no_call(town: Town) -> None:
    caller = town.ring().press("2")
    town.clock.set((town.clock.now() + timedelta(days=400)).isoformat())
    assert town.keys(caller.press("1").just_heard) == ["consent_notice", "consent_question"]
    assert town.call(caller).caller_number == FARMER


@pytest.mark.row("L1")
@pytest.mark.parametrize(
    ("moment", "said"), [("09:10", "system_error_clerk"), ("12:00", "system_error_goodbye")]
)
def test_the_fallback_address_speaks_the_offices_words_without_the_book(
    town: Town, moment: str, said: str
) -> None:
    town.clock.set(f"2026-11-25T{moment}:00+07:00")
    caller = town.ring()
    error = {"ErrorCode": "11200", "ErrorUrl": f"{PUBLIC_URL}/ivr/turn/1?again=2"}
    params = standard(caller.setup, "in-progress", STARTED) | error
    gone = patch.object(town.database, "reading", side_effect=DatabaseBusyError("gone"))
    with town.failing(9), gone:
        document = caller.carrier.fetch(f"{PUBLIC_URL}/ivr/fallback", "POST", params)
    assert town.keys(verb.text for verb in document.verbs if isinstance(verb, SayVerb)) == [said]
