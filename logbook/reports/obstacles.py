"""Obstacles (khó khăn, vướng mắc): what they are, who removes them, how they were removed (001-18)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, or_, select, update

from logbook.accounts import audit_log
from logbook.accounts.rights import Person
from logbook.clock import local
from logbook.database.tables import obstacles
from logbook.database.upsert import InsertInto, PerDatabase
from logbook.plain_text import whole_text
from logbook.reports.figures import ReportedObstacle

LONGEST, LONGEST_OWNER = 1000, 120
"""Characters of what is in the way or how it was removed, and of who is to remove it."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One row of `obstacles`: open until `resolved_at`; instants are aware.

    It comes to the office first; from `passed_up_at` on the UBND of the commune has it (001-23).
    """

    id: int
    text: str
    owner: str
    raised_at: datetime
    resolution: str | None
    resolved_at: datetime | None
    passed_up_at: datetime | None


_COLUMNS = tuple(obstacles.c[name] for name in Obstacle.__slots__)


def _raise(insert: InsertInto) -> Any:
    return insert(obstacles).on_conflict_do_nothing(index_elements=["key"]).returning(obstacles.c.id)


_RAISE = PerDatabase(_raise)


def enter(conn: Connection, text: str, owner: str, who: Person, now: datetime) -> int | None:
    """Enter an obstacle and return its number; None for one entered in the same words that day before.

    ValueError without words or without an owner, an account's name or any other.
    """
    words, name = _words(text, LONGEST), _words(owner, LONGEST_OWNER)
    key = hashlib.sha256(f"{local(now):%Y-%m-%d}\n{name}\n{words}".encode()).hexdigest()
    values = {"key": key, "text": words, "owner": name, "raised_by": who.id, "raised_at": now}
    entered: int | None = conn.execute(_RAISE.on(conn), values).scalar()
    if entered is not None:
        audit_log.write(conn, who, "enter_obstacle", f"obstacle:{entered}", now)
    return entered


def resolve(conn: Connection, obstacle_id: int, note: str, who: Person, now: datetime) -> bool:
    """Close an obstacle with a note of how it was removed; False for one that is not there or not open.

    It stays in the database: nothing is deleted or opened again. ValueError without a note.
    """
    done = conn.execute(
        update(obstacles)
        .where(obstacles.c.id == obstacle_id, obstacles.c.resolved_at.is_(None))
        .values(resolution=_words(note, LONGEST), resolved_by=who.id, resolved_at=now)
    )
    if done.rowcount:
        audit_log.write(conn, who, "resolve_obstacle", f"obstacle:{obstacle_id}", now)
    return bool(done.rowcount)


def pass_up(conn: Connection, obstacle_id: int, who: Person, now: datetime) -> bool:
    """Pass an obstacle on from the office to the UBND; False when that was done, or it is not open."""
    here = (obstacles.c.resolved_at.is_(None), obstacles.c.passed_up_at.is_(None))
    done = conn.execute(
        update(obstacles).where(obstacles.c.id == obstacle_id, *here).values(passed_up_at=now)
    )
    if done.rowcount:
        audit_log.write(conn, who, "pass_up_obstacle", f"obstacle:{obstacle_id}", now)
    return bool(done.rowcount)


def open_ones(conn: Connection) -> list[Obstacle]:
    """Return what still stands in the way, the oldest first."""
    query = select(*_COLUMNS).where(obstacles.c.resolved_at.is_(None)).order_by(obstacles.c.id)
    return [Obstacle(*row) for row in conn.execute(query)]


def resolved(conn: Connection, limit: int, before: int | None = None) -> list[Obstacle]:
    """Return what was removed, newest first; `before` is the id of the last one already shown."""
    query = select(*_COLUMNS).where(obstacles.c.resolved_at.is_not(None))
    if before is not None:
        query = query.where(obstacles.c.id < before)
    return [Obstacle(*row) for row in conn.execute(query.order_by(obstacles.c.id.desc()).limit(limit))]


def reported(conn: Connection, begins: datetime, ends: datetime) -> tuple[ReportedObstacle, ...]:
    """Return what was open just before `ends` and what was removed since `begins`, as it stood then."""
    query = select(*_COLUMNS).where(
        obstacles.c.raised_at < ends,
        or_(obstacles.c.resolved_at.is_(None), obstacles.c.resolved_at >= begins),
    )
    return tuple(_as_of(Obstacle(*row), ends) for row in conn.execute(query.order_by(obstacles.c.id)))


def _as_of(one: Obstacle, ends: datetime) -> ReportedObstacle:
    if one.resolved_at is None or one.resolved_at >= ends:
        return ReportedObstacle(one.text, one.owner, one.raised_at)
    return ReportedObstacle(one.text, one.owner, one.raised_at, one.resolved_at, one.resolution or "")


def _words(text: str, longest: int) -> str:
    words = " ".join(whole_text(text, longest).split())
    if not words:
        raise ValueError("an obstacle needs words")
    return words
