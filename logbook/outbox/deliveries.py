"""The outbox: what is to be told to whom, written in the transaction of its cause and sent outside any.

A row says what became of it: due, sending (claimed by one runner), unsure (perhaps sent, to be asked about),
sent, failed (tried all day, or heard by nobody), refused (not allowed or not set up), cancelled (no longer
needed).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Connection, and_, func, select

from logbook.database.tables import deliveries, escalations, tickets
from logbook.database.upsert import InsertInto, PerDatabase
from logbook.guests import NOT_SENT
from logbook.plain_text import plain_text

CITIZEN = "citizen"
"""The recipient of news about a ticket; everybody else is the id of an official in the settings."""
OPEN = ("due", "sending", "unsure")
"""States in which something may still happen."""
CALL = "call"
SMS = "sms"
AWAITED = "awaited"
"""The receipt of a text that was handed over and of which the carrier is to say whether it arrived."""
_UNDER_WAY = ("sending", "unsure", "sent")
CallResult = Literal["acknowledged", "answered", "told", "not_them", "no_answer", "busy", "failed"]
"""What became of a call: `answered` was picked up without a key, `told` was heard by a citizen (F-25)."""
RESULTS = (
    *get_args(CallResult),
    *("accepted", "delivered", "undelivered", "unconfirmed"),
    *("settled", "guided", "concerned", "overtaken", "joined"),
    *("not_set_up", "not_allowed", "no_way", "refused", NOT_SENT),
    *("gave_up", "unclear"),
)
"""Every word a row may end with: of a call; a text or message taken over by whoever carries it; why it was
cancelled; why it was refused; why it failed."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One row of `deliveries`, its columns in the order of the table.

    `channel` is None until a way is chosen; `number` is E.164; `epoch` is the lease under which it was
    claimed; `extra` counts sends after one of which nobody knows whether it arrived.
    """

    id: int
    key: str
    kind: str
    recipient: str
    channel: str | None
    number: str | None
    escalation_id: int | None
    ticket_id: int | None
    words: str
    made_at: datetime
    due_at: datetime | None
    state: str
    attempts: int
    extra: int
    epoch: int | None
    claimed_at: datetime | None
    sent_at: datetime | None
    ended_at: datetime | None
    provider_sid: str | None
    result: str | None
    last_error: str | None
    instead_of: int | None
    receipt: str | None
    receipt_at: datetime | None

    def word(self, name: str) -> str:
        """Return one of the words kept for the sentence, "" when there is none."""
        return str(json.loads(self.words).get(name, ""))

    def all_words(self) -> dict[str, str]:
        """Return every word kept for the sentence."""
        return {str(name): str(word) for name, word in json.loads(self.words).items()}


def _put(insert: InsertInto) -> Any:
    return insert(deliveries).on_conflict_do_nothing(index_elements=["key"]).returning(deliveries.c.id)


_PUT = PerDatabase(_put)


def put(
    conn: Connection,
    *,
    key: str,
    kind: str,
    recipient: str,
    now: datetime,
    due_at: datetime | None = None,
    channel: str | None = None,
    number: str | None = None,
    escalation_id: int | None = None,
    ticket_id: int | None = None,
    words: Mapping[str, str] | None = None,
    instead_of: int | None = None,
) -> int | None:
    """Put one row into the outbox and return its id; None when `key` was put before (F-06).

    `due_at` None means at once. `key` names the cause for ever, e.g. "ticket:12:answered:5".
    """
    return conn.execute(
        _PUT.on(conn),
        {
            "key": plain_text(key, 160),
            "kind": kind,
            "recipient": recipient,
            "channel": channel,
            "number": number,
            "escalation_id": escalation_id,
            "ticket_id": ticket_id,
            "words": json.dumps(dict(words or {}), ensure_ascii=False, sort_keys=True),
            "made_at": now,
            "due_at": due_at or now,
            "state": "due",
            "attempts": 0,
            "extra": 0,
            "instead_of": instead_of,
        },
    ).scalar()


def of_id(conn: Connection, delivery_id: int) -> Delivery | None:
    """Return the delivery with this row number, or None."""
    row = conn.execute(select(deliveries).where(deliveries.c.id == delivery_id)).first()
    return None if row is None else Delivery(*row)


def of_ticket(conn: Connection, ticket_id: int) -> list[Delivery]:
    """Return everything told, or to be told, about one ticket, oldest first."""
    query = select(deliveries).where(deliveries.c.ticket_id == ticket_id).order_by(deliveries.c.id)
    return [Delivery(*row) for row in conn.execute(query)]


def cancel(
    conn: Connection,
    now: datetime,
    *,
    escalation_id: int | None = None,
    ticket_id: int | None = None,
    kind: str | None = None,
    recipient: str | None = None,
) -> None:
    """Call off what is due and not yet on its way; ValueError unless it is named what."""
    if escalation_id is None and ticket_id is None:
        raise ValueError("cancel needs an escalation or a ticket")
    named = {
        "escalation_id": escalation_id,
        "ticket_id": ticket_id,
        "kind": kind,
        "recipient": recipient,
    }
    conditions = [deliveries.c[name] == value for name, value in named.items() if value is not None]
    conn.execute(
        deliveries.update()
        .where(deliveries.c.state == "due", *conditions)
        .values(state="cancelled", due_at=None, ended_at=now)
    )


def current_call(conn: Connection, delivery_id: int, attempt: int) -> Delivery | None:
    """Return the row while the call of its `attempt`-th try is under way, locked; None when it is over.

    Late and repeated requests of an earlier attempt find nothing (T-02). What its end is written into is
    locked before it.
    """
    found = of_id(conn, delivery_id)
    if found is None:
        return None
    lock_case(conn, found)
    query = select(deliveries).where(
        deliveries.c.id == delivery_id, deliveries.c.attempts == attempt, _call_under_way()
    )
    row = conn.execute(query.with_for_update()).first()
    return None if row is None else Delivery(*row)


def known_as(conn: Connection, row: Delivery, sid: str) -> None:
    """Write down the provider's name of the call, whoever brings it first; it was placed, then."""
    placed = conn.execute(
        deliveries.update()
        .where(_this_call(row), deliveries.c.provider_sid.is_(None))
        .values(
            provider_sid=plain_text(sid, 64),
            state="sent",
            due_at=None,
            sent_at=func.coalesce(deliveries.c.sent_at, deliveries.c.claimed_at),
        )
        .returning(deliveries.c.sent_at)
    ).first()
    if placed is not None:
        told_first(conn, row, placed.sent_at)


def call_ended(conn: Connection, row: Delivery, result: CallResult, now: datetime) -> bool:
    """Say what became of a call; False when it was said before.

    A call to a citizen goes into the ticket's history in the same transaction, whatever came of it.
    """
    lock_case(conn, row)
    done = conn.execute(
        deliveries.update()
        .where(_this_call(row))
        .values(
            state="sent",
            due_at=None,
            sent_at=func.coalesce(deliveries.c.sent_at, deliveries.c.claimed_at),
            ended_at=now,
            result=result,
        )
    )
    if done.rowcount != 1:
        return False
    write_into_history(conn, row, result, now)
    return True


def lock_case(conn: Connection, row: Delivery) -> None:
    """Lock what a result is written into besides its delivery, always before it: nobody waits in a circle.

    That is the ticket of what a citizen is told, or the matter of which no official was told yet.
    """
    if row.recipient == CITIZEN:
        conn.execute(select(tickets.c.id).where(tickets.c.id == row.ticket_id).with_for_update())
    else:
        conn.execute(select(escalations.c.id).where(_untold(row)).with_for_update(key_share=True))


def told_first(conn: Connection, row: Delivery, at: datetime) -> None:
    """Write down when a matter was first handed over to the way it is told by, unless it was before (000-13).

    A row that waits in the outbox, or that the provider did not take, has told nobody.
    """
    conn.execute(escalations.update().where(_untold(row)).values(first_told_at=at))


def write_into_history(conn: Connection, row: Delivery, result: str, now: datetime) -> None:
    """Put an attempt to reach a citizen into the ticket's history; nothing for anybody else's delivery."""
    if row.recipient != CITIZEN or row.ticket_id is None:
        return
    from logbook.tickets import moves  # which itself tells through this module

    moves.apply(
        conn,
        row.ticket_id,
        "tell",
        actor="line",
        now=now,
        what=row.kind,
        channel=row.channel or CALL,
        result=result,
    )


def _untold(row: Delivery) -> ColumnElement[bool]:
    return and_(escalations.c.id == row.escalation_id, escalations.c.first_told_at.is_(None))


def _call_under_way() -> ColumnElement[bool]:
    return and_(
        deliveries.c.channel == CALL,
        deliveries.c.state.in_(_UNDER_WAY),
        deliveries.c.ended_at.is_(None),
    )


def _this_call(row: Delivery) -> ColumnElement[bool]:
    return and_(deliveries.c.id == row.id, deliveries.c.attempts == row.attempts, _call_under_way())
