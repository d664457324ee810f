"""The catalogues: every sentence in every language, with the same words, fit for the ear."""

import re
from importlib import resources

import pytest
import yaml

from callflows import main_menu
from callflows.atlas import example_office
from callflows.office import LineState
from callflows.vocabulary import Place, Say
from ivr.line import wording
from logbook.texts.catalogue import Catalogue, TextError, load_texts

TEXTS = load_texts()
LANGUAGES = sorted(TEXTS)
FOLDER = resources.files("logbook").joinpath("texts")
SPOKEN = frozenset(yaml.safe_load(FOLDER.joinpath("vi", "line.yaml").read_text(encoding="utf-8")))
"""What is heard on the telephone; the other parts are read on the screen."""
VIETNAMESE = TEXTS["vi"]


def catalogue(**sentences: str) -> Catalogue:
    return Catalogue("vi", sentences, VIETNAMESE.spell)


def test_two_languages_ship() -> None:
    assert LANGUAGES == ["en", "vi"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_sentence(language: str) -> None:
    assert set(TEXTS[language].sentences) == set(VIETNAMESE.sentences)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_needs_the_same_words_in_every_language(language: str) -> None:
    others = TEXTS[language]
    wrong = [key for key in VIETNAMESE.sentences if others.words_of(key) != VIETNAMESE.words_of(key)]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_stands_twice(language: str) -> None:
    stand = 0
    for file in FOLDER.joinpath(language).iterdir():
        root = yaml.compose(file.read_text(encoding="utf-8"))
        assert isinstance(root, yaml.MappingNode)
        stand += len(root.value)
    assert stand == len(TEXTS[language].sentences)


def test_every_language_has_the_same_parts() -> None:
    parts = [{file.name for file in FOLDER.joinpath(language).iterdir()} for language in LANGUAGES]
    assert parts[0] == parts[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_blank_or_runs_over_its_line(language: str) -> None:
    for key, sentence in TEXTS[language].sentences.items():
        assert sentence.split() == sentence.strip().split(" "), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_leaves_figures_or_signs_to_the_voice(language: str) -> None:
    for key in SPOKEN:
        assert not re.search(r"[0-9#*&<>/%]", TEXTS[language].sentences[key]), key


def test_vietnamese_sentences_carry_their_marks() -> None:
    without = [key for key in SPOKEN if VIETNAMESE.sentences[key].isascii()]
    assert without == []


def test_english_sentences_are_english() -> None:
    strange = [key for key in SPOKEN if not TEXTS["en"].sentences[key].isascii()]
    assert strange == []


def test_each_key_is_named_in_the_same_order_in_both_menus() -> None:
    keys = {VIETNAMESE.spell.number(digit): TEXTS["en"].spell.number(digit) for digit in range(10)}
    offered = {VIETNAMESE.spell.number(int(key)) for key in (*(one.key for one in main_menu.MENU), "9", "0")}
    states: tuple[LineState, ...] = ("open", "after")
    for state in states:
        menu = main_menu.ask(example_office(state), Place("menu")).says[-1]
        assert isinstance(menu, Say)
        spoken = re.findall(r"bấm phím (\w+)", wording.sentence(menu, VIETNAMESE))
        assert re.findall(r"press (\w+)", wording.sentence(menu, TEXTS["en"])) == [
            keys[key] for key in spoken
        ]
        assert sorted(spoken) == sorted(offered)


def test_words_are_filled_in() -> None:
    assert catalogue(hello="Xin chào {who}.").sentence("hello", {"who": "quý khách"}) == "Xin chào quý khách."


def test_a_word_with_braces_is_spoken_as_it_stands() -> None:
    assert catalogue(hello="{who}").sentence("hello", {"who": "{who} {0} {who.__class__}"}) == (
        "{who} {0} {who.__class__}"
    )


def test_words_nobody_needs_do_no_harm() -> None:
    assert catalogue(hello="Xin chào.").sentence("hello", {"who": "ai đó"}) == "Xin chào."


def test_a_missing_sentence_is_named() -> None:
    with pytest.raises(TextError, match="vi: nothing: 'nothing'"):
        catalogue().sentence("nothing")


def test_a_missing_word_is_named() -> None:
    with pytest.raises(TextError, match="vi: hello: 'who'"):
        catalogue(hello="{who}").sentence("hello", {})


def test_the_words_of_a_sentence_are_known() -> None:
    assert catalogue(both="{a} và {b}, {a}").words_of("both") == {"a", "b"}
    assert catalogue(none="không").words_of("none") == frozenset()
