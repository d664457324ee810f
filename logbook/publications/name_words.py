"""The words of name_words.yaml, by which the gate knows names and what only looks like one."""

from __future__ import annotations

import re
from importlib import resources

import yaml

Pairs = frozenset[tuple[str, ...]]
_FILE = resources.files("logbook").joinpath("publications", "name_words.yaml")
_WORDS: dict[str, str] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))


def _listed(name: str) -> frozenset[str]:
    return frozenset(word.strip() for word in _WORDS[name].split(",")) - {""}


def _pairs(name: str) -> Pairs:
    return frozenset(tuple(word.split()) for word in _listed(name))


def phrases(name: str) -> str:
    """Return words as the alternatives of a pattern, the longest first; a blank stands for any blanks."""
    listed = sorted(_listed(name), key=lambda one: (-len(one), one))
    return "|".join(re.escape(one).replace(r"\ ", " ") for one in listed)


TITLES, SURNAMES, WEAK_SURNAMES = _listed("titles"), _listed("surnames"), _listed("weak_surnames")
MIDDLE, ONLY_MIDDLE, GIVEN = _listed("middle"), _listed("only_middle"), _listed("given")
NUMERALS, AFTER_NUMERAL, ROLE_WORDS = _listed("numerals"), _listed("after_numeral"), _listed("role_words")
PLACE_WORDS, SETTLEMENTS = _listed("place_words"), _listed("settlements")
ROAD_NAMES, PLACES = tuple(sorted(_listed("road_names"))), tuple(sorted(_listed("places")))
TWO_WORD_TITLES, RANKS, SAYING_PAIRS = _pairs("two_word_titles"), _pairs("ranks"), _pairs("saying_pairs")
CAPITAL_TITLES, PROVINCES = _listed("capital_titles"), _pairs("provinces")
ANY_GIVEN = GIVEN | _listed("rare_given")
DOING = frozenset(pair[0] for pair in _pairs("saying_pairs")) - {"đã", "ở", "là", "được"} | _listed("doing")
OF_WHOM_NAMED = _listed("before_two_given_names")
NOT_AFTER_TITLE, COMPOUNDS = _pairs("not_after_title"), _pairs("compounds")
PLAIN_TITLES = {
    "ong": "ông",
    "ba": "bà",
    "anh": "anh",
    "chi": "chị",
    "co": "cô",
    "chu": "chú",
    "bac": "bác",
    "em": "em",
    "cu": "cụ",
}
"""Titles as they are written without marks, in a text that has none."""
