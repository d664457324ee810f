"""A phản ánh from the first key to the code, and everything that can come between."""

import json

import pytest

from ivr.phone.behaviour import Behaviour
from logbook.calls.calls import TurnKept
from logbook.database.tables import consents, recordings, restricted_records, tickets
from tests.caller import Caller
from tests.journeys.town import COMPLAINT, Town, complain
from tests.people import FARMER, HIDDEN, SHOP


def at_the_tone(town: Town, number: str = FARMER, behaviour: Behaviour | None = None) -> Caller:
    caller = town.ring(number, behaviour=behaviour)
    for key in COMPLAINT:
        caller.press(key)
    assert caller.waiting_for == "speech"
    return caller


@pytest.mark.row("000-01")
def test_a_complaint_becomes_a_ticket_with_caller_type_sound_and_terms(town: Town) -> None:
    caller = complain(town.ring())
    ticket = town.ticket(caller)
    assert (ticket.caller_type, ticket.caller_number, ticket.channel) == ("individual", FARMER, "hotline")
    assert (ticket.state, ticket.kind) == ("new", "unclassified")
    (recording,) = town.rows(recordings, caller)
    assert (recording.id, recording.seconds) == (ticket.recording_id, 12)
    assert ticket.answer_due_at.isoformat().startswith("2026-12-09")
    assert (town.call(caller).purpose, town.call(caller).caller_type) == ("complaint", "individual")


@pytest.mark.row("000-01")
def test_a_cooperative_complains_as_an_organisation(town: Town) -> None:
    caller = town.ring(SHOP).press("2").press("2").press("1").speak().press("1")
    assert town.ticket(caller).caller_type == "organisation"


def test_the_ticket_is_in_the_book_before_its_code_is_spoken(town: Town) -> None:
    caller = at_the_tone(town).speak()
    assert town.count(tickets) == 0
    seen: list[int] = []
    speak = caller.line.speak

    def listen(wish):  # type: ignore[no-untyped-def]
        seen.append(town.count(tickets))
        return speak(wish)

    caller.line.speak = listen  # type: ignore[method-assign]
    caller.press("1")
    assert town.keys(caller.just_heard) == ["ticket_filed", "ticket_after"]
    assert seen == [1, 1]


def test_the_code_is_spoken_twice_in_two_groups_of_three_digits(town: Town) -> None:
    caller = complain(town.ring())
    code = town.ticket(caller).code
    spoken = town.spoken(code)
    assert spoken.count(",") == 1
    assert caller.just_heard[0].count(spoken) == 2
    again = caller.press("9").just_heard
    assert again[0].count(spoken) == 2
    assert town.count(tickets) == 1


def test_a_withheld_number_gets_a_pin_spoken_twice_and_kept_only_as_a_digest(town: Town) -> None:
    caller = complain(town.ring(HIDDEN))
    assert town.keys(caller.just_heard) == ["ticket_filed_no_news", "ticket_pin", "ticket_after"]
    ticket = town.ticket(caller)
    assert ticket.caller_number is None
    assert ticket.pin_digest is not None
    assert len(ticket.pin_digest) == 64
    assert caller.press("9").just_heard[1].count("Xin nhắc lại") == 1


def test_a_known_number_gets_no_pin(town: Town) -> None:
    caller = complain(town.ring())
    assert "ticket_pin" not in town.keys(caller.just_heard)
    assert town.ticket(caller).pin_digest is None


@pytest.mark.row("F-04")
@pytest.mark.parametrize("when", ["before", "after", "late"])
def test_hanging_up_while_speaking_still_makes_the_ticket(town: Town, when: str) -> None:
    behaviour = Behaviour(recording_callback=when)  # type: ignore[arg-type]
    caller = at_the_tone(town, behaviour=behaviour).speak(7, "hang-up")
    ticket = town.ticket(caller)
    (recording,) = town.rows(recordings, caller)
    assert (recording.id, recording.seconds) == (ticket.recording_id, 7)
    assert town.call(caller).outcome == "hung_up"


def test_hanging_up_without_a_word_makes_no_ticket(town: Town) -> None:
    caller = at_the_tone(town).hang_up()
    assert town.tickets(caller) == []


def test_hanging_up_at_the_review_sends_what_was_said(town: Town) -> None:
    caller = at_the_tone(town).speak().hang_up()
    assert town.ticket(caller).recording_id is not None


def test_silence_at_the_review_sends_and_says_the_code(town: Town) -> None:
    caller = at_the_tone(town).speak().stay_silent()
    assert town.keys(caller.just_heard) == ["ticket_filed", "ticket_after"]
    assert town.spoken(town.ticket(caller).code) in caller.just_heard[0]


def test_doing_it_again_sends_the_second_take_only(town: Town) -> None:
    caller = at_the_tone(town).speak(5)
    assert town.keys(caller.press("3").just_heard) == ["record_instructions"]
    caller.speak(9).press("1")
    kept = {row.id: row.seconds for row in town.rows(recordings, caller)}
    assert sorted(kept.values()) == [5, 9]
    recording_id = town.ticket(caller).recording_id
    assert recording_id is not None
    assert kept[recording_id] == 9


def test_hearing_it_again_plays_the_callers_own_words_once_they_are_here(town: Town) -> None:
    caller = at_the_tone(town).speak(5)
    assert town.keys(caller.just_heard) == ["record_review_unheard"]
    assert town.keys(caller.press("2").just_heard) == ["record_not_here_yet", "record_review_unheard"]
    (sound,) = town.bring_sound_home(caller)
    assert town.keys(caller.press("9").just_heard) == ["record_review"]
    caller.press("2")
    assert town.keys(caller.just_heard) == ["record_review"]
    (played,) = caller.played
    assert "/ivr/audio/" in played
    (fetched,) = [each for each in caller.sent if "/ivr/audio/" in each.url]
    assert fetched.body == sound


def test_an_empty_recording_is_asked_for_once_more_then_handed_on_and_never_a_ticket(town: Town) -> None:
    caller = at_the_tone(town).stay_silent()
    assert town.keys(caller.just_heard) == ["record_empty"]
    caller.stay_silent()
    assert town.keys(caller.just_heard) == ["record_nothing", "connect_clerk"]
    assert caller.waiting_for == "clerk"
    caller.hang_up()
    assert town.count(tickets) == 0


@pytest.mark.parametrize("key", ["2", "5", "7"])
def test_without_consent_nothing_is_recorded_and_other_ways_are_offered(town: Town, key: str) -> None:
    caller = town.ring().press("2").press("1").press(key)
    assert town.keys(caller.just_heard) == ["consent_refused"]
    assert caller.waiting_for == "key"
    assert town.keys(caller.press("2").just_heard) == ["callback_confirm"]
    caller.hang_up()
    (consent,) = town.rows(consents, caller)
    assert (consent.given, consent.key) == (False, key)
    assert town.count(recordings) == town.count(tickets) == 0


def test_silence_is_not_consent(town: Town) -> None:
    caller = town.ring().press("2").press("1").stay_silent().stay_silent().stay_silent()
    assert town.keys(caller.just_heard) == ["consent_refused"]
    (consent,) = town.rows(consents, caller)
    assert (consent.given, consent.key) == (False, "")


def test_who_agrees_after_all_has_both_answers_in_the_book(town: Town) -> None:
    caller = town.ring().press("2").press("1").press("2").press("1").press("1")
    assert caller.waiting_for == "speech"
    assert [row.given for row in town.rows(consents, caller)] == [False, True]


def test_the_consent_row_names_wording_key_and_moment(town: Town) -> None:
    caller = at_the_tone(town)
    (consent,) = town.rows(consents, caller)
    assert (consent.purpose, consent.wording_version, consent.key, consent.given, consent.at) == (
        "complaint",
        town.settings.complaint.consent_wording_version,
        "1",
        True,
        town.clock.now(),
    )


def test_the_notice_is_heard_to_its_end_before_a_key_counts(town: Town) -> None:
    caller = town.ring().press("2").press("1")
    document = next(each for each in reversed(caller.sent) if each.path.startswith("/ivr/turn/"))
    text = document.body.decode()
    assert text.index("Trước khi quý khách trình bày") < text.index("<Gather")


@pytest.mark.row("000-01")
def test_a_petition_leaves_a_restricted_record_and_no_ticket(town: Town) -> None:
    caller = town.ring().press("2").press("3")
    assert town.keys(caller.just_heard) == ["petition_guidance", "petition_guidance_after"]
    (record,) = town.rows(restricted_records, caller)
    assert record.caller_number == FARMER
    caller.stay_silent().stay_silent()
    assert caller.ended
    assert town.count(tickets) == town.count(recordings) == 0


def test_a_caller_may_leave_two_complaints_in_one_call_each_with_its_own_code(town: Town) -> None:
    caller = complain(town.ring())
    caller.press("0").clerk_busy().clerk_busy().clerk_busy()
    assert caller.press("3").waiting_for == "key"
    caller.press("1").press("1").speak(8).press("1")
    first, second = town.tickets(caller)
    assert first.code != second.code
    assert town.spoken(second.code) in caller.just_heard[0]


@pytest.mark.row("T-02")
def test_a_repeated_sending_says_the_same_code_and_files_nothing_more(town: Town) -> None:
    caller = complain(town.ring())
    sending = [each for each in caller.sent if each.path.startswith("/ivr/turn/")][-1]
    again = caller.replay(sending)
    assert again.body == sending.body
    assert town.count(tickets) == 1


def test_every_turn_is_in_the_book_with_what_was_heard_and_said(town: Town) -> None:
    caller = complain(town.ring())
    turns = town.timeline(caller).turns

    def told(turn: TurnKept) -> tuple[str, list[str]]:
        said = [each if isinstance(each, str) else each[0] for each in json.loads(turn.said)]
        return json.loads(turn.heard).get("pressed", ""), said

    assert [turn.number for turn in turns] == list(range(6))
    assert told(turns[1]) == ("2", ["complaint_type"])
    assert told(turns[3]) == ("1", ["record_instructions"])
    assert told(turns[5]) == ("1", ["ticket_filed", "ticket_after"])
