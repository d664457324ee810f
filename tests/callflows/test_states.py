"""What every state has in common."""

from collections.abc import Callable

import pytest

from callflows import STATES, advance, begin
from callflows.atlas import example_office
from callflows.vocabulary import Keys, Place, Silence
from tests.callflows.reader import Reader

ASKING = ["menu", "guidance", "complaint.type", "status.code", "status.proof"]


def at(state: str) -> Reader:
    keys = {
        "menu": "",
        "guidance": "1",
        "complaint.type": "2",
        "status.code": "3",
        "status.proof": "3 004217",
    }
    reader = Reader().press(*keys[state].split())
    assert reader.at == state
    return reader


@pytest.mark.parametrize("state", ASKING)
@pytest.mark.parametrize("vain", [lambda reader: reader.be_silent(), lambda reader: reader.press("8")])
def test_silence_and_wrong_keys_are_asked_again_twice_and_then_handed_to_a_person(
    state: str, vain: Callable[[Reader], Reader]
) -> None:
    reader = at(state)
    for _ in range(2):
        assert vain(reader).at == state
        assert reader.said[0] in ("no_input", "invalid_key")
    assert vain(reader).said == ["too_many_errors", "connect_clerk"]


def test_the_two_ways_of_not_answering_share_one_count() -> None:
    assert at("menu").press("8").be_silent().press("7").at == "transfer.ringing"


def test_hearing_it_again_is_no_mistake_and_starts_the_count_afresh() -> None:
    reader = at("menu").be_silent(2).press("9").be_silent(2)
    assert reader.at == "menu"


def test_a_good_answer_forgets_earlier_mistakes() -> None:
    assert at("menu").be_silent(2).press("2").be_silent(2).at == "complaint.type"


def test_the_same_place_and_the_same_key_always_give_the_same_turn() -> None:
    office = example_office()
    place = begin(office).place
    assert advance(office, place, Keys("2")) == advance(office, place, Keys("2"))


def test_what_one_dialogue_kept_is_unknown_to_the_next() -> None:
    reader = Reader().press("3", "004217", "0")
    assert reader.turn.place.kept == (("clerk_rung", "clerk0"),)


def test_a_place_from_a_program_that_had_other_states_is_refused_by_name() -> None:
    with pytest.raises(KeyError, match="abolished"):
        advance(example_office(), Place("abolished"), Silence())


def test_every_state_is_registered_under_the_room_it_belongs_to() -> None:
    rooms = {name.partition(".")[0] for name in STATES}
    assert rooms == {
        "menu", "guidance", "complaint", "status", "rating", "transfer", "callback",
        "farewell", "goodbye", "over", "official", "news", "verdict", "studio", "returned",
    }  # fmt: skip
