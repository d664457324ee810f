"""Matters that climb a ladder until a person acknowledges them: by a pressed key or a signed-in click.

A row is opened in the transaction of its cause; the clock's sweep sends one step after the other and never
settles it. Delivered or answered is not acknowledged (F-25).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, select, update

from logbook import deliveries
from logbook.per_database import InsertInto, PerDatabase
from logbook.plain_text import plain_text
from logbook.tables import escalations

How = Literal["key", "click", "handed_on", "moot"]


@dataclass(frozen=True, slots=True)
class Escalation:
    """One row of `escalations`, its columns in the order of the table.

    `rung` and `tries` are the next step to take, `rounds` counts how often the ladder began again;
    `next_at` is None once settled. `settled_who` is a name for people: a login or an official's id.
    """

    id: int
    key: str
    kind: str
    ladder: str
    ticket_id: int | None
    words: str
    urgent: bool
    opened_at: datetime
    rung: int
    tries: int
    rounds: int
    next_at: datetime | None
    first_told_at: datetime | None
    settled_at: datetime | None
    settled_how: str | None
    settled_by: int | None
    settled_who: str | None
    version: int

    def word(self, name: str) -> str:
        """Return one of the words kept for the sentence, "" when there is none."""
        return str(json.loads(self.words).get(name, ""))


def _open(insert: InsertInto) -> Any:
    return insert(escalations).on_conflict_do_nothing(index_elements=["key"]).returning(escalations.c.id)


_OPEN = PerDatabase(_open)


def open_once(
    conn: Connection,
    *,
    key: str,
    kind: str,
    ladder: str,
    now: datetime,
    ticket_id: int | None = None,
    urgent: bool = False,
    words: Mapping[str, str] | None = None,
) -> int | None:
    """Open an escalation and return its id; None when one of this `key` was opened before (F-05).

    `key` names the matter for ever, e.g. "ticket:12:answer:2026-12-09:late".
    """
    return conn.execute(
        _OPEN.on(conn),
        {
            "key": plain_text(key, 128),
            "kind": kind,
            "ladder": ladder,
            "ticket_id": ticket_id,
            "words": json.dumps(dict(words or {}), ensure_ascii=False, sort_keys=True),
            "urgent": urgent,
            "opened_at": now,
            "rung": 0,
            "tries": 0,
            "rounds": 0,
            "next_at": now,
            "version": 1,
        },
    ).scalar()


def of_id(conn: Connection, escalation_id: int) -> Escalation | None:
    """Return the escalation with this row number, or None."""
    row = conn.execute(select(escalations).where(escalations.c.id == escalation_id)).first()
    return None if row is None else Escalation(*row)


def unsettled(conn: Connection, ticket_id: int | None = None) -> list[Escalation]:
    """Return what nobody has acknowledged yet, the oldest first; of one ticket when it is given."""
    query = select(escalations).where(escalations.c.next_at.is_not(None))
    if ticket_id is not None:
        query = query.where(escalations.c.ticket_id == ticket_id)
    return [
        Escalation(*row) for row in conn.execute(query.order_by(escalations.c.opened_at, escalations.c.id))
    ]


def acknowledge(
    conn: Connection, escalation_id: int, *, how: How, who: str, now: datetime, person_id: int | None = None
) -> bool:
    """Settle an escalation and call off what is due for it; False when it was settled before (000-13)."""
    done = conn.execute(
        update(escalations)
        .where(escalations.c.id == escalation_id, escalations.c.settled_at.is_(None))
        .values(
            next_at=None,
            settled_at=now,
            settled_how=how,
            settled_by=person_id,
            settled_who=plain_text(who, 128),
            version=escalations.c.version + 1,
        )
    )
    if done.rowcount == 1:
        deliveries.cancel(conn, now, escalation_id=escalation_id)
    return done.rowcount == 1


def move(
    conn: Connection,
    row: Escalation,
    *,
    now: datetime,
    rung: int,
    ladder: str | None = None,
    urgent: bool | None = None,
) -> bool:
    """Send an unsettled escalation to another step, at once; False when somebody changed it meanwhile.

    What was due for the step it leaves is called off.
    """
    done = conn.execute(
        update(escalations)
        .where(
            escalations.c.id == row.id,
            escalations.c.version == row.version,
            escalations.c.settled_at.is_(None),
        )
        .values(
            rung=rung,
            tries=0,
            ladder=ladder or row.ladder,
            urgent=row.urgent if urgent is None else urgent,
            next_at=now,
            version=row.version + 1,
        )
    )
    if done.rowcount == 1:
        deliveries.cancel(conn, now, escalation_id=row.id)
    return done.rowcount == 1


def settle_all(
    conn: Connection, ticket_id: int, *, now: datetime, who: str, kinds: Iterable[str] | None = None
) -> None:
    """Settle a ticket's escalations as no longer needed; only those of `kinds` when given."""
    wanted = None if kinds is None else set(kinds)
    for row in unsettled(conn, ticket_id):
        if wanted is None or row.kind in wanted:
            acknowledge(conn, row.id, how="moot", who=who, now=now)
