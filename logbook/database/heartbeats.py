"""Heartbeats: when each job of the scheduler last ran to its end (F-24)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from logbook.database.tables import heartbeats
from logbook.database.upsert import InsertInto, PerDatabase
from logbook.plain_text import plain_text

SILENT_AFTER = timedelta(seconds=80)
"""Whoever has not been heard of for so long is taken for stopped: an open page asks every ten seconds, and
must be red within ninety (F-24)."""
UNSENT_FOR = timedelta(minutes=10)
"""A delivery that has been due, or tried in vain, for so long shows that nothing is sent."""
VITAL = ("deliveries", "escalations", "terms")
"""The jobs that notify people; the others may be late without anybody missing a notification."""


@dataclass(frozen=True, slots=True)
class Beat:
    """The last time a piece of work was done, and what it has to say of it."""

    name: str
    at: datetime
    note: str


def _write(insert: InsertInto) -> Any:
    new = insert(heartbeats)
    return new.on_conflict_do_update(
        index_elements=[heartbeats.c.name], set_={"at": new.excluded.at, "note": new.excluded.note}
    )


_WRITE = PerDatabase(_write)


def beat(conn: Connection, name: str, now: datetime, note: str = "") -> None:
    """Record that the work `name` was done; `now` by the shared clock, never a moved one."""
    values = {"name": plain_text(name, 64), "at": now, "note": plain_text(note, 500)}
    conn.execute(_WRITE.on(conn), values)


def all_of(conn: Connection) -> dict[str, Beat]:
    """Return every heartbeat by name."""
    return {row.name: Beat(*row) for row in conn.execute(select(heartbeats).order_by(heartbeats.c.name))}


def stale(conn: Connection, now: datetime) -> list[str]:
    """Return the vital work that was not done for 80 seconds, or never; `now` by the shared clock.

    A sign from a time to come was given before the clock was set back, and says nothing of now (F-13).
    """
    known = all_of(conn)
    return [name for name in VITAL if name not in known or abs(now - known[name].at) > SILENT_AFTER]
