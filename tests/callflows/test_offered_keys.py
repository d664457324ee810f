"""Every key that is offered leads where the sentence says, at the moment it is spoken (B-06)."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from callflows import STATES, advance
from callflows.atlas import example_office
from callflows.office import LineState, Office
from callflows.states import Go, arrive
from callflows.vocabulary import Ask, CallbackOwed, Keys, Place, Press, Ring, Say, Turn
from ivr.line.wording import sentence
from logbook.texts.catalogue import load_texts
from tests.callflows.reader import Reader, ordinary
from tests.callflows.test_atlas import KEPT

TEXTS = load_texts()
SITUATIONS: dict[str, Office] = {
    "open": example_office(),
    **{state: example_office(state) for state in ("before", "lunch", "after", "weekend", "holiday")},
    "closed by hand": replace(example_office("closure"), reason="bão"),
    "closed for good": replace(example_office("closure"), reason="bão", next_opening=None),
    "nobody on duty": example_office(clerks=0),
    "withheld": example_office(caller_known=False),
    "withheld, closed": example_office("lunch", caller_known=False),
    "withheld, nobody": example_office(caller_known=False, clerks=0),
    "abroad": example_office(caller_callable=False),
    "abroad, closed": example_office("weekend", caller_callable=False),
}
OFFERS = {
    "vi": re.compile(r"xin bấm phím (không|một|hai|ba|bốn|năm|sáu|bảy|tám|chín)"),
    "en": re.compile(r"press (zero|one|two|three|four|five|six|seven|eight|nine)"),
}
PUTS_THROUGH = {"vi": ("gặp cán bộ", "nối máy lại"), "en": ("to a clerk", "to the clerk", "To try again")}
CALLS_BACK = {"vi": ("gọi lại",), "en": ("call you back", "called back")}
VAIN = {"invalid_key", "no_input", "chair_invalid_key", "chair_no_input"}
PASSING = {
    "over",
    "goodbye",
    "transfer",
    "transfer.left",
    "rating",
    "complaint.cut_off",
    "official.cut_off",
    "returned.left",
}


def settled(office: Office, turn: Turn) -> Turn:
    while isinstance(turn.awaits, Ask):
        after = advance(office, turn.place, ordinary(turn.awaits.question))
        turn = replace(after, says=turn.says + after.says, learnt=turn.learnt + after.learnt)
    return turn


def questions() -> Iterator[tuple[str, Office, Turn]]:
    """Every question there is, in every situation."""
    for situation, office in SITUATIONS.items():
        for name in sorted(set(STATES) - PASSING):
            turn = settled(office, arrive(STATES, office, Go(Place(name).keep(**KEPT))))
            if isinstance(turn.awaits, Press):
                yield f"{name} ({situation})", office, turn


def offered(turn: Turn, language: str) -> Iterator[tuple[str, str]]:
    """The keys a question offers, each with its sentence."""
    ones = TEXTS[language].spell.ONES  # type: ignore[attr-defined]
    for said in turn.says:
        if isinstance(said, Say):
            for each in re.split(r"(?<=[.?]) ", sentence(said, TEXTS[language])):
                for key in OFFERS[language].findall(each)[:1]:
                    yield str(ones.index(key)), each


def wrong_with(office: Office, turn: Turn, key: str, offer: str, language: str) -> str | None:
    after = settled(office, advance(office, turn.place, Keys(key)))
    said = {each.key for each in after.says if isinstance(each, Say)}
    if VAIN & said:
        return "leads nowhere"
    if any(word in offer for word in PUTS_THROUGH[language]):
        if not office.staffed:
            return "offers somebody who is not there"
        return None if isinstance(after.awaits, Ring) else "rings nobody"
    if any(word in offer for word in CALLS_BACK[language]):
        promised = any(isinstance(fact, CallbackOwed) for fact in after.learnt)
        return None if promised or after.place.at == "callback" else "is no call back"
    return None


@pytest.mark.row("B-06")
@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_offered_key_is_true_in_every_situation(language: str) -> None:
    wrong, seen = [], 0
    for name, office, turn in questions():
        for key, offer in offered(turn, language):
            seen += 1
            if trouble := wrong_with(office, turn, key, offer, language):
                wrong.append(f"{name}: {key} {trouble}: {offer}")
    assert wrong == []
    assert seen > 500


@pytest.mark.row("B-06")
def test_a_promise_to_call_back_is_only_spoken_to_whom_the_line_may_call() -> None:
    promises = {"clerk_unavailable", "clerk_nobody", "callback_noted", "callback_missed", "callback_confirm"}
    seen = {
        (name, said.key)
        for name, office, turn in questions()
        for after in (turn, *(settled(office, advance(office, turn.place, Keys(key))) for key in "0123"))
        for said in after.says
        if isinstance(said, Say) and said.key in promises and not office.caller_callable
    }
    assert seen == set()


CLOSED: tuple[LineState, ...] = ("before", "lunch", "after", "weekend", "holiday", "closure")


@pytest.mark.row("B-06")
def test_whatever_offered_the_clerk_says_first_that_the_line_has_closed_meanwhile() -> None:
    """The clerk is offered at 10:59:58 and the key comes at 11:00:01; the same for every other closing."""
    wrong = []
    for name, office, turn in questions():
        keys = [
            key for key, offer in offered(turn, "vi") if any(word in offer for word in PUTS_THROUGH["vi"])
        ]
        for key in keys:
            for state in CLOSED:
                after = settled(office, advance(example_office(state), turn.place, Keys(key)))
                said = [each.key for each in after.says if isinstance(each, Say)]
                if f"now_{state}" not in said or said[said.index(f"now_{state}") + 1] != "next_opening":
                    wrong.append(f"{name}, {state}: {said}")
    assert wrong == []


@pytest.mark.row("B-06")
def test_the_menu_read_again_after_closing_says_why_it_is_another_one() -> None:
    reader = Reader()
    reader.office = example_office("lunch")
    assert reader.press("9").said == ["now_lunch", "next_opening", "menu_closed"]
    assert reader.press("9").said == ["menu_closed"]
    reader = Reader().press("1", "1").be_silent()
    reader.office = example_office("lunch")
    assert reader.press("9").said == ["now_lunch", "next_opening", "menu_closed"]


@pytest.mark.row("B-06")
def test_a_call_back_offered_while_closed_becomes_the_clerk_once_somebody_is_there() -> None:
    reader = Reader(example_office("lunch")).press("1")
    reader.office = example_office()
    assert reader.press("0").said == ["clerk_here_now", "connect_clerk"]
