"""The end of a call."""

from callflows.vocabulary import Ended, Goodbye, HungUp, Keys, Silence, Voice
from tests.callflows.reader import Reader, standing


def farewell() -> Reader:
    return Reader().press("1", "1").be_silent()


def test_one_more_choice_is_offered_before_goodbye() -> None:
    assert farewell().said == ["anything_else"]


def test_nine_reads_the_main_menu_and_zero_rings_the_clerk() -> None:
    assert farewell().press("9").said == ["menu"]
    assert farewell().press("0").at == "transfer.ringing"


def test_silence_is_a_polite_end() -> None:
    reader = farewell().be_silent()
    assert reader.said == ["goodbye"]
    assert reader.turn.awaits == Goodbye()
    assert reader.facts(Ended) == [Ended("goodbye")]


def test_whatever_arrives_after_the_end_says_and_learns_nothing() -> None:
    for heard in (Keys("2"), Silence(), HungUp(), Voice("7", 12)):
        for state in ("over", "goodbye"):
            reader = standing(state).hear(heard)
            assert (reader.turn.says, reader.learnt, reader.over) == ((), [], True)
