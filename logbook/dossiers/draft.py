"""Reads one row of the desk's file: only what has a column here, nothing about a citizen."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, time
from enum import StrEnum
from functools import lru_cache

from logbook.clock import local
from logbook.dossiers import moments
from logbook.dossiers.source import Cell
from logbook.plain_text import folded, plain_text

MOST_SUPPLEMENTS = 99
CACHED = 20_000
"""How many texts are remembered as they were read: names come again and again."""
LENGTHS = {"reference": 64, "procedure": 300, "field": 200, "official": 200}
_TELEPHONE = re.compile(r"(?<![\d.])(?:\+?84|0)(?:[ .-]?\d){8,10}(?![\d.]?\d)", re.ASCII)
_IDENTITY = re.compile(r"(?<![\d.])(?:\d{12}|\d{9})(?![\d.]?\d)", re.ASCII)
_YES = {"co", "x", "1", "true", "yes", "online", "toan trinh", "mot phan", "dvctt", "v", "✓"}
_NO = {"", "khong", "0", "false", "no", "truc tiep", "buu chinh", "-", "offline"}


class Outcome(StrEnum):
    """What the software says became of a dossier, in one word; its own words are not kept."""

    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    SUSPENDED = "suspended"
    SUPPLEMENTING = "supplementing"


_DONE = (
    "da tra",
    "da giai quyet",
    "hoan thanh",
    "da xong",
    "dong y",
    "da co ket qua",
    "ket thuc",
    "da duyet",
)
_OUTCOMES = (
    (Outcome.SUSPENDED, ("tam dung", "dung xu ly", "tam ngung", "dung giai quyet")),
    (Outcome.WITHDRAWN, ("rut ho so", "da rut", "xin rut", "cong dan rut")),
    (Outcome.REFUSED, ("tu choi", "khong du dieu kien", "tra lai", "khong giai quyet", "khong tiep nhan")),
    (Outcome.SUPPLEMENTING, ("cho bo sung", "yeu cau bo sung", "bo sung ho so", "dang bo sung")),
    (Outcome.RUNNING, ("dang xu ly", "dang giai quyet", "chua", "dang thuc hien", "cho xu ly", "moi tiep")),
)


class BadRowError(Exception):
    """A row that cannot be imported: the key of a sentence and its words; never what stands in the row."""

    def __init__(self, key: str, **words: str) -> None:
        """Say why by the sentence `dossier_row_<key>`."""
        super().__init__(key)
        self.key, self.words = f"dossier_row_{key}", words


@dataclass(frozen=True, slots=True)
class Draft:
    """One dossier as the file has it. Instants are aware UTC."""

    reference: str
    procedure: str
    field: str
    received_at: datetime
    due_at: datetime | None
    finished_at: datetime | None
    official: str
    online: bool
    accepted_at: datetime | None
    supplements: int
    outcome: str


STORED = tuple(field.name for field in fields(Draft))
_MOMENTS = {"received_at": "received", "due_at": "due", "finished_at": "finished", "accepted_at": "accepted"}


def stored_of(columns: Collection[str]) -> tuple[str, ...]:
    """Return what a file with these columns says of a dossier; other stored values stay."""
    return tuple(name for name in STORED if name == "outcome" or _MOMENTS.get(name, name) in columns)


def reference_of(text: str) -> str:
    """Return a reference as it is kept: capitals, NFC, no blank within; both hands and files type it so."""
    return "".join(plain_text(text, 1000).split()).upper()


def read(cells: Mapping[str, Cell], called: Callable[[str], str]) -> Draft:
    """Read the cells of one row by column name, as the settings name columns; BadRowError says what is wrong.

    `called` gives the heading of a column, for the reason.
    """
    reference = reference_of(_text(cells.get("reference")))
    if not reference:
        raise BadRowError("empty", column=called("reference"))
    if len(reference) > LENGTHS["reference"]:
        raise BadRowError("too_long", column=called("reference"), most=str(LENGTHS["reference"]))
    if _IDENTITY.fullmatch(reference) or _TELEPHONE.fullmatch(reference):
        raise BadRowError("personal", column=called("reference"))
    dates = {
        name: _moment(cells.get(name), called(name), end_of_day=name == "due")
        for name in ("received", "due", "finished", "accepted")
    }
    received = dates["received"]
    if received is None:
        raise BadRowError("empty", column=called("received"))
    for name in ("due", "finished", "accepted"):
        if (later := dates[name]) is not None and _is_before(later, received):
            raise BadRowError("before_received", column=called(name))
    finished = dates["finished"]
    return Draft(
        reference=reference,
        procedure=_name("procedure", cells, called),
        field=_name("field", cells, called),
        received_at=received,
        due_at=dates["due"],
        finished_at=finished,
        official=_name("official", cells, called, may_be_empty=True),
        online=_yes(cells.get("online"), called("online")),
        accepted_at=dates["accepted"],
        supplements=_count(cells.get("supplements"), called("supplements")),
        outcome=_outcome(_text(cells.get("outcome")), finished=finished is not None).value,
    )


def _text(cell: Cell) -> str:
    if isinstance(cell, str):
        if cell.isascii() and cell.isprintable() and " " not in cell:
            return cell
        return " ".join(plain_text(cell, 40_000).split())
    if cell is None:
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


@lru_cache(CACHED)
def _without_numbers(text: str) -> str:
    """A name as the file writes it, telephone and identity numbers in it struck out."""
    return _IDENTITY.sub("…", _TELEPHONE.sub("…", _text(text)))


def _name(
    column: str, cells: Mapping[str, Cell], called: Callable[[str], str], *, may_be_empty: bool = False
) -> str:
    cell = cells.get(column)
    text = _without_numbers(cell if isinstance(cell, str) else _text(cell))
    if not text and not may_be_empty:
        raise BadRowError("empty", column=called(column))
    if len(text) > LENGTHS[column]:
        raise BadRowError("too_long", column=called(column), most=str(LENGTHS[column]))
    return text


def _moment(cell: Cell, column: str, *, end_of_day: bool) -> datetime | None:
    try:
        return moments.read(cell, end_of_day=end_of_day)
    except (ValueError, OverflowError):
        raise BadRowError("date", column=column) from None


def _is_before(later: datetime, received: datetime) -> bool:
    """Whether something came before the dossier; where one of the two is a date, days are compared."""
    if later >= received:
        return False
    last, first = local(later), local(received)
    if time() in (last.time(), first.time()) or last.time() == moments.WHOLE_DAY:
        return last.date() < first.date()
    return True


def _yes(cell: Cell, column: str) -> bool:
    if isinstance(cell, bool):
        return cell
    said = _said_yes(_text(cell))
    if said is None:
        raise BadRowError("yes_no", column=column)
    return said


@lru_cache(CACHED)
def _said_yes(text: str) -> bool | None:
    text = folded(text)
    if text in _YES or text.startswith("truc tuyen"):
        return True
    return False if text in _NO or text.startswith(("truc tiep", "tai ")) else None


def _count(cell: Cell, column: str) -> int:
    text = _text(cell)
    if text in ("", "0"):
        return 0
    text = folded(text).removesuffix("lan").strip()
    if text == "khong":
        return 0
    if not (text.isascii() and text.isdecimal() and len(text) <= 3 and int(text) <= MOST_SUPPLEMENTS):
        raise BadRowError("count", column=column)
    return int(text)


@lru_cache(CACHED)
def _outcome(text: str, *, finished: bool) -> Outcome:
    text = folded(text)
    for outcome, words in _OUTCOMES:
        if any(word in text for word in words):
            if outcome is Outcome.RUNNING and finished:
                break
            return outcome
    return Outcome.DONE if finished or any(word in text for word in _DONE) else Outcome.RUNNING
