"""How well a caller's sound arrived on the office's own line: the line counts, the call keeps it (F-24)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, func, select

from logbook.database.tables import call_quality as table
from logbook.database.tables import calls
from logbook.database.upsert import InsertInto, PerDatabase
from logbook.ids import CallId

LATELY = 20
"""So many calls say how the line sounds at present."""
FAIR_PERCENT, POOR_PERCENT = 1.0, 3.0
"""Of the packets lost or late: from the first a word is missing now and then, from the second many are."""
FAIR_JITTER_MS, POOR_JITTER_MS = 30, 60


class Sounding(StrEnum):
    """How a call sounded."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


@dataclass(frozen=True, slots=True)
class CallQuality:
    """Packets of a caller's sound that came, never came, and came too late; the jitter as in RFC 3550.

    `late` is None where the line does not count it.
    """

    packets: int
    lost: int
    late: int | None
    jitter_ms: int

    @property
    def missing_percent(self) -> float:
        """How much of the sound was lost or late."""
        sent = self.packets + self.lost
        return 100 * (self.lost + (self.late or 0)) / sent if sent else 0.0

    @property
    def sounding(self) -> Sounding:
        """What a caller would say of it."""
        if self.missing_percent >= POOR_PERCENT or self.jitter_ms >= POOR_JITTER_MS:
            return Sounding.POOR
        if self.missing_percent >= FAIR_PERCENT or self.jitter_ms >= FAIR_JITTER_MS:
            return Sounding.FAIR
        return Sounding.GOOD


def note(conn: Connection, sid: str, quality: CallQuality) -> bool:
    """Keep the figures of the call the line calls `sid`; False for a call the book does not have."""
    call_id = conn.execute(select(calls.c.id).where(calls.c.sid == sid)).scalar()
    if call_id is None:
        return False
    names = ("packets", "lost", "late", "jitter_ms")
    values = dict(zip(names, astuple(quality), strict=True))
    conn.execute(_NOTE.on(conn), {"call_id": call_id, **values})
    return True


def _note(insert: InsertInto) -> Any:
    new = insert(table)
    told = {name: new.excluded[name] for name in ("packets", "lost", "late", "jitter_ms")}
    return new.on_conflict_do_update(index_elements=["call_id"], set_=told)


_NOTE = PerDatabase(_note)
_COLUMNS = (table.c.packets, table.c.lost, table.c.late, table.c.jitter_ms)


def of_call(conn: Connection, call_id: CallId) -> CallQuality | None:
    """Return the figures of a call, or None."""
    row = conn.execute(select(*_COLUMNS).where(table.c.call_id == call_id)).first()
    return None if row is None else CallQuality(*row)


def of_calls(conn: Connection, call_ids: Iterable[int]) -> dict[int, CallQuality]:
    """Return the figures of those calls that have some, by the call's id."""
    query = select(table.c.call_id, *_COLUMNS).where(table.c.call_id.in_([*call_ids]))
    return {row[0]: CallQuality(*row[1:]) for row in conn.execute(query)}


def lately(conn: Connection) -> list[CallQuality]:
    """Return the figures of the newest calls."""
    newest = select(func.max(table.c.call_id)).scalar_subquery()
    query = select(*_COLUMNS).where(table.c.call_id > newest - 10 * LATELY)
    rows = conn.execute(query.order_by(table.c.call_id.desc()).limit(LATELY))
    return [CallQuality(*row) for row in rows]
