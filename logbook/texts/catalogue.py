"""The catalogue of sentences by key and language: a folder per language, a file per part."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

import yaml

from logbook.texts import spoken
from logbook.texts.spoken import Speller

_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
"""Both read the same; the one written in C takes a tenth of the time at every start."""
_AROUND = (
    *(yaml.StreamStartEvent, yaml.DocumentStartEvent, yaml.MappingStartEvent),
    *(yaml.MappingEndEvent, yaml.DocumentEndEvent, yaml.StreamEndEvent),
)
"""What stands round the sentences of a part: one document that is one mapping."""
FOLDER = resources.files("logbook").joinpath("texts")
"""One folder a language, named by its two letters."""
FACTS = ("hotline", "desk")
OFFICE_LANGUAGE = "vi"
"""The language in which the settings name things."""


class TextError(Exception):
    """A catalogue lacks a sentence, or a sentence lacks a word."""


@dataclass(frozen=True)
class Catalogue:
    """The sentences of one language and its speller."""

    language: str
    sentences: Mapping[str, str]
    spell: Speller
    facts: Mapping[str, str] = field(default_factory=dict)
    """What the office is called, filled in wherever a sentence names it: `hotline` and `desk`."""

    def sentence(self, key: str, words: Mapping[str, str] | None = None) -> str:
        """The sentence `key` with its words filled in; TextError when either is missing."""
        try:
            return self.sentences[key].format_map({**self.names(), **(words or {})})
        except KeyError as missing:
            raise TextError(f"{self.language}: {key}: {missing}") from None

    def words_of(self, key: str) -> frozenset[str]:
        """The names of the words the sentence `key` needs."""
        parsed = string.Formatter().parse(self.sentences[key])
        return frozenset(name for _, name, _, _ in parsed if name and name not in FACTS)

    def of_office(self, facts: Mapping[str, str]) -> Catalogue:
        """Return the same sentences with the names an office goes by, where they are in its language."""
        return replace(self, facts=facts) if self.language == OFFICE_LANGUAGE else self

    def names(self) -> Mapping[str, str]:
        """What sentences call the hotline and the desk: the office's names, else the usual ones."""
        return self.facts or {name: self.sentences.get(f"usual_{name}", "") for name in FACTS}


def load_texts(facts: Mapping[str, str] | None = None) -> dict[str, Catalogue]:
    """All languages that ship with the program, by their two-letter code.

    `facts` are the names of the office; without them the usual names of the catalogue are used.
    """
    return {language: _load(language).of_office(facts or {}) for language in spoken.SPELLERS}


@cache
def keys_of_part(language: str, part: str) -> tuple[str, ...]:
    """The keys of one part of a catalogue, in the order in which they stand there."""
    return tuple(_read(FOLDER.joinpath(language, f"{part}.yaml")))


@cache
def _load(language: str) -> Catalogue:
    """The sentences as they ship, read once: every office of a process speaks from the same."""
    sentences: dict[str, str] = {}
    for file in sorted(FOLDER.joinpath(language).iterdir(), key=lambda file: file.name):
        part = _read(file)
        if twice := part.keys() & sentences.keys():
            raise TextError(f"{language}/{file.name}: stands elsewhere too: {sorted(twice)}")
        sentences |= part
    return Catalogue(language, sentences, spoken.SPELLERS[language])


def _read(file: Traversable) -> dict[str, str]:
    """A part's sentences by key; TextError for anything but one flat list of them.

    Reading the events alone spares two thirds of the time that building values of every kind takes.
    """
    events = list(yaml.parse(file.read_text(encoding="utf-8"), Loader=_LOADER))
    words = [event.value for event in events if isinstance(event, yaml.ScalarEvent)]
    around = [event for event in events if not isinstance(event, yaml.ScalarEvent)]
    flat = len(around) == len(_AROUND) and all(map(isinstance, around, _AROUND))
    if not flat or len(set(words[::2])) * 2 != len(words):
        raise TextError(f"{file.name}: not a catalogue")
    return dict(zip(words[::2], words[1::2], strict=True))
