"""Recording the office's own voice by telephone: only with a code, and only what a key keeps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from callflows.atlas import example_office, mermaid, survey
from callflows.office import Office
from callflows.prompts import KeepsPrompt, OpensStudio, PromptCodeRefused, PromptToRead
from callflows.vocabulary import (
    Answer,
    Audio,
    Each,
    IsAudioHere,
    Plain,
    Question,
    Say,
    Speak,
    Term,
    Word,
)
from tests.callflows.reader import Reader, ordinary

STUDIO = replace(example_office(), studio=True)


def test_without_a_valid_code_the_star_is_a_slip_and_nobody_meets_the_studio() -> None:
    assert Reader().press("*").said == ["menu"]
    assert Reader(STUDIO).press("*").said == ["studio_code"]


def test_a_sentence_is_read_recorded_played_back_and_kept_by_a_key_and_the_next_one_follows() -> None:
    def here(question: Question) -> Answer:
        return Audio(here=True) if isinstance(question, IsAudioHere) else ordinary(question)

    reader = Reader(STUDIO, here).press("*", "482913")
    assert reader.words("studio_read") == {"text": Plain("Xin chào quý khách.")}
    assert reader.turn.awaits == Speak(60, 4, "prompt")
    reader.speak()
    assert reader.said == ["studio_review"]
    reader.press("2")
    assert reader.said[-1] == "studio_review"
    reader.press("1")
    assert reader.said == ["studio_kept", "studio_read"]
    (kept,) = [one for one in reader.asked if isinstance(one, KeepsPrompt)]
    assert (kept.prompt, kept.text) == ("goodbye", "Xin chào quý khách.")


def test_a_wrong_code_is_asked_again_and_ends_when_the_tries_are_spent() -> None:
    left = iter((1, 0))

    def refusing(question: Question) -> Answer:
        return PromptCodeRefused(next(left)) if isinstance(question, OpensStudio) else ordinary(question)

    reader = Reader(STUDIO, refusing).press("*", "000001")
    assert reader.said == ["studio_code_wrong", "studio_code"]
    reader.press("000002")
    assert reader.said == ["studio_code_refused", "studio_goodbye"]


def test_hanging_up_before_the_key_keeps_nothing_and_the_last_sentence_ends_the_call() -> None:
    reader = Reader(STUDIO).press("*", "482913").speak()
    reader.hang_up()
    assert not [one for one in reader.asked if isinstance(one, KeepsPrompt)]

    def done(question: Question) -> Answer:
        if isinstance(question, KeepsPrompt):
            return PromptToRead("1", "", "")
        return ordinary(question)

    reader = Reader(STUDIO, done).press("*", "482913").speak().press("1")
    assert reader.said == ["studio_kept", "studio_done", "studio_goodbye"]


def test_silence_is_asked_for_once_more_and_whoever_came_by_mistake_gets_the_menu() -> None:
    reader = Reader(STUDIO).press("*", "482913").be_silent()
    assert reader.said == ["studio_empty", "studio_read"]
    assert reader.be_silent().said == ["studio_empty", "studio_goodbye"]
    lost = Reader(STUDIO).press("*").be_silent(3)
    assert lost.said[-1] == "menu"


def offered(office: Office) -> list[dict[str, Word]]:
    """The rows of the menu as it is read."""
    menu = Reader(office).turn.says[-1]
    assert isinstance(menu, Say)
    choices = dict(menu.words)["choices"]
    assert isinstance(choices, Each)
    return [dict(row) for row in choices.rows]


@pytest.mark.parametrize("off", ["guidance", "status", "rating"])
def test_an_entry_that_is_switched_off_is_gone_from_menu_speech_and_drawing(off: str) -> None:
    everything = ("guidance", "complaint", "status", "rating")
    rest = tuple(name for name in everything if name != off)
    office = replace(example_office(), menu=rest)
    key = str(everything.index(off) + 1)
    assert Reader(office).press(key).said[0] == "invalid_key"
    assert [row["wish"] for row in offered(office)] == [Term(f"menu_{name}") for name in rest]
    drawn = mermaid(survey([replace(example_office("after", clerks=0), menu=rest)]))
    assert f'menu -->|"{key}"|' not in drawn
    if off != "status":  # a citizen who is called about a case still hears where it stands
        assert f"  {off}" not in drawn


def test_the_order_of_the_menu_is_the_office_s_in_and_out_of_hours() -> None:
    order = ("rating", "complaint", "guidance", "status")
    for kind in (example_office(), example_office("after")):
        office = replace(kind, menu=order)
        assert [row["key"] for row in offered(office)] == [4, 2, 1, 3]


def test_without_the_rating_neither_a_talk_nor_a_ticket_offers_it() -> None:
    office = replace(example_office(), menu=("complaint",))
    assert Reader(office).press("2", "1", "1").speak().press("1").said[-1] == "ticket_after_unrated"
    assert Reader(office).press("0").clerk("completed").at == "farewell"
