"""A key of the menu is one entry: both spoken menus, their order, and what hearing accepts follow from it."""

from __future__ import annotations

from typing import get_args, get_type_hints

import pytest

from callflows import main_menu, vocabulary
from callflows.atlas import example_office
from callflows.main_menu import MenuKey
from callflows.office import LineState
from callflows.vocabulary import Purpose, Say, Term
from ivr.line.wording import sentence
from logbook.search import calls
from logbook.texts.catalogue import load_texts
from tests.callflows.reader import Reader
from tests.suite import guides
from tests.test_house_rules import LETTERS_A_SECOND, LONGEST_TEXT_SECONDS

VIETNAMESE = load_texts()["vi"]
MUSIC = MenuKey("5", "farewell", Purpose("guidance"), Term("menu_music"), Term("menu_closed_music"))
STATES: tuple[LineState, ...] = ("open", "after")


def menu(state: LineState, language: str = "vi") -> str:
    """The menu as it is spoken."""
    said = Reader(example_office(state)).turn.says[-1]
    assert isinstance(said, Say)
    return sentence(said, VIETNAMESE if language == "vi" else load_texts()[language])


def test_one_more_key_is_offered_in_both_menus_and_leads_where_it_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert Reader().press("5").said == ["invalid_key", "menu"]
    monkeypatch.setattr(main_menu, "MENU", (MUSIC, *main_menu.MENU))
    for key, text in (("menu_music", "Để nghe nhạc"), ("menu_closed_music", "Để nghe nhạc lúc nghỉ")):
        monkeypatch.setitem(VIETNAMESE.sentences, key, text)
    assert menu("open").startswith("Để nghe nhạc, xin bấm phím năm. Để được hướng dẫn thủ tục hành chính,")
    assert menu("after").startswith("Để nghe nhạc lúc nghỉ, xin bấm phím năm. Để để lại phản ánh, kiến nghị,")
    assert [Reader(example_office(state)).press("5").at for state in STATES] == ["farewell"] * 2


def test_both_menus_are_short_enough_to_be_listened_to() -> None:
    most = LONGEST_TEXT_SECONDS * LETTERS_A_SECOND
    assert [
        (state, language)
        for state in STATES
        for language in load_texts()
        if len(menu(state, language)) > most
    ] == []


def test_the_guide_says_what_one_more_key_takes() -> None:
    needed = {
        guides.relative(main_menu),
        *guides.catalogues("menu_closed_rating"),
        "tests/callflows/test_main_menu.py",
    }
    assert guides.promised("key of the menu") == (len(needed), needed)
    assert guides.naming("menu_closed_rating") == needed - {"tests/callflows/test_main_menu.py"}


def test_the_guide_says_what_one_more_purpose_takes() -> None:
    assert get_args(get_type_hints(Purpose)["name"]) == calls.PURPOSES
    needed = {
        guides.relative(vocabulary),
        guides.relative(calls),
        *guides.catalogues("call_purpose_guidance"),
    }
    assert guides.naming("call_purpose_guidance") < needed
    assert guides.promised("purpose of a call") == (len(needed), needed)


def test_each_key_has_a_purpose_of_its_own_by_which_an_office_switches_it_off() -> None:
    assert len({one.purpose.name for one in main_menu.MENU}) == len(main_menu.MENU)
