"""Leases: exactly one runner per name, limited in time and fenced by a growing epoch (F-28)."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, case, or_, select, update

from logbook.database.tables import leases
from logbook.database.upsert import InsertInto, PerDatabase


def _take(insert: InsertInto) -> Any:
    new = insert(leases).values(epoch=1)
    ran_out = leases.c.until <= bindparam("now", type_=leases.c.until.type)
    forsaken = leases.c.until == bindparam("forsaken", type_=leases.c.until.type)
    free = or_(ran_out, forsaken)
    mine = leases.c.owner == new.excluded.owner
    return new.on_conflict_do_update(
        index_elements=[leases.c.name],
        set_={
            "owner": new.excluded.owner,
            "until": new.excluded.until,
            "epoch": case((and_(mine, ~free), leases.c.epoch), else_=leases.c.epoch + 1),
        },
        where=or_(free, mine),
    ).returning(leases.c.epoch)


_TAKE = PerDatabase(_take)
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def take(
    conn: Connection,
    name: str,
    owner: str,
    seconds: float,
    now: datetime,
    forsaken: datetime | None = None,
) -> int | None:
    """Take (or keep) the lease for `seconds`; return its epoch, or None while another owner holds it.

    `now` by the clock that all who share the database go by (`logbook.database.shared_clock`). A lease that
    still ends at `forsaken` counts as free: who asks has seen it without a renewal for `seconds` by their own
    watch, so that a clock set back locks nobody out (F-13). The epoch grows with every change of hands:
    whoever still works under an older one has lost it.
    """
    until = now + timedelta(seconds=seconds)
    if until == forsaken:
        until += timedelta(microseconds=1)
    moments = {"until": until, "now": now, "forsaken": forsaken or _NEVER}
    epoch: int | None = conn.execute(_TAKE.on(conn), {"name": name, "owner": owner, **moments}).scalar()
    return epoch


def release(conn: Connection, name: str, owner: str, epoch: int, now: datetime) -> None:
    """Release the lease at once, so that a standby need not wait; nothing happens when it is not ours."""
    conn.execute(
        update(leases)
        .where(leases.c.name == name, leases.c.owner == owner, leases.c.epoch == epoch)
        .values(until=now)
    )


def holder(conn: Connection, name: str) -> tuple[str, datetime] | None:
    """Return who took the lease last and until when; None when nobody ever did."""
    row = conn.execute(select(leases.c.owner, leases.c.until).where(leases.c.name == name)).first()
    return None if row is None else (row.owner, row.until)
