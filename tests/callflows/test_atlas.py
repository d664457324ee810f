"""Nobody is ever lost: every state of every dialogue, walked through key by key."""

import re
from collections.abc import Iterable

import pytest

from callflows import STATES, advance
from callflows.atlas import (
    CALL,
    CITIZEN_CALLED,
    HANG_UP,
    OFFICIAL_CALLED,
    SILENCE,
    START,
    WRONG_KEY,
    Atlas,
    example_office,
    mermaid,
    survey,
)
from callflows.states import SLIPS
from callflows.vocabulary import Goodbye, LegEnded, Press, Ring, Silence, Speak
from tests.callflows.reader import Reader, ordinary, standing

PASSING = {
    *("transfer", "rating", "status.looking", "complaint.filing", "callback.checking", "goodbye"),
    *("official.acknowledging", "official.handing", "official.listening", "official.instructing"),
    *("news.looking", "verdict.giving", "official.results", "studio.end", "returned.dial"),
}
"""States a call never rests in: they ask the logbook or walk on at once."""
KEYS = [*"0123456789*#", "code", "number"]
OFFICIALS = ("official.", "studio.", "returned")
"""The rooms of officials, of those who record, of clerks; everywhere else a citizen is speaking."""
HELP = re.compile(r"transfer\.(ringing|unavailable|closed)|callback|complaint\.(speak|cut_off)")


@pytest.fixture(scope="session")
def atlas() -> Atlas:
    return survey()


def awaiting(atlas: Atlas, *kinds: type) -> list[str]:
    names = {kind.__name__ for kind in kinds}
    return sorted(state for state, awaits in atlas.awaits.items() if awaits & names)


def citizens(states: Iterable[str]) -> list[str]:
    return sorted(state for state in states if not state.startswith(OFFICIALS))


def test_every_state_can_be_reached_by_a_caller(atlas: Atlas) -> None:
    assert set(atlas.awaits) == set(STATES) - PASSING


def test_a_call_never_rests_at_a_question_to_the_logbook(atlas: Atlas) -> None:
    assert all("Ask" not in kinds for kinds in atlas.awaits.values())


def test_every_key_silence_and_hang_up_lead_somewhere(atlas: Atlas) -> None:
    for state in awaiting(atlas, Press):
        for heard in (SILENCE, HANG_UP, WRONG_KEY, *"0123456789*"):
            assert atlas.after(state, heard), (state, heard)


def test_hanging_up_ends_the_call_or_waits_for_late_news_of_it(atlas: Atlas) -> None:
    for state in STATES:
        left = {"over", "complaint.cut_off", "official.cut_off", "transfer.left", "returned.left"}
        assert atlas.after(state, HANG_UP) <= left, state


def test_help_is_within_reach_by_keys_alone(atlas: Atlas) -> None:
    for state in citizens(awaiting(atlas, Press, Speak, Ring)):
        seen, ways = {state}, [state]
        while ways:
            here = ways.pop()
            heard = [*KEYS, "speech", "not reached"]
            reached = set().union(*(atlas.after(here, each) for each in heard)) - seen
            seen |= reached
            ways += reached
        assert any(HELP.match(each) for each in seen - {state}), (state, seen)


def test_zero_leads_to_the_clerk_everywhere(atlas: Atlas) -> None:
    for state in set(citizens(awaiting(atlas, Press))) - {"transfer.closed", "callback"}:
        after = atlas.after(state, "0")
        if state == "rating.offer":
            assert after == {"transfer.ringing"}  # only who was put through to a clerk gets here
        else:
            assert after == {"transfer.ringing", "callback"}, state


def test_nine_says_the_question_again_everywhere(atlas: Atlas) -> None:
    for state in set(awaiting(atlas, Press)) - {"farewell", "official.matter", "official.duty", "returned"}:
        assert atlas.after(state, "9") == {state}, state


def test_nine_says_a_matter_again_unless_it_was_settled_meanwhile(atlas: Atlas) -> None:
    assert atlas.after("official.matter", "9") == {"official.matter", "over"}
    assert atlas.after("official.duty", "9") == {"official.duty", "over"}
    assert atlas.after("returned", "9") == {"returned", "over"}


def test_nine_reads_the_main_menu_at_the_farewell(atlas: Atlas) -> None:
    assert atlas.after("farewell", "9") == {"menu"}


def stories(atlas: Atlas) -> Iterable[tuple[str, Reader]]:
    """A reader at every place the walk rests in, of every kind of office."""
    for state in ("open", "after"):
        for known in (True, False):
            for clerks in (2, 0):
                office = example_office(state, caller_known=known, clerks=clerks)
                for name, kinds in atlas.awaits.items():
                    if "Goodbye" not in kinds:
                        yield (
                            f"{name}, {state}, {known=}, {clerks=}",
                            standing(name, office, ordinary, **KEPT),
                        )


KEPT = {
    "question": "0",
    "procedure": "1",
    "recording": "7",
    "clerk_rung": "clerk0",
    "code": "004217",
    "state": "received",
    "received": "2026-11-20",
    "due": "2026-12-04",
    "call_attempt": "1:1",
    "escalation": "5",
    "sound": "here",
    "answer": "answer",
    "answer_id": "1:5",
}


@pytest.mark.parametrize("key", [SILENCE, "8", WRONG_KEY])
def test_no_question_is_asked_a_fourth_time_to_somebody_who_does_not_answer_it(
    atlas: Atlas, key: str
) -> None:
    for name, reader in stories(atlas):
        if "Press" not in atlas.awaits[reader.at]:
            continue
        state = reader.at
        question = reader.turn.place.get("question")
        for _ in range(3 + (SLIPS if key == WRONG_KEY else 0)):
            reader.be_silent() if key == SILENCE else reader.press(key)
        moved = reader.at != state or reader.turn.place.get("question") != question
        assert moved, name


def test_a_caller_who_says_nothing_is_let_go_within_twelve_turns(atlas: Atlas) -> None:
    for name, reader in stories(atlas):
        for _turns in range(13):
            if isinstance(reader.turn.awaits, Goodbye) and _turns:
                break
            reader.hear(LegEnded("no-answer") if isinstance(reader.turn.awaits, Ring) else Silence())
        assert reader.over, name


@pytest.mark.proof
def test_the_same_walk_twice_draws_the_same_map(atlas: Atlas) -> None:
    assert survey() == atlas


def test_the_map_begins_at_the_greeting(atlas: Atlas) -> None:
    assert atlas.after(START, CALL) == {"menu"}


def test_the_map_begins_with_the_calls_we_place_too(atlas: Atlas) -> None:
    assert atlas.after(START, OFFICIAL_CALLED) == {"official.matter", "official.duty", "over"}
    assert atlas.after(START, CITIZEN_CALLED) == {"news.who"}


def test_an_official_is_never_put_through_to_the_clerk_nor_into_a_citizens_room(atlas: Atlas) -> None:
    for state in set(awaiting(atlas, Press)) - set(citizens(awaiting(atlas, Press))):
        reached = {way.to for way in atlas.exits if way.state == state}
        mistaken = ["menu", "over"] if state == "studio.code" else []  # who pressed the star by mistake
        assert citizens(reached) in ([], ["over"], mistaken), state


def test_the_drawing_names_every_state_and_is_well_formed(atlas: Atlas) -> None:
    first, *lines = mermaid(atlas).splitlines()
    node = re.compile(r'  \w+\["[a-z_.]+(<br/>[A-Z, a-z]+)?"\]')
    way = re.compile(r'  (\w+) -->\|"[^"|]+"\| (\w+)')
    assert first == "flowchart TD"
    assert all(node.fullmatch(line) or way.fullmatch(line) for line in lines)
    names = {line.split("[")[0].strip() for line in lines if node.fullmatch(line)}
    assert {state.replace(".", "_") for state in set(STATES) - PASSING} <= names
    for line in lines:
        if ends := way.fullmatch(line):
            assert set(ends.groups()) <= names
            assert ends.group(1) != ends.group(2)


def test_the_walk_refuses_an_office_it_cannot_understand() -> None:
    with pytest.raises(KeyError):
        advance(example_office(), standing("nowhere").turn.place, Silence())
