"""Reads the annex of a plan: groups and tasks in five columns, rows broken over pages joined (002-03).

Nothing is guessed: a row that does not fit is named by its number, and then nothing at all is imported.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from logbook.plain_text import folded
from logbook.plan import pace
from logbook.plan.states import Cadence

COLUMNS = ("STT", "Nội dung công việc", "Trách nhiệm thực hiện", "Tiến độ thực hiện", "Kết quả")
"""The headings of the annex (002-03), in the order in which the table is exported."""
LONGEST_TITLE, LONGEST_PACE, LONGEST_CELL = 500, 300, 10_000
_SIGNS = (("stt", "tt", "so tt"), ("noi dung",), ("trach nhiem",), ("tien do",), ("ket qua",))
_ROMAN = re.compile(r"X{0,3}(?:IX|IV|V?I{0,3})")
_MOST_TASKS = 500


@dataclass(frozen=True, slots=True)
class AnnexProblem:
    """A row that cannot be taken: its number in the file, and the key and words of what to do about it."""

    row: int
    key: str
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_of_its_own(self) -> bool:
        """Whether the row is wrong by itself, whatever becomes of the rows around it."""
        return self.key.removeprefix("plan_row_") in ("number", "pace", "empty", "too_long")


class AnnexRefusedError(Exception):
    """The table cannot be taken as it is: every row that is wrong; nothing was stored."""

    def __init__(self, problems: Sequence[AnnexProblem]) -> None:
        """Keep the problems in the order of their rows."""
        super().__init__(f"{len(problems)} rows")
        self.problems = tuple(sorted(problems, key=lambda one: one.row))


@dataclass(frozen=True, slots=True)
class AnnexTask:
    """One task of the table; `due` is set for dated ones only."""

    group_number: int
    group_title: str
    number: int
    content: str
    responsible: str
    cadence: Cadence
    pace: str
    due: date | None
    result: str


@dataclass(slots=True)
class _Draft:
    row: int
    group: int
    number: int
    cells: list[str]


def places(cells: Sequence[str]) -> tuple[int, ...] | None:
    """Return where the five columns stand in a row of headings; None for any other row."""
    heads = [folded(cell).strip(" .:") for cell in cells]
    found = []
    for signs in _SIGNS:
        exact = signs[0] == "stt"
        fits = (at for at, head in enumerate(heads) if (head in signs if exact else head.startswith(signs)))
        found.append(next(fits, -1))
    return None if -1 in found or len(set(found)) < len(COLUMNS) else tuple(found)


def joined(before: str, after: str) -> str:
    """Put together what a page break tore apart: a new line where an item or a sentence begins."""
    if not before or not after:
        return before or after
    begins = after.startswith(("-", "+", "•", "–")) or before.endswith((".", ";", ":"))
    return f"{before}\n{after}" if begins else f"{before} {after}"


def number_of(roman: str) -> int | None:
    """Return the number of a group's heading, I to XXXIX, or None."""
    if not roman or not _ROMAN.fullmatch(roman):
        return None
    values = {"I": 1, "V": 5, "X": 10}
    signs = [values[sign] for sign in roman]
    return sum(-one if one < max(signs[at:]) else one for at, one in enumerate(signs))


def read(rows: Iterable[tuple[int, Sequence[str]]], name_of_all: str) -> list[AnnexTask]:
    """Return the tasks of the numbered rows below the headings; AnnexRefusedError names every wrong row.

    `name_of_all` is the group's title where a table has no groups.
    """
    reader = _Reader()
    for row, cells in rows:
        if any(cells):
            reader.take(row, list(cells))
    return reader.finish(name_of_all)


class _Reader:
    """Takes row after row; what stands above it decides what a row is."""

    def __init__(self) -> None:
        """Nothing was read yet."""
        self.groups: dict[int, str] = {}
        self.group_rows: dict[int, int] = {}
        self.drafts: list[_Draft] = []
        self.problems: list[AnnexProblem] = []
        self.after_group = False
        self.restarts: bool | None = None

    def wrong(self, row: int, key: str, **words: object) -> None:
        """Note what is wrong with a row; `plan_row_<key>` says what to do."""
        self.problems.append(
            AnnexProblem(row, f"plan_row_{key}", {name: str(word) for name, word in words.items()})
        )

    def take(self, row: int, cells: list[str]) -> None:
        """Take one row of five cells."""
        first = cells[0].strip(" .)")
        if not first:
            self._continue(row, cells)
        elif number_of(first) is not None:
            self._group(row, number_of(first) or 0, cells)
        elif first.isdecimal() and first.isascii() and len(first) < 4:
            self._task(row, int(first), cells)
        else:
            self.wrong(row, "number", said=first[:20])

    def _group(self, row: int, number: int, cells: list[str]) -> None:
        self._refuse_empty_group()
        expected = max(self.groups, default=0) + 1
        if number != expected:
            self.wrong(row, "group_order", number=_roman(number), expected=_roman(expected))
        if any(cells[2:]):
            self.wrong(row, "group_columns", number=_roman(number))
        if not cells[1]:
            self.wrong(row, "group_title", number=_roman(number))
        self.groups[number], self.group_rows[number] = cells[1], row
        self.after_group = True

    def _task(self, row: int, number: int, cells: list[str]) -> None:
        group = list(self.groups)[-1] if self.groups else 0
        before = [one.number for one in self.drafts if one.group == group]
        last = self.drafts[-1].number if self.drafts else 0
        if not before and self.drafts and self.restarts is None and group:
            self.restarts = number == 1
        expected = before[-1] + 1 if before else (last + 1 if self.restarts is False else 1)
        if number in before:
            self.wrong(row, "task_twice", number=number)
        elif number != expected:
            self.wrong(row, "task_order", number=number, expected=expected)
        self.drafts.append(_Draft(row, group, number, cells))
        self.after_group = False

    def _continue(self, row: int, cells: list[str]) -> None:
        """A row without a number goes on with the one above: a page broke it (002-03: III.3 and V.5)."""
        if self.after_group and not any(cells[2:]):
            group = list(self.groups)[-1]
            self.groups[group] = joined(self.groups[group], cells[1])
        elif self.after_group or not self.drafts:
            self.wrong(row, "orphan", said=next(cell for cell in cells if cell)[:40])
        else:
            above = self.drafts[-1].cells
            self.drafts[-1].cells = [joined(*pair) for pair in zip(above, cells, strict=True)]

    def _refuse_empty_group(self) -> None:
        if self.after_group:
            number = list(self.groups)[-1]
            self.wrong(self.group_rows[number], "group_empty", number=_roman(number))

    def finish(self, name_of_all: str) -> list[AnnexTask]:
        """Return all tasks, or raise with all problems."""
        self._refuse_empty_group()
        if self.groups and any(one.group == 0 for one in self.drafts):
            self.wrong(self.drafts[0].row, "group_missing")
        if not self.drafts and not self.problems:
            self.wrong(0, "none")
        if len(self.drafts) > _MOST_TASKS:
            self.wrong(self.drafts[_MOST_TASKS].row, "too_many", most=_MOST_TASKS)
        tasks = [self._checked(one, self.groups.get(one.group, name_of_all)) for one in self.drafts]
        for number, title in self.groups.items():
            if len(title) > LONGEST_TITLE:
                self.wrong(self.group_rows[number], "too_long", column=COLUMNS[1], most=LONGEST_TITLE)
        if self.problems:
            raise AnnexRefusedError(self.problems)
        return [one for one in tasks if one is not None]

    def _checked(self, draft: _Draft, title: str) -> AnnexTask | None:
        wrong_before = len(self.problems)
        for place in (1, 2, 3):
            if not draft.cells[place]:
                self.wrong(draft.row, "empty", column=COLUMNS[place])
        for place, cell in enumerate(draft.cells):
            most = LONGEST_PACE if place == 3 else LONGEST_CELL
            if len(cell) > most:
                self.wrong(draft.row, "too_long", column=COLUMNS[place], most=most)
        said = draft.cells[3]
        found = pace.read(said) if said else None
        if said and found is None:
            self.wrong(draft.row, "pace", said=said[:60])
        if found is None or len(self.problems) > wrong_before:
            return None
        cadence, due = found
        _, content, responsible, _, result = draft.cells
        group = draft.group or 1
        return AnnexTask(group, title, draft.number, content, responsible, cadence, said, due, result)


def _roman(number: int) -> str:
    return "X" * (number // 10) + ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")[number % 10]


roman = _roman
