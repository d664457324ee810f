"""The call to an official: what is said, and that nothing but the one acknowledges."""

from collections import deque
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import get_args

import pytest

from callflows import STATES, begin_for_official
from callflows.escalations import (
    Acknowledge,
    CallAttemptOver,
    EscalationKind,
    HandOn,
    Listening,
    MayListen,
    Noted,
    OpenEscalation,
    WaitingEscalations,
    WhatWaits,
)
from callflows.vocabulary import Answer, Digits, Ended, Plain, Play, Press, Question, Term, When
from logbook.texts.catalogue import load_texts
from tests.callflows.reader import CODE, MATTER, MOMENT, LookUp, Reader, ordinary

TEXTS = load_texts()
OVER = CallAttemptOver("8:1", "answered")
FACTS = ["chair_escalation", "chair_about", "chair_usual", "chair_received"]
KEYS = ["chair_keys", "chair_key_listen", "chair_key_hand_on", "chair_key_instruct"]
SETTLING = (Acknowledge, HandOn)


def call(look_up: LookUp = ordinary) -> Reader:
    return Reader(look_up=look_up, opening=partial(begin_for_official, call_attempt="8:1"))


def waiting(
    *open_escalations: OpenEscalation, noted: bool = True, pins: tuple[Listening, ...] = ()
) -> LookUp:
    """A database in which these escalations wait, each until a key settles it."""
    left, proofs = deque(open_escalations), deque(pins)

    def look_up(question: Question) -> Answer:
        match question:
            case WhatWaits():
                return WaitingEscalations("Chủ tịch", len(left), left[0] if left else None)
            case Acknowledge() | HandOn():
                if noted:
                    left.popleft()
                return Noted(MOMENT if noted else None, "Phó Chủ tịch")
            case MayListen():
                return proofs.popleft()
            case _:
                return ordinary(question)

    return look_up


@pytest.mark.row("000-13")
def test_the_official_is_greeted_by_title_and_hears_the_first_matter_with_its_keys() -> None:
    reader = call()
    assert reader.said == ["chair_greeting", "chair_count", *FACTS, *KEYS]
    assert reader.words("chair_greeting") == {"title": Plain("Chủ tịch"), "office": Plain("xã Mẫu")}
    assert reader.words("chair_count") == {"count": 1}
    assert reader.words("chair_escalation") == {"kind": Term("chair_kind_new"), "code": Digits(CODE)}
    assert reader.words("chair_about") == {"about": Plain("thái độ phục vụ")}
    assert reader.words("chair_received") == {"received": When(MOMENT, reader.office.today)}
    assert reader.asked == [WhatWaits("8:1", "")]


def test_urgency_and_the_term_are_said_where_there_are_any() -> None:
    due = MOMENT + timedelta(days=2)
    reader = call(waiting(replace(MATTER, kind="late", urgent=True, due=due, term="answer")))
    assert reader.said[2:6] == ["chair_escalation_term", "chair_about", "chair_urgent", "chair_received"]
    assert reader.words("chair_due") == {"due": When(due, reader.office.today)}
    said = {"kind": Term("chair_kind_late"), "term": Term("chair_term_answer"), "code": Digits(CODE)}
    assert reader.words("chair_escalation_term") == said


@pytest.mark.row("000-13")
def test_field_and_urgency_are_said_of_every_ticket_also_before_it_is_classified() -> None:
    reader = call(waiting(replace(MATTER, about="")))
    assert reader.said[2:6] == ["chair_escalation", "chair_not_classified", "chair_usual", "chair_received"]


def test_the_keys_are_told_in_full_once_and_again_to_whoever_asks_or_is_lost() -> None:
    second, third = replace(MATTER, id="8"), replace(MATTER, id="9")
    reader = call(waiting(MATTER, second, third))
    reader.press("1")
    assert reader.said == ["chair_confirmed", *FACTS, "chair_keys_brief"]
    reader.press("9")
    assert reader.said == [*FACTS, *KEYS]
    reader.press("1")
    assert reader.said == ["chair_confirmed", *FACTS, "chair_keys_brief"]
    reader.press("7")
    assert reader.said == ["chair_invalid_key", *FACTS, *KEYS]


@pytest.mark.parametrize("kind", get_args(EscalationKind))
def test_every_kind_of_matter_has_its_own_words(kind: EscalationKind) -> None:
    reader = call(waiting(replace(MATTER, kind=kind)))
    assert Term(f"chair_kind_{kind}") in reader.words("chair_escalation").values()
    assert all(f"chair_kind_{kind}" in catalogue.sentences for catalogue in TEXTS.values())


def test_a_matter_of_the_office_has_no_code_and_nothing_to_hear_or_to_instruct() -> None:
    reader = call(waiting(OpenEscalation("9", "roster_gap", MOMENT)))
    assert reader.said[2:] == ["chair_escalation_office", "chair_received", "chair_keys"]
    for key in "345":
        reader.press(key)
        assert reader.said[0] == "chair_invalid_key"
        reader.press("9")


@pytest.mark.row("000-13")
def test_one_settles_the_matter_says_when_and_goes_to_the_next() -> None:
    second = replace(MATTER, id="6", kind="soon")
    reader = call(waiting(MATTER, second)).press("1")
    assert Acknowledge("8:1", "5") in reader.asked
    assert reader.said == ["chair_confirmed", *FACTS, "chair_keys_brief"]
    assert reader.words("chair_confirmed") == {"at": When(MOMENT, reader.office.today)}
    assert reader.press("1").said == ["chair_confirmed", "chair_done"]
    assert reader.asked[-2:] == [Acknowledge("8:1", "6"), WhatWaits("8:1", "")]
    assert reader.over
    assert reader.facts(CallAttemptOver) == [OVER]


def test_a_matter_somebody_else_took_meanwhile_is_not_confirmed() -> None:
    assert call(waiting(MATTER, noted=False)).press("1").said[0] == "chair_gone"


def test_nothing_that_waits_any_more_is_said_and_ends_the_call() -> None:
    reader = call(waiting())
    assert reader.said == ["chair_greeting", "chair_nothing"]
    assert reader.over


@pytest.mark.parametrize("key", ["2", "9"])
def test_two_and_nine_ask_the_book_and_say_it_again_without_a_greeting(key: str) -> None:
    reader = call().press(key)
    assert reader.said == [*FACTS, *KEYS]
    assert reader.asked[-1] == WhatWaits("8:1", "5")


def test_four_hands_the_matter_on_and_says_to_whom() -> None:
    reader = call(waiting(MATTER)).press("4")
    assert HandOn("8:1", "5") in reader.asked
    assert reader.said == ["chair_handed_on", "chair_done"]


def test_a_matter_somebody_else_took_meanwhile_is_not_handed_on() -> None:
    assert call(waiting(MATTER, noted=False)).press("4").said[0] == "chair_gone"


@pytest.mark.row("F-25")
@pytest.mark.parametrize("key", [None, "0", "6", "7", "8", "12", "11"])
def test_silence_and_a_childs_keys_settle_nothing_and_end_after_two_repeats(key: str | None) -> None:
    reader = call()
    for _ in range(3):
        assert not reader.over
        reader.be_silent() if key is None else reader.press(key)
    assert reader.said == ["chair_no_key"]
    assert reader.over
    assert not any(isinstance(question, SETTLING) for question in reader.asked)
    assert reader.facts(CallAttemptOver) == [OVER]


@pytest.mark.row("F-25")
@pytest.mark.parametrize("before", [(), ("2",), ("3",), ("9", "9")])
def test_hanging_up_early_settles_nothing(before: tuple[str, ...]) -> None:
    reader = call().press(*before).hang_up()
    assert not any(isinstance(question, SETTLING) for question in reader.asked)
    assert reader.learnt == [OVER, Ended("hung_up")]


@pytest.mark.row("F-25")
def test_the_last_sentence_to_a_voice_mail_box_holds_no_word_of_the_matter() -> None:
    reader = call().be_silent(3)
    assert [dict(each.words) for each in reader.turn.says if hasattr(each, "words")] == [{}]


def test_an_officials_wrong_key_and_silence_are_answered_in_their_own_words() -> None:
    assert call().press("8").said[0] == "chair_invalid_key"
    assert call().be_silent().said[0] == "chair_no_input"


# --- the recording ----------------------------------------------------------------------------------------


@pytest.mark.row("000-13")
def test_three_plays_the_recording_after_the_pin_and_comes_back_to_the_keys() -> None:
    reader = call(waiting(MATTER, pins=(Listening("7"),))).press("3")
    assert reader.said == ["chair_pin"]
    assert reader.turn.awaits == Press(8, seconds=10, private=True)
    reader.press("4711")
    assert reader.turn.says[0] == Play("7")
    assert reader.said[1:] == [*FACTS, *KEYS]
    assert MayListen("8:1", "5", "4711") in reader.asked
    assert "4711" not in dict(reader.turn.place.kept).values()


def test_three_wrong_pins_are_all_that_one_call_may_try() -> None:
    reader = call(waiting(MATTER, pins=(Listening(None),) * 3)).press("3", "1111")
    assert reader.said == ["chair_pin_wrong", "chair_pin"]
    assert reader.press("2222").said == ["chair_pin_wrong", "chair_pin"]
    assert reader.press("3333").said[0] == "chair_pin_refused"
    assert reader.press("3").said[0] == "chair_pin_refused"
    assert sum(isinstance(question, MayListen) for question in reader.asked) == 3


def test_coming_back_does_not_bring_fresh_tries() -> None:
    reader = call(waiting(MATTER, pins=(Listening(None),) * 4)).press("3", "1111", "2222").be_silent(3)
    assert reader.at == "official.matter"
    assert reader.press("3", "3333").said[0] == "chair_pin_refused"
    assert reader.press("3").said[0] == "chair_pin_refused"


def test_a_spent_budget_and_somebody_without_the_right_are_sent_to_the_console() -> None:
    refused = Listening(None, refused=True)
    assert call(waiting(MATTER, pins=(refused,))).press("3", "1111").said[0] == "chair_pin_refused"


def test_without_a_pin_it_is_said_how_to_set_one() -> None:
    reader = call(waiting(replace(MATTER, sound="no_pin"))).press("3")
    assert reader.said[0] == "chair_pin_missing"
    assert reader.at == "official.matter"


@pytest.mark.parametrize("keys", ["123", "123456789", "12*4"])
def test_anything_but_four_to_eight_digits_is_no_pin(keys: str) -> None:
    reader = call().press("3", keys)
    assert reader.said == ["chair_invalid_key", "chair_pin"]
    assert not any(isinstance(question, MayListen) for question in reader.asked)


def test_silence_at_the_pin_leads_back_to_the_matter_and_then_ends() -> None:
    reader = call().press("3").be_silent(3)
    assert reader.at == "official.matter"
    assert reader.be_silent(3).said == ["chair_no_key"]


def test_the_room_is_the_officials_own() -> None:
    assert {name for name in STATES if name.startswith("official.")} >= {"official.matter", "official.pin"}
