"""A paper slip as a value: what somebody wrote on it, how it was entered, and its number."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from logbook.plain_text import plain_text

LONGEST_NUMBER, LONGEST_REFERENCE, LONGEST_COMMENT = 32, 64, 4000
Answers = tuple[int | None, ...]
"""One mark for each criterion in its order; None where the citizen marked none."""


class Respondent(StrEnum):
    """Who filled in a slip (003-04)."""

    INDIVIDUAL = "individual"
    ORGANISATION = "organisation"


class Source(StrEnum):
    """How a slip came into the database."""

    KEYBOARD = "keyboard"
    FILE = "file"
    PHOTO = "photo"


class SlipRefusedError(Exception):
    """The slip cannot be taken: the key of a sentence and its words."""

    def __init__(self, key: str, **words: str) -> None:
        """Say why by the sentence `slip_<key>`."""
        super().__init__(key)
        self.key, self.words = f"slip_{key}", words


class StaleSlipError(Exception):
    """Somebody changed the slip since it was read; `args[0]` is the Slip as it stands."""


@dataclass(frozen=True, slots=True)
class TypedSlip:
    """What somebody typed off a slip."""

    number: str
    reference: str
    respondent: Respondent
    answers: Answers
    comment: str = ""


@dataclass(frozen=True, slots=True)
class PaperSlip:
    """A slip as it stands; it counts in the month in which its dossier was finished (003-05)."""

    id: int
    number: str
    dossier_id: int
    reference: str
    finished_at: datetime | None
    response_id: int
    set_id: int
    respondent: Respondent
    answers: Answers
    comment: str
    source: Source
    entered_by: str
    entered_at: datetime
    valid: bool
    void_reason: str
    version: int

    @property
    def entry(self) -> TypedSlip:
        """What was typed, for a form or a comparison."""
        return TypedSlip(self.number, self.reference, self.respondent, self.answers, self.comment)


def number_of(text: str) -> str:
    """Return the number of a slip as it is kept: capitals, NFC, no blank within."""
    return "".join(plain_text(text, 1000).split()).upper()


def reference_of(text: str) -> str:
    """Return a dossier's reference as it is kept: capitals, NFC, no blank within."""
    return "".join(plain_text(text, 1000).split()).upper()


def next_number(number: str) -> str:
    """Return the number after `number`, as slips of one batch are counted: "P-0099" -> "P-0100"."""
    digits = len(number) - len(number.rstrip("0123456789"))
    if not 0 < digits < 19:
        return ""
    head, last = number[:-digits], number[-digits:]
    return f"{head}{int(last) + 1:0{digits}d}"


def as_json(answers: Answers) -> str:
    """Return answers as they are kept beside a second entry and in the journal."""
    return json.dumps(answers)
