"""Escalations: steps of a ladder until a person acknowledges with a key or a signed-in click.

A row is opened in the transaction of its cause. The scheduler sends one step after the other and never
settles it: delivered or answered is not acknowledged (F-25).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, select, update

from logbook.database.tables import escalations, tickets
from logbook.database.upsert import InsertInto, PerDatabase
from logbook.ids import EscalationId, PersonId, TicketId
from logbook.outbox import deliveries
from logbook.outbox.escalation_policy import ConflictOfInterest
from logbook.plain_text import plain_text
from logbook.settings.notifications import OfficialPart

How = Literal["key", "click", "handed_on", "moot"]


@dataclass(frozen=True, slots=True)
class Escalation:
    """One row of `escalations`, its columns in the order of the table.

    `step` and `tries` are the next to take, `cycle` counts how often the ladder began again;
    `next_at` is None once settled. `settled_who` is a name for people: a login or an official's id.
    """

    id: EscalationId
    key: str
    kind: str
    ladder: str
    ticket_id: TicketId | None
    params: str
    urgent: bool
    opened_at: datetime
    step: int
    tries: int
    cycle: int
    next_at: datetime | None
    first_sent_at: datetime | None
    settled_at: datetime | None
    settled_how: str | None
    settled_by: int | None
    settled_who: str | None
    version: int

    def param(self, name: str) -> str:
        """Return one parameter of the sentence, "" when there is none."""
        return str(json.loads(self.params).get(name, ""))

    @property
    def passed(self) -> tuple[str, ...]:
        """Ids of the officials who handed this escalation on; none of them is notified of it again."""
        return tuple(self.param("passed").split())


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
    ticket_id: TicketId | None = None,
    urgent: bool = False,
    params: Mapping[str, str] | None = None,
    step: int = 0,
) -> EscalationId | None:
    """Open an escalation and return its id; None when one of this `key` was opened before (F-05).

    `key` names the escalation for ever, e.g. "ticket:12:answer:2026-12-09T17:00:late"; `step` is where it
    begins.
    """
    return conn.execute(
        _OPEN.on(conn),
        {
            "key": plain_text(key, 128),
            "kind": kind,
            "ladder": ladder,
            "ticket_id": ticket_id,
            "params": _as_text(params or {}),
            "urgent": urgent,
            "opened_at": now,
            "step": step,
            "tries": 0,
            "cycle": 0,
            "next_at": now,
            "version": 1,
        },
    ).scalar()


def of_id(conn: Connection, escalation_id: EscalationId) -> Escalation | None:
    """Return the escalation with this row number, or None."""
    row = conn.execute(select(escalations).where(escalations.c.id == escalation_id)).first()
    return None if row is None else Escalation(*row)


def unsettled(conn: Connection, ticket_id: TicketId | None = None) -> list[Escalation]:
    """Return what nobody has acknowledged yet, the oldest first; of one ticket when it is given."""
    query = select(escalations).where(escalations.c.next_at.is_not(None))
    if ticket_id is not None:
        query = query.where(escalations.c.ticket_id == ticket_id)
    return [
        Escalation(*row) for row in conn.execute(query.order_by(escalations.c.opened_at, escalations.c.id))
    ]


def acknowledge(
    conn: Connection,
    escalation_id: EscalationId,
    *,
    how: How,
    who: str,
    now: datetime,
    person_id: PersonId | None = None,
) -> bool:
    """Settle an escalation and cancel what is due for it; False when it was settled before (000-13)."""
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
    step: int,
    ladder: str | None = None,
    urgent: bool | None = None,
) -> bool:
    """Move an unsettled escalation to another step, at once; False when somebody changed it meanwhile.

    What was due for the step it leaves is cancelled, and another round begins: no step of it is taken for
    one that was sent before. With a `ladder` it begins there afresh, whoever handed it on before.
    """
    done = change(
        conn,
        row,
        step=step,
        tries=0,
        cycle=row.cycle + 1,
        ladder=ladder or row.ladder,
        params=_afresh(row) if ladder else row.params,
        urgent=row.urgent if urgent is None else urgent,
        next_at=now,
    )
    if done:
        deliveries.cancel(conn, now, escalation_id=row.id)
    return done


def downgrade(conn: Connection, row: Escalation) -> bool:
    """Downgrade an unsettled escalation to not urgent; False when somebody changed it meanwhile."""
    return change(conn, row, urgent=False)


def change(conn: Connection, row: Escalation, **values: object) -> bool:
    """Write columns of an unsettled row; False when it is no longer as it was read."""
    as_read = (escalations.c.id == row.id, escalations.c.version == row.version)
    done = conn.execute(
        update(escalations)
        .where(*as_read, escalations.c.settled_at.is_(None))
        .values(version=row.version + 1, **values)
    )
    return done.rowcount == 1


def reopen(conn: Connection, row: Escalation, *, ladder: str, now: datetime) -> bool:
    """Reopen an escalation that was cancelled as no longer needed; False when it was not cancelled.

    Whoever acknowledged an escalation is not asked again: only what ended as moot goes on, in its own row.
    """
    back = dict.fromkeys(("settled_at", "settled_how", "settled_by", "settled_who"))
    begins = {"ladder": ladder, "step": 0, "tries": 0, "cycle": row.cycle + 1, "next_at": now}
    begins["params"] = _afresh(row)
    done = conn.execute(
        update(escalations)
        .where(
            escalations.c.id == row.id,
            escalations.c.version == row.version,
            escalations.c.settled_how == "moot",
        )
        .values(**back, **begins, version=row.version + 1)
    )
    return done.rowcount == 1


def _afresh(row: Escalation) -> str:
    """The parameters of an escalation without those who handed it on: else nobody might be left to notify."""
    return _as_text({name: word for name, word in json.loads(row.params).items() if name != "passed"})


def _as_text(params: Mapping[str, str]) -> str:
    return json.dumps(dict(params), ensure_ascii=False, sort_keys=True)


def of_ticket(conn: Connection, ticket_id: TicketId) -> list[Escalation]:
    """Return whatever was opened about a ticket, settled or not, the oldest first."""
    query = select(escalations).where(escalations.c.ticket_id == ticket_id).order_by(escalations.c.id)
    return [Escalation(*row) for row in conn.execute(query)]


def settle_all(
    conn: Connection, ticket_id: TicketId, *, now: datetime, who: str, kinds: Iterable[str] | None = None
) -> None:
    """Settle a ticket's escalations as no longer needed; only those of `kinds` when given."""
    wanted = None if kinds is None else set(kinds)
    for row in unsettled(conn, ticket_id):
        if wanted is None or row.kind in wanted:
            acknowledge(conn, row.id, how="moot", who=who, now=now)


def hears(official: OfficialPart, row: Escalation, away: ConflictOfInterest) -> bool:
    """Whether `official` may hear of an escalation: not when they handed it on or when it concerns them."""
    return official.id not in row.passed and not away.keeps_away(official, row.ladder)


def lock_ticket(conn: Connection, ticket_id: TicketId | None) -> None:
    """Wait for whoever moves the ticket: a ticket is always locked before its escalations."""
    if ticket_id is not None:
        query = select(tickets.c.id).where(tickets.c.id == ticket_id)
        conn.execute(query.with_for_update(read=True, key_share=True))
