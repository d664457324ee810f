"""Enters looks at a checklist: all of a form or none, and never over a look the person has not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from logbook.accounts import audit_log
from logbook.accounts.rights import Person
from logbook.database.tables import checklist_looks as looks
from logbook.database.upsert import InsertInto, PerDatabase
from logbook.plain_text import whole_text
from logbook.plan.checklists import CellState, Checklist

LONGEST_NOTE = 500


class LookRefusedError(Exception):
    """Looks that cannot be kept; `args[0]` is a text key of the console."""


class LookedMeanwhileError(Exception):
    """Somebody looked at these cells since the page was opened; `args[0]` are their names, item.place."""


@dataclass(frozen=True, slots=True)
class NewLook:
    """A look as it was typed; `seen` is the number of the newest look that the person had before them."""

    item: str
    place: str
    seen: int
    state: str
    note: str


def _enter(insert: InsertInto) -> Any:
    key = ["checklist", "period", "item", "place", "number"]
    return insert(looks).on_conflict_do_nothing(index_elements=key).returning(looks.c.id)


_ENTER = PerDatabase(_enter)


def look(
    conn: Connection, shown: Checklist, typed: Sequence[NewLook], person: Person, now: datetime
) -> list[int]:
    """Keep these looks at a list, all or none, and return their row numbers.

    `shown` is the list as it stands. LookedMeanwhileError names the cells that somebody else looked at since
    the person's page was opened: nobody's words are covered unseen. LookRefusedError; TooLongError.
    """
    cells = {one.name: one for one in shown.cells}
    stale, made = [], []
    for one in typed:
        name = f"{one.item}.{one.place}"
        cell = cells.get(name)
        if cell is None or one.state not in set(CellState):
            raise LookRefusedError("checklist_refused_cell")
        newest = cell.look.number if cell.look else 0
        values = {
            "checklist": shown.part.key,
            "period": shown.period,
            "item": one.item,
            "place": one.place,
            "number": one.seen + 1,
            "state": one.state,
            "note": whole_text(one.note, LONGEST_NOTE),
            "looked_by": person.id,
            "looked_at": now,
        }
        entered = conn.execute(_ENTER.on(conn), values).scalar() if one.seen == newest else None
        if entered is None:
            stale.append(name)
        else:
            made.append(int(entered))
    if stale:
        raise LookedMeanwhileError(tuple(stale))
    if not made:
        raise LookRefusedError("checklist_refused_nothing")
    subject = f"checklist:{shown.part.key}"
    audit_log.write(conn, person, "look_at_checklist", subject, now, period=shown.period, cells=len(made))
    return made
