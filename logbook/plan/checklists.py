"""Checklists of the settings: every look at a cell is a row that stays; the newest one says how it stands.

One mechanism for what is published where (002-05), the desk's supplies (002-09), equipment (001-14) and the
state of each procedure (002-10): which lists there are, their items and places, is data of the settings.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, func, select

from logbook.clock import local
from logbook.database.tables import checklist_looks as looks
from logbook.database.tables import people
from logbook.settings.lists import ChecklistPart, ListedPart
from logbook.settings.loading import Settings

ALWAYS = ""
"""The period of a list that is not ticked anew each month."""


class CellState(StrEnum):
    """What somebody saw; what is not needed counts in no share."""

    PRESENT = "present"
    MISSING = "missing"
    NOT_NEEDED = "not_needed"


@dataclass(frozen=True, slots=True)
class Look:
    """One look at one cell: the how-many-eth, what was seen, by whom and when (aware)."""

    id: int
    item: str
    place: str
    number: int
    state: CellState
    note: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ChecklistCell:
    """One item in one place, how it stands, and whether the look is older than the list allows."""

    item: ListedPart
    place: ListedPart
    look: Look | None
    stale: bool

    @property
    def name(self) -> str:
        """Its name in a form; keys have no full stop."""
        return f"{self.item.key}.{self.place.key}"

    @property
    def is_missing(self) -> bool:
        """Whether somebody saw that it is not there."""
        return self.look is not None and self.look.state is CellState.MISSING

    @property
    def counts(self) -> bool:
        """Whether it is needed at all."""
        return self.look is None or self.look.state is not CellState.NOT_NEEDED

    @property
    def is_there(self) -> bool:
        """Whether it was seen to be there."""
        return self.look is not None and self.look.state is CellState.PRESENT


@dataclass(frozen=True, slots=True)
class PlaceCount:
    """One place of a list: how many items are there, of how many needed, and which are not."""

    place: ListedPart
    there: int
    needed: int
    missing: tuple[ListedPart, ...]

    @property
    def tenths(self) -> int | None:
        """The share in tenths of a percent, cut; None where nothing is needed."""
        return self.there * 1000 // self.needed if self.needed else None


@dataclass(frozen=True, slots=True)
class Checklist:
    """A list in one period, its cells item by item."""

    part: ChecklistPart
    period: str
    cells: tuple[ChecklistCell, ...]

    def row(self, item: ListedPart) -> tuple[ChecklistCell, ...]:
        """The cells of one item, in the order of the places."""
        return tuple(one for one in self.cells if one.item == item)

    @property
    def items(self) -> tuple[ListedPart, ...]:
        """Its items in order."""
        return tuple(dict.fromkeys(one.item for one in self.cells))

    @property
    def missing(self) -> tuple[ChecklistCell, ...]:
        """Cells that were seen to be wanting."""
        return tuple(one for one in self.cells if one.is_missing)

    @property
    def stale(self) -> tuple[ChecklistCell, ...]:
        """Cells that nobody looked at for too long."""
        return tuple(one for one in self.cells if one.stale)

    @property
    def unchecked(self) -> tuple[ChecklistCell, ...]:
        """Cells nobody ever looked at (in this period)."""
        return tuple(one for one in self.cells if one.look is None)

    @property
    def checked_at(self) -> datetime | None:
        """When somebody looked last."""
        return max((one.look.at for one in self.cells if one.look), default=None)

    def by_place(self) -> tuple[PlaceCount, ...]:
        """Count each place of the list (002-10)."""
        return tuple(self._count(place) for place in self.part.places)

    def _count(self, place: ListedPart) -> PlaceCount:
        cells = [one for one in self.cells if one.place == place and one.counts]
        missing = tuple(one.item for one in cells if not one.is_there)
        return PlaceCount(place, len(cells) - len(missing), len(cells), missing)


def find(settings: Settings, key: str) -> ChecklistPart | None:
    """Return the list of that key, or None."""
    return next((one for one in settings.checklists if one.key == key), None)


def items_of(part: ChecklistPart, settings: Settings) -> tuple[ListedPart, ...]:
    """Return the items of a list: its own, after the procedures of the line where it has them."""
    line = settings.procedures if part.procedures else ()
    found = {one.id: ListedPart(key=one.id, name=one.name[:1].upper() + one.name[1:]) for one in line}
    return (*found.values(), *(one for one in part.items if one.key not in found))


def period_of(part: ChecklistPart, at: datetime) -> str:
    """Return the period in which a list is looked at now: a month like 2026-11, or always."""
    return f"{local(at):%Y-%m}" if part.is_monthly else ALWAYS


def standing(
    conn: Connection, part: ChecklistPart, settings: Settings, at: datetime, period: str | None = None
) -> Checklist:
    """Return how a list stood at the aware instant `at`, in the period it belongs to or in another month."""
    period = period_of(part, at) if period is None else period
    inside = (looks.c.checklist == part.key, looks.c.period == period, looks.c.looked_at <= at)
    newest = (
        select(looks.c.item, looks.c.place, func.max(looks.c.number).label("number"))
        .where(*inside)
        .group_by(looks.c.item, looks.c.place)
        .subquery()
    )
    same = (
        (looks.c.item == newest.c.item)
        & (looks.c.place == newest.c.place)
        & (looks.c.number == newest.c.number)
    )
    query = _query().join(newest, same).where(*inside)
    found = {(one.item, one.place): one for one in map(_look, conn.execute(query))}
    cells = (
        _cell(part, item, place, found.get((item.key, place.key)), at)
        for item in items_of(part, settings)
        for place in part.places
    )
    return Checklist(part, period, tuple(cells))


def _cell(
    part: ChecklistPart, item: ListedPart, place: ListedPart, look: Look | None, at: datetime
) -> ChecklistCell:
    stale = (
        look is not None and part.stale_days is not None and at - look.at > timedelta(days=part.stale_days)
    )
    return ChecklistCell(item, place, look, stale)


def all_standing(conn: Connection, settings: Settings, at: datetime) -> list[Checklist]:
    """Return every list of the settings as it stood at `at`."""
    return [standing(conn, part, settings, at) for part in settings.checklists]


def to_do(conn: Connection, settings: Settings, at: datetime) -> list[Checklist]:
    """Return the lists in which something is missing, out of date, or was never looked at."""
    found = all_standing(conn, settings, at)
    return [one for one in found if one.missing or one.stale or one.unchecked]


def history(
    conn: Connection, part: ChecklistPart, cell: tuple[str, str] | None, limit: int, before: int | None = None
) -> list[Look]:
    """Return looks at a list or at one cell (item, place) of it, the newest first; those of old items too."""
    query = _query().where(looks.c.checklist == part.key).order_by(looks.c.id.desc()).limit(limit)
    if cell is not None:
        query = query.where(looks.c.item == cell[0], looks.c.place == cell[1])
    if before is not None:
        query = query.where(looks.c.id < before)
    return [_look(row) for row in conn.execute(query)]


def looks_of(conn: Connection, ids: Iterable[int]) -> list[tuple[str, Look]]:
    """Return these looks with the keys of their lists, as cases behind a figure."""
    query = _query(looks.c.checklist).where(looks.c.id.in_(list(ids))).order_by(looks.c.id)
    return [(row.checklist, _look(row)) for row in conn.execute(query)]


def _query(*more: Any) -> Any:
    names = ("id", "item", "place", "number", "state", "note", "looked_at")
    columns = [looks.c[name] for name in names]
    return select(*columns, people.c.name.label("by"), *more).join(people, people.c.id == looks.c.looked_by)


def _look(row: Row[Any]) -> Look:
    state = CellState(row.state)
    return Look(row.id, row.item, row.place, row.number, state, row.note, row.by, row.looked_at)
