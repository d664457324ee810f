"""Cursors and limits of lists: what a client sends back to go on where it stopped."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_SHAPE = re.compile(r"(0|[1-9][0-9]{0,17})-(0|[1-9][0-9]{0,17})", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
MOST, USUAL = 200, 50
"""Rows of one answer."""


class BadCursorError(ValueError):
    """A cursor or a limit that was never given out."""


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """A place in a list ordered by a moment and, for equal ones, by a row number."""

    at: datetime
    id: int

    def __str__(self) -> str:
        """How it is written in an address."""
        return f"{(self.at - _EPOCH) // _MICROSECOND}-{self.id}"


BEGINNING = Cursor(_EPOCH, 0)


def read(text: str | None) -> Cursor:
    """Read a cursor, the beginning for none (BadCursorError)."""
    if not text:
        return BEGINNING
    found = _SHAPE.fullmatch(text)
    if found is None:
        raise BadCursorError("since")
    try:
        return Cursor(_EPOCH + int(found[1]) * _MICROSECOND, int(found[2]))
    except OverflowError:
        raise BadCursorError("since") from None


def limit(text: str | None) -> int:
    """Read how many rows are wanted, from one to `MOST` (BadCursorError)."""
    if not text:
        return USUAL
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= MOST):
        raise BadCursorError("limit")
    return int(text)
