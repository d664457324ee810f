"""Reads what people type as it was meant: passwords are letters, codes are digits (B-14).

Nothing here refuses; whoever asks judges what is left.
"""

from __future__ import annotations

import unicodedata

_EDGES = "\ufeff\u200b\r\n"
"""What pipes, files and pages leave at the edges of a password without anybody typing it."""
_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_BETWEEN = frozenset(
    ".-()#\ufeff\u200b\u2010\u2011\u2012\u2013\u2014\u2212\u00b7\uff08\uff09\uff0d\uff0e\uff03"
)
"""What people write between digits, and the key that ends them on a telephone."""
LONGEST_RAW = 2000
"""How many characters of a password are read as they arrive; two hundred letters are fewer however spelt."""


def password(raw: str) -> str:
    """A password as it is hashed: in NFKC, so that one letter is one, whichever keyboard made it (B-14).

    NFKC as NIST SP 800-63B asks for: besides composed and decomposed letters it takes full-width signs
    and hard spaces, as some keyboards make them, for the plain ones.
    """
    return unicodedata.normalize("NFKC", raw[:LONGEST_RAW].strip(_EDGES))


def password_spellings(raw: str) -> list[str]:
    """`password` first, then the spellings of which older hashes may have been made of the same letters."""
    plain = password(raw)
    if raw.isascii():
        return list(dict.fromkeys((plain, raw[:LONGEST_RAW])))
    spellings = (plain, raw[:LONGEST_RAW], *(unicodedata.normalize(form, plain) for form in ("NFC", "NFD")))
    return list(dict.fromkeys((*spellings, _tones_apart(plain))))


def digits(raw: str) -> str | None:
    """The ASCII digits of a code, a PIN or the end of a number as people write them; None for other text.

    Spaces of any kind, dots, hyphens, brackets and # between and around them count for nothing.
    """
    kept = []
    for sign in raw[:LONGEST_RAW]:
        if sign.isspace() or sign in _BETWEEN:
            continue
        value = unicodedata.decimal(sign, None)
        if value is None:
            return None
        kept.append(str(value))
    return "".join(kept) or None


def _tones_apart(text: str) -> str:
    """The letters with their tone as a sign of its own, as the Vietnamese keyboard of Windows makes them."""
    letters = []
    for letter in unicodedata.normalize("NFC", text):
        parts = unicodedata.normalize("NFD", letter)
        tones = "".join(sign for sign in parts if sign in _TONES)
        rest = "".join(sign for sign in parts if sign not in _TONES)
        letters.append(unicodedata.normalize("NFC", rest) + tones)
    return "".join(letters)
