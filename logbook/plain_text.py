"""Cleans text and numbers from outside so that both databases store them alike (FACT-10)."""

import re
import unicodedata

_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
SMALL = 2**31 - 1
"""The largest whole number an INTEGER column holds on PostgreSQL."""


def plain_text(value: str, limit: int) -> str:
    """Return `value` in NFC without control characters and lone surrogates, cut to `limit` characters.

    Newline and tab stay. PostgreSQL refuses NUL, both drivers refuse lone surrogates, and a control character
    kept here would come back later in TwiML or in a log line (FACT-6 and FACT-10).
    """
    if not value.isprintable():
        value = "".join(letter for letter in value if letter in "\n\t" or _is_plain(letter))
    if not value.isascii():
        value = unicodedata.normalize("NFC", value)
    return value[:limit]


class TooLongError(Exception):
    """Somebody's words are longer than there is room for: `given` and `limit` in characters."""

    def __init__(self, given: int, limit: int) -> None:
        """Keep how long they are and how long they may be."""
        super().__init__(f"{given} characters, at most {limit}")
        self.given, self.limit = given, limit


def whole_text(value: str, limit: int) -> str:
    """Return words as `plain_text` does, stripped, but never cut: TooLongError."""
    words = plain_text(value, 3 * len(value)).strip()  # composing letters may lengthen them
    if len(words) > limit:
        raise TooLongError(len(words), limit)
    return words


def is_sentence(text: str) -> bool:
    """Whether somebody wrote words: two different ones at least, with letters enough to mean something.

    "Mưa lớn" is a sentence; "x", "....", "xxxx xxxx" and "abc abc" are none (002-34).
    """
    words = {"".join(filter(str.isalpha, word)) for word in text.casefold().split()} - {""}
    letters = "".join(words)
    return len(words) > 1 and len(letters) >= 5 and len(set(letters)) >= 4


def folded(text: str) -> str:
    """Return `text` as headings are compared: no case, no marks, đ as d, one space between words."""
    bare = unicodedata.normalize("NFKD", text.casefold().replace("đ", "d").replace("ð", "d"))
    return " ".join("".join(sign for sign in bare if not unicodedata.combining(sign)).split())


def _is_plain(letter: str) -> bool:
    return unicodedata.category(letter) not in {"Cc", "Cs"}


def small_number(value: int | None) -> int | None:
    """`value` kept within 0 and 2 147 483 647, so that no database overflows; None stays None."""
    return None if value is None else max(0, min(value, SMALL))


def clean(text: str) -> str:
    """Return `text` without what XML cannot hold."""
    return _NOT_IN_XML.sub("", text)
