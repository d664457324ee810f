"""An instruction by voice: kept in every order of events, acknowledging only when a key sends it."""

from functools import partial

import pytest

from callflows import begin_for_official
from callflows.escalations import CallAttemptOver, Instruct, Noted
from callflows.vocabulary import Answer, Audio, Ended, IsAudioHere, Play, Question, Span, Speak, Voice
from tests.callflows.reader import LookUp, Reader, ordinary

SENT = Instruct("8:1", "5", "7", acknowledges=True)
KEPT = Instruct("8:1", "5", "7", acknowledges=False)


def call(look_up: LookUp = ordinary) -> Reader:
    return Reader(look_up=look_up, opening=partial(begin_for_official, call_attempt="8:1"))


def instructing() -> Reader:
    return call().press("5")


def here(question: Question) -> Answer:
    return Audio(here=True) if isinstance(question, IsAudioHere) else ordinary(question)


def filed(reader: Reader) -> list[Instruct]:
    return [question for question in reader.asked if isinstance(question, Instruct)]


def test_five_says_that_it_is_recorded_and_listens() -> None:
    reader = instructing()
    assert reader.said == ["chair_instruct"]
    assert reader.words("chair_instruct") == {"longest": Span(180)}
    assert reader.turn.awaits == Speak(180, 8, "instruction")


@pytest.mark.row("000-13")
def test_spoken_and_sent_it_is_kept_and_acknowledges() -> None:
    reader = instructing().speak()
    assert reader.said == ["record_review_unheard"]
    assert reader.press("1").said[0] == "chair_instructed"
    assert filed(reader) == [SENT]
    assert reader.at == "official.matter"


def test_it_can_be_heard_again_once_it_has_arrived() -> None:
    reader = call(here).press("5").speak()
    assert reader.said == ["record_review"]
    assert reader.press("2").turn.says[0] == Play("7")
    assert instructing().speak().press("2").said[0] == "record_not_here_yet"


def test_spoken_once_more_only_the_last_one_is_sent() -> None:
    reader = instructing().speak("6").press("3").speak("7").press("1")
    assert filed(reader) == [SENT]


@pytest.mark.row("F-25")
def test_hanging_up_after_speaking_keeps_the_words_and_acknowledges_nothing() -> None:
    reader = instructing().speak(hung_up=True)
    assert filed(reader) == [KEPT]
    assert reader.learnt == [CallAttemptOver("8:1", "answered"), Ended("hung_up")]
    assert reader.over


@pytest.mark.row("F-25")
def test_hanging_up_at_the_review_keeps_the_words() -> None:
    reader = instructing().speak().hang_up()
    assert filed(reader) == [KEPT]
    assert reader.at == "over"


@pytest.mark.row("F-25")
def test_no_key_at_the_review_keeps_the_words_and_says_that_nothing_was_confirmed() -> None:
    reader = instructing().speak().be_silent(3)
    assert filed(reader) == [KEPT]
    assert reader.said == ["chair_no_key"]


@pytest.mark.row("F-04")
def test_a_recording_that_arrives_after_the_end_of_the_call_is_kept() -> None:
    reader = instructing().hang_up()
    assert (reader.at, filed(reader)) == ("official.cut_off", [])
    reader.hear(Voice("7", 12, hung_up=True))
    assert (reader.at, filed(reader)) == ("over", [KEPT])
    reader.hear(Voice("7", 12, hung_up=True))
    assert filed(reader) == [KEPT]


@pytest.mark.row("F-04")
def test_cut_off_while_speaking_once_more_keeps_both() -> None:
    reader = instructing().speak("6").press("3").hang_up()
    assert reader.at == "official.cut_off"
    reader.hear(Voice("7", 12, hung_up=True))
    assert [question.recording for question in filed(reader)] == ["6", "7"]


def test_an_empty_recording_is_asked_once_more_and_then_let_go() -> None:
    reader = instructing().be_silent()
    assert reader.said == ["chair_instruct_empty"]
    assert reader.be_silent().said[0] == "chair_instruct_nothing"
    assert reader.at == "official.matter"


def test_an_empty_second_recording_leaves_the_first() -> None:
    reader = instructing().speak().press("3").be_silent()
    assert reader.said[0] == "record_kept"
    assert filed(reader.press("1")) == [SENT]


def test_a_matter_that_must_be_kept_from_them_by_now_takes_no_instruction() -> None:
    def gone(question: Question) -> Answer:
        return Noted(None) if isinstance(question, Instruct) else ordinary(question)

    assert call(gone).press("5").speak().press("1").said[0] == "chair_gone"
