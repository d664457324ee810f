"""What the gate finds in a text: the words, and why they may not be published."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class FindingKind(StrEnum):
    """Why words are refused; each has a sentence `gate_<kind>`."""

    NAME = "name"
    PHONE = "phone"
    IDENTITY = "identity"
    PLATE = "plate"
    HOUSE = "house"
    BIRTH = "birth"
    EMAIL = "email"
    DESCRIBED = "described"
    CALLER = "caller"
    COPIED = "copied"
    SCRIPT = "script"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Words of a text that may identify somebody; `start` and `end` count in `normal(text)`."""

    start: int
    end: int
    kind: FindingKind
    words: str


def normal(text: str) -> str:
    """Return `text` as the gate reads it: one form of every letter, nothing invisible, plain blanks."""
    composed = unicodedata.normalize("NFKC", text)
    seen = "".join(sign for sign in composed if unicodedata.category(sign) != "Cf")
    return re.sub(r"[^\S\n]", " ", seen)


def bare(text: str) -> str:
    """Return `text` in lower case without marks, letter for letter, so that places in it stay the same."""
    return "".join(_bare_letter(letter) for letter in text)


def _bare_letter(letter: str) -> str:
    if letter in "đĐ":
        return "d"
    plain = unicodedata.normalize("NFD", letter)[0].lower()
    return plain if len(plain) == 1 else letter


def found(kind: FindingKind, text: str, start: int, end: int) -> Finding:
    """Return the finding of `text[start:end]`."""
    return Finding(start, end, kind, text[start:end].strip())
