"""Reduces a spoken text to its words, which alone decide whether a recorded clip says it."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass

SENTENCE_PAUSE, COMMA_PAUSE = 180, 120
"""Milliseconds between two clips where a sentence, or a part of one, ends."""
_WORD = re.compile(r"[^\W_]+")
_SENTENCE_ENDS = frozenset(".!?;…")
_PART_ENDS = frozenset(",:")


@dataclass(frozen=True, slots=True)
class SpokenWords:
    """The words of a text, and the pause after each of them in milliseconds; the last one is 0."""

    words: tuple[str, ...]
    pauses: tuple[int, ...]


def words_of(text: str) -> SpokenWords:
    """Split `text` into words without capitals and marks of punctuation."""
    plain = unicodedata.normalize("NFC", text).casefold()
    found = list(_WORD.finditer(plain))
    ends = [match.end() for match in found]
    starts = [match.start() for match in found[1:]]
    pauses = [_pause(plain[end:start]) for end, start in zip(ends, starts, strict=False)]
    return SpokenWords(tuple(match[0] for match in found), (*pauses, 0) if found else ())


def digest(text: str) -> str:
    """The name of a text: the same for texts of the same words, whatever stands between them."""
    return hashlib.sha256(" ".join(words_of(text).words).encode()).hexdigest()


def _pause(between: str) -> int:
    if _SENTENCE_ENDS & set(between):
        return SENTENCE_PAUSE
    return COMMA_PAUSE if _PART_ENDS & set(between) else 0
