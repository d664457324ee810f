"""A callback that a clerk has just asked the line to return, and how it stands."""

from __future__ import annotations

from datetime import datetime
from itertools import count

from sqlalchemy import Connection, select

from logbook.accounts import accounts
from logbook.calls import callbacks, calls
from logbook.calls.callbacks import Callback
from logbook.database.engine import Database
from logbook.database.tables import people
from logbook.ids import DeliveryId
from logbook.outbox import deliveries, returned_calls
from logbook.outbox.deliveries import Delivery

CITIZEN, CLERK = "+84912345678", "+84905111111"
HOTLINE = "+842583842102"
_NAMES = count(1)


def owed(conn: Connection, now: datetime, number: str | None = CITIZEN) -> Callback:
    """Somebody called from `number` and waits to be called back."""
    call = calls.begin(
        conn,
        sid=f"CAowed{next(_NAMES)}",
        direction="inbound",
        caller_raw=number or "",
        caller_number=number,
        called=HOTLINE,
        language="vi",
        place="{}",
        time_shift=0,
        now=now,
    )
    return callbacks.owe(conn, call, "asked", number, now)


def press(conn: Connection, row: Callback, now: datetime, telephone: str = CLERK) -> Delivery:
    """A clerk presses the button beside `row` as it stands; returns the delivery."""
    person = conn.execute(select(people.c.id).where(people.c.login == "lan")).scalar()
    if person is None:
        person = accounts.add(
            conn, login="lan", name="Lan", role="clerk", password="correct horse battery", now=now
        )
    fresh = found(conn, row)
    returned_calls.press(conn, row.id, fresh.version, telephone=telephone, person_id=person, now=now)
    delivery = deliveries.of_id(conn, DeliveryId(found(conn, row).delivery_id or 0))
    assert delivery is not None
    return delivery


def wanted(database: Database, now: datetime, number: str | None = CITIZEN) -> tuple[Callback, Delivery]:
    """Somebody waits, and a clerk has pressed the button."""
    with database.writing() as conn:
        row = owed(conn, now, number)
        delivery = press(conn, row, now)
        return found(conn, row), delivery


def found(conn: Connection, row: Callback) -> Callback:
    """The callback as it stands."""
    kept = callbacks.find(conn, row.id)
    assert kept is not None
    return kept


def kept(database: Database, row: Callback) -> Callback:
    """The callback as it stands."""
    with database.reading() as conn:
        return found(conn, row)
