"""Turns what a dialogue says into sentences of one language."""

from __future__ import annotations

from datetime import date
from typing import assert_never

from callflows.vocabulary import Count, Digits, Each, Hours, Plain, Play, Said, Say, Span, Term, When, Word
from logbook.sentences import written
from logbook.texts.catalogue import Catalogue


def sentence(said: Say, catalogue: Catalogue) -> str:
    """The sentence of `said` with its words spelled for the ear."""
    words = {name: _spoken(word, catalogue) for name, word in said.words}
    return written(catalogue.sentence(said.key, words))


OFFERS = ("zero_",)
"""Texts that are words of a sentence and open no case: what a key offers at this moment."""
NOT_KEPT = frozenset({"status_answer", "news_transferred", "chair_about"})
"""Sentences that hold the words of a case, which the log of a call does not repeat."""


def kept(said: Said, catalogue: Catalogue) -> str | list[object]:
    """What the log of a call keeps of a sentence: its key, and its words unless they open a case.

    Codes, PINs and numbers (`Digits`) are left out, and so is an answer that was read aloud.
    """
    if isinstance(said, Play):
        return "play"
    words = {
        name: _spoken(word, catalogue)
        for name, word in said.words
        if said.key not in NOT_KEPT and _opens_nothing(word)
    }
    return [said.key, words] if words else said.key


def kept_whole(said: Said) -> bool:
    """Whether the log keeps a sentence with all its words: then it opens no case and tells of nobody."""
    return (
        isinstance(said, Say)
        and said.key not in NOT_KEPT
        and all(isinstance(word, Term) or _opens_nothing(word) for _, word in said.words)
    )


def _opens_nothing(word: Word) -> bool:
    if isinstance(word, Term):
        return word.key.startswith(OFFERS)
    return not isinstance(word, Digits | Each)


def _spoken(word: Word, catalogue: Catalogue) -> str:  # noqa: C901 - one flat line a kind of word
    spell = catalogue.spell
    match word:
        case Plain(text=text):
            return text
        case Term(key=key):
            return catalogue.sentence(key)
        case Digits(digits=digits, group=group):
            return spell.digits(digits, group)
        case Span(seconds=seconds):
            return spell.span(seconds)
        case Count(value=value, one=one, many=many):
            return catalogue.sentence(one if value == 1 else many, {"count": spell.number(value)})
        case When(moment=moment, today=today):
            return spell.moment(moment, today)
        case Hours(windows=windows, week=week):
            return spell.week(week) if week else spell.hours(windows)
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
