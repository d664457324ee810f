"""Covers a text with recorded clips, and joins them into one sound without gaps or clicks."""

from __future__ import annotations

import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from logbook.prompts.sound import RATE, Samples
from logbook.prompts.wording import COMMA_PAUSE, SENTENCE_PAUSE, words_of

_SIGNS = {0: "-", COMMA_PAUSE: "~", SENTENCE_PAUSE: "."}
_PAUSES = {sign: pause for pause, sign in _SIGNS.items()}
MOST_PIECES = 120
LONGEST = 2000
"""Letters of a text that may be joined; an answer longer than that is nobody's clip."""
MOST_REMEMBERED = 1000
NAME = r"[0-9]{1,18}(?:[-~.][0-9]{1,18})*"
"""The name of a joined sound: row numbers of clips, and between them the pause: none, a comma's, a stop's."""


@dataclass(frozen=True, slots=True)
class JoinedPiece:
    """One clip of a joined sound, by its row number, and the milliseconds of quiet after it."""

    clip: int
    pause: int = 0


class ClipIndex:
    """The clips of one language, found by the words they say."""

    def __init__(self, clips: Iterable[tuple[int, str]]) -> None:
        """Index clips given as (row number, text); of two with the same words the later one counts."""
        known: dict[tuple[str, ...], int] = {}
        for number, text in clips:
            if words := words_of(text).words:
                known[words] = number
        self._by_first: dict[str, list[tuple[tuple[str, ...], int]]] = {}
        for words, number in known.items():
            self._by_first.setdefault(words[0], []).append((words, number))
        self._known: Mapping[tuple[str, ...], int] = known
        self._found: dict[str, tuple[JoinedPiece, ...] | None] = {}

    def cover(self, text: str) -> tuple[JoinedPiece, ...] | None:
        """The fewest clips that say all words of `text` in order; None where a word has no clip.

        What was found for a text is remembered: most of what a line says, it says often.
        """
        if not self._known or len(text) > LONGEST:
            return None
        if text not in self._found:
            if len(self._found) >= MOST_REMEMBERED:
                self._found.clear()
            self._found[text] = self._cover(text)
        return self._found[text]

    def _cover(self, text: str) -> tuple[JoinedPiece, ...] | None:
        spoken = words_of(text)
        count = len(spoken.words)
        best: list[tuple[int, int, int] | None] = [None] * count
        for start in range(count - 1, -1, -1):
            for words, number in self._by_first.get(spoken.words[start], ()):
                end = start + len(words)
                if spoken.words[start:end] != words:
                    continue
                rest = 0 if end == count else -1
                if end < count:
                    after = best[end]
                    rest = -1 if after is None else after[0]
                here = best[start]
                if rest >= 0 and (here is None or rest + 1 < here[0]):
                    best[start] = (rest + 1, end, number)
        return _followed(best, spoken.pauses) if count else None


def _followed(
    best: list[tuple[int, int, int] | None], pauses: tuple[int, ...]
) -> tuple[JoinedPiece, ...] | None:
    pieces, at = [], 0
    while at < len(best):
        step = best[at]
        if step is None:
            return None
        _, at, number = step
        pieces.append(JoinedPiece(number, pauses[at - 1]))
    return tuple(pieces) if len(pieces) <= MOST_PIECES else None


def name_of(pieces: Iterable[JoinedPiece]) -> str:
    """How a joined sound is called in an address."""
    return "".join(f"{one.clip}{_SIGNS[one.pause]}" for one in pieces).rstrip("-~.")


def pieces_of(name: str) -> tuple[JoinedPiece, ...]:
    """The pieces of a name that fits `NAME`."""
    pieces, number = [], ""
    for sign in f"{name}-":
        if sign in _PAUSES:
            pieces.append(JoinedPiece(int(number), _PAUSES[sign]))
            number = ""
        else:
            number += sign
    return tuple(pieces)


def joined(pieces: Iterable[tuple[Samples, int]]) -> array.array[int]:
    """The sound of clips one after the other, each given with the milliseconds of quiet after it.

    Clips come mended: they begin and end at nothing, so a join is no click. Of the quiet they bring at
    their own ends nothing is added to a pause.
    """
    out: array.array[int] = array.array("h")
    for samples, pause in pieces:
        out.extend(samples)
        out.extend(bytes(RATE * max(0, pause - 40) // 1000))
    return out
