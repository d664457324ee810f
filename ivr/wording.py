"""What a dialogue says, as sentences of one language."""

from __future__ import annotations

from datetime import date
from typing import assert_never

from callflows.vocabulary import Digits, Each, Hours, Plain, Say, Term, When, Word
from logbook.texts import Catalogue


def sentence(said: Say, catalogue: Catalogue) -> str:
    """The sentence of `said` with its words spelled for the ear."""
    words = {name: _spoken(word, catalogue) for name, word in said.words}
    return catalogue.sentence(said.key, words)


def _spoken(word: Word, catalogue: Catalogue) -> str:
    spell = catalogue.spell
    match word:
        case Plain(text=text):
            return text
        case Term(key=key):
            return catalogue.sentence(key)
        case Digits(digits=digits, group=group):
            return spell.digits(digits, group)
        case When(moment=moment, today=today):
            return spell.moment(moment, today)
        case Hours(windows=windows):
            return spell.hours(windows)
        case Each():
            return _rows(word, catalogue)
        case date():
            return spell.day(word)
        case int():
            return spell.number(word)
        case _:
            assert_never(word)


def _rows(each: Each, catalogue: Catalogue) -> str:
    rows = [{name: _spoken(word, catalogue) for name, word in row} for row in each.rows]
    return " ".join(catalogue.sentence(each.key, row) for row in rows)
