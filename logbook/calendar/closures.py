"""Closures by hand, and days decided otherwise than the calendar has them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, or_, select, update

from logbook.calendar.working_days import DayOverride
from logbook.calendar.working_time import Closure
from logbook.database.tables import closures, day_overrides
from logbook.database.upsert import InsertInto, PerDatabase
from logbook.plain_text import plain_text, whole_text

_NOW = bindparam("now", type_=closures.c.starts_at.type)
_CURRENT_AND_COMING = (
    select(closures)
    .where(closures.c.ended_early_at.is_(None), or_(closures.c.ends_at.is_(None), closures.c.ends_at > _NOW))
    .order_by(closures.c.starts_at, closures.c.id)
)


@dataclass(frozen=True, slots=True)
class ClosureKept:
    """One row of `closures`, with who closed the line and when."""

    id: int
    starts_at: datetime
    ends_at: datetime | None
    reason: str
    made_by: str
    made_at: datetime
    ended_early_at: datetime | None


def current_and_coming(conn: Connection, now: datetime) -> list[Closure]:
    """Return the closures that hold now or will, as the calendar takes them."""
    rows = conn.execute(_CURRENT_AND_COMING, {"now": now})
    return [Closure(row.starts_at, row.ends_at, row.reason) for row in rows]


def listed(conn: Connection, limit: int = 100) -> list[ClosureKept]:
    """Return all closures, the latest first."""
    query = select(closures).order_by(closures.c.starts_at.desc(), closures.c.id.desc()).limit(limit)
    return [ClosureKept(*row) for row in conn.execute(query)]


def close_line(
    conn: Connection, starts_at: datetime, ends_at: datetime | None, reason: str, who: str, now: datetime
) -> int:
    """Close the line from `starts_at` to `ends_at` (None: until reopened) and return the closure's id.

    ValueError when it ends before it starts or no reason is given: the caller hears the reason.
    """
    if ends_at is not None and ends_at <= starts_at:
        raise ValueError("a closure ends after it starts")
    if not reason.strip():
        raise ValueError("a closure needs a reason")
    values = {
        "starts_at": starts_at,
        "ends_at": ends_at,
        "reason": whole_text(reason, 500),
        "made_by": plain_text(who, 128),
        "made_at": now,
    }
    closure_id: int = conn.execute(closures.insert().returning(closures.c.id), values).scalar_one()
    return closure_id


def reopen_line(conn: Connection, now: datetime) -> int:
    """End every closure that holds now and return how many; coming ones stay."""
    done = conn.execute(
        update(closures)
        .where(
            closures.c.ended_early_at.is_(None),
            closures.c.starts_at <= now,
            or_(closures.c.ends_at.is_(None), closures.c.ends_at > now),
        )
        .values(ended_early_at=now)
    )
    return done.rowcount


def cancel_coming(conn: Connection, closure_id: int, now: datetime) -> bool:
    """Cancel a closure that has not begun; False when it has, or was cancelled before."""
    done = conn.execute(
        update(closures)
        .where(
            closures.c.id == closure_id,
            closures.c.ended_early_at.is_(None),
            closures.c.starts_at > now,
        )
        .values(ended_early_at=now)
    )
    return done.rowcount == 1


def _override(insert: InsertInto) -> Any:
    new = insert(day_overrides)
    kept = {name: new.excluded[name] for name in ("worked", "reason", "document")}
    return new.on_conflict_do_update(index_elements=[day_overrides.c.date], set_=kept)


_OVERRIDE = PerDatabase(_override)


def override_day(conn: Connection, day: date, *, worked: bool, reason: str, document: str) -> None:
    """Decide whether `day` is worked, by which document; the last decision stands (rules B6)."""
    conn.execute(
        _OVERRIDE.on(conn),
        {
            "date": day,
            "worked": worked,
            "reason": whole_text(reason, 500),
            "document": whole_text(document, 200),
        },
    )


def remove_override(conn: Connection, day: date) -> bool:
    """Take back what was decided by hand about `day`; False when nothing was."""
    return conn.execute(delete(day_overrides).where(day_overrides.c.date == day)).rowcount == 1


def override_of(conn: Connection, day: date) -> DayOverride | None:
    """Return what was decided by hand about `day`, or None."""
    row = conn.execute(select(day_overrides).where(day_overrides.c.date == day)).first()
    return None if row is None else DayOverride(row.date, row.worked, row.reason, row.document)


def overrides(conn: Connection) -> list[DayOverride]:
    """Return the days decided by hand, in order."""
    query = select(day_overrides).order_by(day_overrides.c.date)
    return [DayOverride(row.date, row.worked, row.reason, row.document) for row in conn.execute(query)]
