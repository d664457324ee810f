"""A phản ánh or kiến nghị: consent, speech, a ticket and its code."""

from dataclasses import replace

import pytest

from callflows.atlas import example_office
from callflows.vocabulary import (
    Answer,
    Audio,
    CallerType,
    Consent,
    Count,
    Digits,
    Ended,
    Filed,
    FileTicket,
    Guided,
    IsAudioHere,
    Keys,
    Play,
    Question,
    Say,
    Span,
    Speak,
)
from tests.callflows.reader import CODE, PIN, Reader, ordinary, standing


def audio_is_here(question: Question) -> Answer:
    return Audio(here=True) if isinstance(question, IsAudioHere) else ordinary(question)


def withheld(question: Question) -> Answer:
    return Filed(CODE, PIN) if isinstance(question, FileTicket) else ordinary(question)


def speaking(reader: Reader | None = None) -> Reader:
    return (reader or Reader()).press("2", "1", "1")


def filed(reader: Reader) -> list[FileTicket]:
    return [question for question in reader.asked if isinstance(question, FileTicket)]


@pytest.mark.row("000-01")
@pytest.mark.parametrize(("key", "name"), [("1", "individual"), ("2", "organisation")])
def test_the_caller_says_whether_a_person_or_an_organisation_speaks(key: str, name: str) -> None:
    reader = Reader().press("2", key, "1").speak().press("1")
    assert [fact.name for fact in reader.facts(CallerType)] == [name]
    assert [question.caller_type for question in filed(reader)] == [name]


def test_a_formal_petition_is_guided_and_never_recorded() -> None:
    reader = Reader().press("2", "3")
    assert reader.said == ["petition_guidance", "petition_guidance_after"]
    assert reader.learnt[-1] == Guided()
    assert reader.press("9").said == ["petition_guidance", "petition_guidance_after"]
    assert reader.be_silent().at == "farewell"
    assert reader.asked == []


def test_after_the_guidance_two_still_leads_to_a_complaint() -> None:
    assert Reader().press("2", "3", "2").said == ["complaint_type"]


def test_the_notice_cannot_be_cut_short_and_the_question_can() -> None:
    notice, question = Reader().press("2", "1").turn.says
    assert isinstance(notice, Say)
    assert isinstance(question, Say)
    assert (notice.key, notice.barge_in) == ("consent_notice", False)
    assert (question.key, question.barge_in) == ("consent_question", True)


def test_only_one_is_a_yes_and_is_kept_with_the_wording_heard() -> None:
    office = replace(example_office(), consent_wording="2026-1")
    reader = Reader(office).press("2", "1", "1")
    assert reader.facts(Consent) == [Consent("2026-1", "1", given=True)]
    assert isinstance(reader.turn.awaits, Speak)


@pytest.mark.parametrize("key", list("2345678"))
def test_every_other_key_is_a_no_and_is_kept_as_such(key: str) -> None:
    reader = Reader().press("2", "1", key)
    assert [(fact.key, fact.given) for fact in reader.facts(Consent)] == [(key, False)]
    assert reader.at == "complaint.refused"


def test_silence_is_asked_again_twice_and_then_taken_for_a_no() -> None:
    reader = Reader().press("2", "1").be_silent(2)
    assert reader.said == ["no_input", "consent_notice", "consent_question"]
    assert reader.be_silent().said == ["consent_refused"]
    assert [(fact.key, fact.given) for fact in reader.facts(Consent)] == [("", False)]


def test_hearing_the_notice_again_or_asking_for_the_clerk_decides_nothing() -> None:
    assert Reader().press("2", "1", "9").facts(Consent) == []
    reader = Reader().press("2", "1", "0")
    assert reader.facts(Consent) == []
    assert reader.at == "transfer.ringing"


@pytest.mark.parametrize(
    ("key", "to"), [("1", "complaint.consent"), ("2", "callback"), ("0", "transfer.ringing")]
)
def test_who_refuses_keeps_the_other_ways(key: str, to: str) -> None:
    assert Reader().press("2", "1", "2", key).at == to


def test_who_refuses_and_is_silent_is_bid_farewell() -> None:
    assert Reader().press("2", "1", "2").be_silent().at == "farewell"


def test_the_recording_may_last_as_long_as_the_office_says() -> None:
    office = replace(example_office(), speak_seconds=120, silence_seconds=5)
    reader = speaking(Reader(office))
    assert reader.turn.awaits == Speak(120, 5)
    assert reader.words("record_instructions") == {"longest": Span(120)}


def test_the_ticket_is_asked_for_before_the_code_is_spoken_twice_in_two_groups() -> None:
    reader = speaking().speak("7").press("1")
    assert filed(reader) == [FileTicket("7", "individual", why_low=False)]
    assert reader.said == ["ticket_filed", "ticket_after"]
    assert reader.words("ticket_filed") == {
        "code": Digits(CODE),
        "days": Count(10, "unit_working_day_one", "unit_working_day_many"),
    }
    assert Digits(CODE).group * 2 == len(CODE)


def test_a_withheld_number_gets_a_pin_and_a_known_one_does_not() -> None:
    reader = speaking(Reader(look_up=withheld)).speak().press("1")
    assert reader.said == ["ticket_filed", "ticket_pin", "ticket_after"]
    assert reader.words("ticket_pin") == {"pin": Digits(PIN, group=4)}
    assert "ticket_pin" not in speaking().speak().press("1").said


def test_nine_says_code_and_pin_again_without_filing_again() -> None:
    reader = speaking(Reader(look_up=withheld)).speak().press("1", "9", "9")
    assert reader.said == ["ticket_filed", "ticket_pin", "ticket_after"]
    assert len(filed(reader)) == 1


def test_silence_at_the_review_sends() -> None:
    reader = speaking().speak("7").be_silent()
    assert [question.recording for question in filed(reader)] == ["7"]
    assert "ticket_filed" in reader.said


def test_keys_nobody_offered_at_the_review_end_in_sending_too() -> None:
    reader = speaking().speak("7").press("6", "6", "6")
    assert "ticket_filed" in reader.said


def test_zero_at_the_review_sends_first_and_then_rings_the_clerk() -> None:
    reader = speaking().speak("7").press("0")
    assert reader.said == ["ticket_filed", "connect_clerk"]
    assert len(filed(reader)) == 1
    assert reader.at == "transfer.ringing"


def test_redoing_replaces_the_recording() -> None:
    reader = speaking().speak("7").press("3").speak("8").press("1")
    assert [question.recording for question in filed(reader)] == ["8"]


def test_hearing_it_again_is_offered_only_when_the_sound_is_here() -> None:
    assert speaking().speak().said == ["record_review_unheard"]
    reader = speaking(Reader(look_up=audio_is_here)).speak("7")
    assert reader.said == ["record_review"]
    assert reader.press("2").turn.says[0] == Play("7")
    assert reader.said == ["(play)", "record_review"]


def test_asking_for_a_sound_that_is_not_here_yet_is_answered_kindly() -> None:
    assert speaking().speak().press("2").said == ["record_not_here_yet", "record_review_unheard"]


@pytest.mark.parametrize("seconds", [None, 0])
def test_an_empty_recording_is_asked_for_once_more_then_handed_on_and_never_filed(
    seconds: int | None,
) -> None:
    def empty(reader: Reader) -> Reader:
        return reader.be_silent() if seconds is None else reader.speak("7", seconds)

    reader = empty(speaking())
    assert reader.said == ["record_empty"]
    assert empty(reader).said == ["record_nothing", "connect_clerk"]
    assert filed(reader) == []


def test_an_empty_second_take_keeps_the_first() -> None:
    reader = speaking().speak("7").press("3").be_silent()
    assert reader.said == ["record_kept", "record_review_unheard"]
    assert [question.recording for question in filed(reader.press("1"))] == ["7"]


def test_hanging_up_while_speaking_sends_what_was_said() -> None:
    reader = speaking().speak("7", hung_up=True)
    assert [question.recording for question in filed(reader)] == ["7"]
    assert reader.over
    assert reader.said == []
    assert reader.facts(Ended) == [Ended("hung_up")]


def test_hanging_up_at_the_review_sends_what_was_said() -> None:
    reader = speaking().speak("7").hang_up()
    assert [question.recording for question in filed(reader)] == ["7"]
    assert reader.over


def test_hanging_up_before_a_second_take_sends_the_first() -> None:
    reader = speaking().speak("7").press("3").hang_up()
    assert [question.recording for question in filed(reader)] == ["7"]


def test_hanging_up_without_a_word_files_nothing() -> None:
    reader = speaking().hear(Keys("9")).speak("7", 0, hung_up=True)
    assert filed(reader) == []
    assert reader.at == "complaint.cut_off"


def test_a_recording_that_arrives_after_the_caller_is_gone_is_filed_once() -> None:
    reader = speaking().hang_up()
    assert reader.at == "complaint.cut_off"
    reader.speak("7", hung_up=True)
    assert [question.recording for question in filed(reader)] == ["7"]
    reader.speak("7", hung_up=True)
    assert len(filed(reader)) == 1


def test_a_silent_late_recording_changes_nothing() -> None:
    reader = speaking().hang_up().speak("7", 0, hung_up=True)
    assert reader.at == "complaint.cut_off"
    assert filed(reader) == []


def test_after_the_code_four_leads_to_the_rating_and_silence_ends() -> None:
    assert speaking().speak().press("1", "4").at == "rating.question"
    done = speaking().speak().press("1").be_silent()
    assert done.said == ["goodbye"]
    assert done.facts(Ended) == [Ended("goodbye")]


def test_a_key_that_reaches_the_recording_by_mistake_asks_to_speak_again() -> None:
    reader = speaking().press("5")
    assert reader.said == ["invalid_key", "record_instructions"]
    assert isinstance(reader.turn.awaits, Speak)


def test_a_ticket_whose_turn_was_interrupted_is_asked_for_again_with_the_same_recording() -> None:
    reader = standing("complaint.filing", recording="7", caller="organisation").press("9")
    assert filed(reader) == [FileTicket("7", "organisation", why_low=False)]
    assert "ticket_filed" in reader.said
