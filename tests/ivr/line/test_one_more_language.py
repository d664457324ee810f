"""A language is a folder of texts and a speller: catalogue, spoken menus and the provider's voice follow."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from callflows.atlas import example_office
from callflows.vocabulary import Say
from ivr.line import webhooks
from ivr.line.wording import sentence
from logbook.prompts import sentences
from logbook.prompts.synthesis import EspeakVoice
from logbook.texts import catalogue, spoken
from logbook.texts.catalogue import Catalogue, load_texts
from logbook.texts.spoken import English
from tests.callflows.reader import Reader
from tests.suite import guides


class French(English):
    """A speller nobody has built."""

    locale = "fr-FR"
    names_key = re.compile(r"tapez (\w+)", re.IGNORECASE)

    def number(self, value: int) -> str:
        return f"numéro {value}"


def test_one_more_language_is_loaded_spelled_and_spoken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = Path(str(catalogue.FOLDER))
    for language in ("vi", "en"):
        shutil.copytree(shipped / language, tmp_path / language)
    shutil.copytree(shipped / "en", tmp_path / "fr")
    line = tmp_path / "fr" / "line.yaml"
    line.write_text(line.read_text("utf-8").replace("{wish}, press {key}.", "{wish}, tapez {key}."), "utf-8")
    monkeypatch.setattr(catalogue, "FOLDER", tmp_path)
    monkeypatch.setitem(spoken.SPELLERS, "fr", French())
    french = load_texts()["fr"]
    said = Reader(example_office("open")).turn.says[-1]
    assert isinstance(said, Say)
    assert ", tapez numéro 2." in sentence(said, french)
    assert webhooks.voice_of("fr", "Google.fr-FR-Wavenet-A").language == "fr-FR"


def test_an_office_may_reword_a_sentence_of_it_but_not_its_keys() -> None:
    french = Catalogue("fr", {"ask": "Tapez un, ou tapez deux."}, French())
    assert sentences.trouble(french, "ask", "Pour oui, tapez un. Pour non, tapez deux.") is None
    refused = sentences.trouble(french, "ask", "Pour oui, tapez un. Pour non, tapez trois.")
    assert refused is not None
    assert refused.key == "prompts_edit_keys"


def test_the_machine_speaks_it_in_its_own_voice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EspeakVoice, "_asked", lambda _self, _text, voice: voice.encode())
    assert EspeakVoice("south").spoken("Bonjour.", "fr") == b"fr"


def test_the_guide_says_what_one_more_language_takes() -> None:
    count, named = guides.promised("language")
    assert named == {"logbook/texts/<language>/", guides.relative(spoken)}
    assert count == len(named)
    assert guides.naming("en-GB") == {guides.relative(spoken)}
