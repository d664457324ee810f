"""The outbox: a delivery is written in the transaction of its cause and sent outside any.

A row says what became of it: due, sending (claimed by one runner), in doubt (perhaps sent, to be asked
about), sent, failed (tried all day, or heard by nobody), refused (not allowed or not set up), cancelled (no
longer needed).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import Connection, select

from logbook.database.tables import deliveries
from logbook.database.upsert import InsertInto, PerDatabase
from logbook.ids import DeliveryId, EscalationId, TicketId
from logbook.outbox import state_machine
from logbook.outbox.state_machine import DeliveryEvent, DeliveryState
from logbook.plain_text import plain_text
from logbook.settings import channels

CITIZEN = "citizen"
"""The recipient of news about a ticket; everybody else is the id of an official in the settings."""
OPEN = tuple(state.value for state in DeliveryState if state.is_open)
"""States in which something may still happen."""
CALL = channels.CALL
SMS = channels.SMS
ZNS = channels.ZNS
PLAN_TASK = "plan_task"
"""The kind of a delivery that reminds of tasks of the plan; it belongs to no escalation."""
AWAITED = "awaited"
"""The receipt of a text that was handed over and of which the carrier is to say whether it arrived."""
CallResult = Literal[
    "acknowledged",
    "answered",
    "told",
    "not_them",
    "no_answer",
    "busy",
    "failed",
    "lost",
    "talked",
    "brief",
    "citizen_busy",
    "citizen_absent",
    "citizen_failed",
    "not_allowed",
    "trial",
]
"""What became of a call: `answered` was picked up without a key, `told` was heard by a citizen (F-25).

Of a returned call whose clerk was there: what became of the citizen; `lost` when nobody can say.
"""
RESULTS = (
    *get_args(CallResult),
    *("accepted", "delivered", "undelivered", "unconfirmed"),
    *("settled", "guided", "concerned", "overtaken", "joined", "expired", "too_many"),
    *("not_set_up", "no_way", "refused"),
    *("gave_up", "unclear"),
)
"""Every word a row may end with: of a call; a text or message taken over by whoever carries it; why it was
cancelled; why it was refused; why it failed."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One row of `deliveries`, its columns in the order of the table.

    `channel` is None until a way is chosen; `number` is E.164; `epoch` is the lease under which it was
    claimed; `duplicates` counts sends after one of which nobody knows whether it arrived.
    """

    id: DeliveryId
    key: str
    kind: str
    recipient: str
    channel: str | None
    number: str | None
    escalation_id: EscalationId | None
    ticket_id: TicketId | None
    params: str
    made_at: datetime
    due_at: datetime | None
    state: str
    attempts: int
    duplicates: int
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

    def param(self, name: str) -> str:
        """Return one parameter of the sentence, "" when there is none."""
        return str(json.loads(self.params).get(name, ""))

    def all_params(self) -> dict[str, str]:
        """Return all parameters of the sentence."""
        return {str(name): str(word) for name, word in json.loads(self.params).items()}


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
    escalation_id: EscalationId | None = None,
    ticket_id: TicketId | None = None,
    params: Mapping[str, str] | None = None,
    instead_of: int | None = None,
) -> DeliveryId | None:
    """Write one delivery into the outbox and return its id; None when `key` exists (F-06).

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
            "params": json.dumps(dict(params or {}), ensure_ascii=False, sort_keys=True),
            "made_at": now,
            "due_at": due_at or now,
            "state": DeliveryState.DUE,
            "attempts": 0,
            "duplicates": 0,
            "instead_of": instead_of,
        },
    ).scalar()


def of_id(conn: Connection, delivery_id: DeliveryId) -> Delivery | None:
    """Return the delivery with this row number, or None."""
    row = conn.execute(select(deliveries).where(deliveries.c.id == delivery_id)).first()
    return None if row is None else Delivery(*row)


def of_ticket(conn: Connection, ticket_id: TicketId) -> list[Delivery]:
    """Return all deliveries about one ticket, sent and due, oldest first."""
    query = select(deliveries).where(deliveries.c.ticket_id == ticket_id).order_by(deliveries.c.id)
    return [Delivery(*row) for row in conn.execute(query)]


def cancel(
    conn: Connection,
    now: datetime,
    *,
    escalation_id: EscalationId | None = None,
    ticket_id: TicketId | None = None,
    kind: str | None = None,
    recipient: str | None = None,
) -> None:
    """Cancel what is due and not yet on its way; ValueError without a criterion."""
    if escalation_id is None and ticket_id is None:
        raise ValueError("cancel needs an escalation or a ticket")
    named = {
        "escalation_id": escalation_id,
        "ticket_id": ticket_id,
        "kind": kind,
        "recipient": recipient,
    }
    conditions = [deliveries.c[name] == value for name, value in named.items() if value is not None]
    state_machine.apply(conn, DeliveryEvent.NOT_NEEDED, None, *conditions, ended_at=now)
