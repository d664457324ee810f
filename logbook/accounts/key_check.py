"""Checks that a database is opened with the SECRET_KEY it was begun with (S12)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select

from logbook.accounts import audit_log, keys, second_factor
from logbook.database.schema import SchemaError
from logbook.database.tables import secret_key, sessions, tickets
from logbook.database.upsert import InsertInto, PerDatabase

_ONE = 1


@dataclass(frozen=True, slots=True)
class Lost:
    """What never fits again under another key: tickets proved by a PIN alone, and second factors."""

    pins: int
    factors: int

    def __bool__(self) -> bool:
        """Whether anything is lost that somebody would miss."""
        return bool(self.pins or self.factors)


class KeyChangedError(SchemaError):
    """The database was begun with another SECRET_KEY; the text says what is lost and how to go on."""


def fits(conn: Connection, secret: str) -> bool | None:
    """Whether the database was begun with this key; None where it does not know its key yet."""
    kept = conn.execute(select(secret_key.c.check_value)).scalar()
    return None if kept is None else hmac.compare_digest(kept, keys.check_value(secret))


def lost(conn: Connection) -> Lost:
    """What the database holds that only its own key opens."""
    pins = select(func.count()).select_from(tickets).where(tickets.c.pin_digest.is_not(None))
    return Lost(int(conn.execute(pins).scalar_one()), second_factor.count_locked(conn))


def demand(conn: Connection, secret: str, now: datetime) -> None:
    """Keep the key's check value in a database that has none; KeyChangedError where it is another's.

    A database in which nothing depends on its key takes the new one at once.
    """
    demand_known(conn, secret)
    if not fits(conn, secret):
        _keep(conn, secret, now)
    second_factor.lock_all(conn, secret)


def demand_known(conn: Connection, secret: str) -> None:
    """Raise KeyChangedError where the database holds what only another key opens; nothing is written."""
    if fits(conn, secret) is False and (gone := lost(conn)):
        raise KeyChangedError(refusal(gone))


def take(conn: Connection, secret: str, now: datetime) -> Lost:
    """Go on with another key on purpose; returns what is lost, which the audit log keeps as well.

    Second factors that cannot be opened any more are taken away and every session ends.
    """
    gone = lost(conn)
    if fits(conn, secret):
        return Lost(0, 0)
    second_factor.drop_locked(conn)
    conn.execute(delete(sessions))
    _keep(conn, secret, now)
    audit_log.write(conn, "cli", "change_key", "installation", now, pins=gone.pins, factors=gone.factors)
    return gone


def refusal(gone: Lost) -> str:
    """Why another key is refused, in both languages, and how to go on."""
    return (
        "SECRET_KEY khác với khóa của sổ này. Với khóa mới thì không bao giờ dùng lại được:"
        f" mã PIN của {gone.pins} phiếu (người gọi giấu số), xác thực hai lớp của {gone.factors} người;"
        " mọi người phải đăng nhập lại, máy đã quen thành máy lạ."
        " Hãy đặt lại đúng SECRET_KEY cũ; nếu đã mất hẳn khóa cũ, chạy: tongdai db new-key\n"
        "SECRET_KEY is not the one of this book. Under the new one these never fit again:"
        f" the PINs of {gone.pins} tickets, the second factors of {gone.factors} people."
        " Set the old SECRET_KEY, or run: tongdai db new-key"
    )


def _keep(conn: Connection, secret: str, now: datetime) -> None:
    conn.execute(_KEEP.on(conn), {"id": _ONE, "check_value": keys.check_value(secret), "since": now})


def _put(insert: InsertInto) -> Any:
    new = insert(secret_key)
    kept = {"check_value": new.excluded.check_value, "since": new.excluded.since}
    return new.on_conflict_do_update(index_elements=[secret_key.c.id], set_=kept)


_KEEP = PerDatabase(_put)
