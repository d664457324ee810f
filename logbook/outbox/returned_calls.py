"""Returned calls: a clerk's press is one delivery, and its end is written into the callback it was for.

A callback that is wanted names its delivery. Every end of that delivery leads the callback back to "owed" or
to "settled"; a delivery whose callback has moved on meanwhile rings nobody and changes nothing in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, select, update

from logbook.calls.callbacks import TRIED, Callback, change
from logbook.database.tables import callbacks
from logbook.database.tables import deliveries as table
from logbook.guests import NOT_SENT
from logbook.ids import CallbackId, PersonId
from logbook.outbox import deliveries
from logbook.outbox.deliveries import CALL, Delivery
from logbook.outbox.kinds import RETURNED_CALL
from logbook.outbox.state_machine import DeliveryState

CLERK = "clerk"
"""The recipient of a returned call; who it is, the callback says."""
_SAID: Mapping[str, str] = {
    **{word: word for word in ("talked", "brief", "lost", "expired", "too_many", NOT_SENT)},
    **dict.fromkeys(("answered", "no_answer", "busy", "failed"), "clerk_absent"),
    **dict.fromkeys(("refused", "gave_up"), "not_placed"),
    "citizen_busy": "busy",
    "citizen_absent": "no_answer",
    "citizen_failed": "failed",
    "not_allowed": "refused",
}
"""The word of a callback for each result of its delivery; for all others nobody knows what became of it."""


def press(
    conn: Connection,
    callback_id: CallbackId,
    version: int,
    *,
    telephone: str,
    person_id: PersonId,
    now: datetime,
) -> None:
    """Ask the line to ring the clerk at `telephone` and then the citizen.

    One version of a callback is one press, and one delivery. StaleVersionError when it has changed.
    """
    made = deliveries.put(
        conn,
        key=f"callback:{callback_id}:{version}",
        kind=RETURNED_CALL,
        recipient=CLERK,
        channel=CALL,
        number=telephone,
        now=now,
    )
    wanted = {"state": "wanted", "delivery_id": made, "owner_id": person_id, "last_result": None}
    change(conn, callback_id, version, **wanted)


def waiting(conn: Connection, row: Delivery) -> Callback | None:
    """Return the callback that waits for this very delivery; None when it waits no more."""
    found = conn.execute(select(callbacks).where(_waits_for(row))).first()
    return None if found is None else Callback(*found)


def lock(conn: Connection, row: Delivery) -> None:
    """Lock the callback of a returned call, always before its delivery: no deadlock."""
    if row.kind == RETURNED_CALL:
        conn.execute(select(callbacks.c.id).where(_waits_for(row)).with_for_update())


def citizen_of(conn: Connection, row: Delivery) -> str | None:
    """Return the number that a delivery was to reach, whatever became of it."""
    number = select(callbacks.c.number).where(callbacks.c.delivery_id == row.id)
    found: str | None = conn.execute(number).scalar()
    return found


def ended(conn: Connection, row: Delivery, result: str, now: datetime) -> None:
    """Write the end of a delivery into its callback; nothing for other kinds, and where it has moved on.

    It is settled when they talked, else open again. A try counts only when the citizen's telephone was rung.
    """
    if row.kind != RETURNED_CALL:
        return
    said = _SAID.get(result, "lost")
    values: dict[str, Any] = {"last_result": said, "version": callbacks.c.version + 1}
    values |= {"state": "settled", "settled_at": now} if said == "talked" else {"state": "owed"}
    if said in TRIED:
        values |= {"tries": callbacks.c.tries + 1, "tried_at": now}
    conn.execute(update(callbacks).where(_waits_for(row)).values(**values))


def under_way(conn: Connection, rows: Iterable[Callback]) -> frozenset[int]:
    """Return which of these callbacks have their clerk rung, or are talking, by their ids."""
    query = select(callbacks.c.id).join(table, table.c.id == callbacks.c.delivery_id)
    begun = (callbacks.c.state == "wanted", table.c.state != DeliveryState.DUE)
    return frozenset(
        conn.execute(query.where(callbacks.c.id.in_([row.id for row in rows]), *begun)).scalars()
    )


def _waits_for(row: Delivery) -> ColumnElement[bool]:
    return and_(callbacks.c.delivery_id == row.id, callbacks.c.state == "wanted")
