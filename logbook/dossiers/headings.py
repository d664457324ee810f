"""Finds the row of headings in a file and lets only known columns through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from itertools import islice

from logbook.dossiers.draft import BadRowError
from logbook.dossiers.source import HEAD_ROWS, Cell, Row, Table
from logbook.dossiers.unreadable import UnreadableFileError
from logbook.plain_text import folded
from logbook.settings.dossiers import HeadingsPart

REQUIRED = ("reference", "procedure", "field", "received", "due", "finished")


@dataclass(frozen=True, slots=True)
class Head:
    """Where the headings stand: below row `last`, and which cell of a row belongs to which column."""

    last: int
    width: int
    places: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Known:
    """A table whose headings were found; what it yields holds no cell of any other column."""

    table: Table
    head: Head

    def rows(self) -> Iterator[tuple[int, Mapping[str, Cell] | BadRowError]]:
        """Yield each filled row by its number in the file; BadRowError for cells outside all columns."""
        places, width, last = list(self.head.places.items()), self.head.width, self.head.last
        shortest = 1 + max(at for _, at in places)
        for number, row in self.table.rows:
            if number <= last or not any(map(_filled, row)):
                continue
            length = len(row)
            if length > width and any(map(_filled, row[width:])):
                yield number, BadRowError("columns")
            elif length >= shortest:
                yield number, {name: row[at] for name, at in places}
            else:
                yield number, {name: row[at] if at < length else None for name, at in places}

    def count(self) -> int:
        """Return about how many rows there are; UnreadableFileError when the file breaks off on the way."""
        rows = self.table.rows
        return len(rows) if isinstance(rows, Sized) else sum(1 for _ in rows)


def find(tables: Iterator[Table], part: HeadingsPart) -> Known:
    """Return the first table that has all required headings; UnreadableFileError names the missing ones.

    Titles may stand above the headings, and headings may be merged over two rows.
    """
    shown = {name: getattr(part, name)[0] for name in REQUIRED}
    return find_columns(tables, part.names(), REQUIRED, shown)


def find_columns(
    tables: Iterator[Table],
    names: Mapping[str, str],
    required: Sequence[str],
    shown: Mapping[str, str],
) -> Known:
    """Return the first table that has all `required` columns; UnreadableFileError names the missing ones.

    `names` gives the column of each folded heading, `shown` the heading of a column as people write it.
    """
    best: set[str] = set()
    empty = False
    for table in tables:
        beginning = list(islice(iter(table.rows), HEAD_ROWS + 1))
        empty = empty or not any(_filled(cell) for _, row in beginning for cell in row)
        head, found = _head(beginning, names, frozenset(required))
        if head is not None:
            return Known(table, head)
        best = max(best, found, key=len)
    if empty:
        raise UnreadableFileError("empty")
    missing = [shown[name] for name in required if name not in best]
    raise UnreadableFileError("headings", missing=", ".join(missing))


def _head(
    rows: Sequence[tuple[int, Row]], names: Mapping[str, str], required: frozenset[str]
) -> tuple[Head | None, set[str]]:
    best: set[str] = set()
    for index, (number, row) in enumerate(rows[:HEAD_ROWS]):
        below = rows[index + 1][1] if index + 1 < len(rows) else []
        for last, cells in ((number, row), (number + 1, _merged(row, below))):
            places = _places(cells, names)
            if required <= places.keys():
                width = max((at + 1 for at, cell in enumerate(cells) if _filled(cell)), default=0)
                return Head(last, width, places), best
            best = max(best, set(places), key=len)
    return None, best


def _merged(above: Row, below: Row) -> Row:
    """A heading of two rows: the lower cell where it says something, else the upper one."""
    width = max(len(above), len(below))
    pairs = zip(_padded(above, width), _padded(below, width), strict=True)
    return [lower if _filled(lower) else upper for upper, lower in pairs]


def _padded(row: Row, width: int) -> Row:
    return [*row, *([None] * (width - len(row)))]


def _places(row: Row, names: Mapping[str, str]) -> dict[str, int]:
    places: dict[str, int] = {}
    twice = ""
    for at, cell in enumerate(row):
        text = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else cell
        column = (
            names.get(folded(text).rstrip(" :*()")) if isinstance(text, str) and len(text) < 200 else None
        )
        if column is not None:
            if column in places:
                twice = twice or " ".join(str(cell).split())
            places.setdefault(column, at)
    if twice and not all(column.isdecimal() for column in places):  # marks 1 to 5 are no headings
        raise UnreadableFileError("heading_twice", name=twice)
    return {} if twice else places


def _filled(cell: Cell) -> bool:
    return cell is not None and (not isinstance(cell, str) or bool(cell.strip()))
