"""Results of cases, stored until the chairman got them, once (000-13).

A row is written in the transaction that answers, closes or transfers a ticket. A job of the scheduler binds
unsent rows to a delivery of the outbox; what such a delivery could not bring is free again. Whom a case
concerns, and khiếu nại and tố cáo, are checked again whenever something is said (rules B10; B1).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, and_, select, update

from logbook.accounts.rights import Person
from logbook.clock import ZONE, local
from logbook.database.tables import case_results as table
from logbook.database.tables import deliveries as outbox
from logbook.database.tables import tickets
from logbook.database.upsert import InsertInto, PerDatabase
from logbook.ids import DeliveryId, TicketId
from logbook.outbox import deliveries, escalation_policy
from logbook.outbox.deliveries import CALL, Delivery
from logbook.settings.loading import Settings
from logbook.settings.notifications import OfficialPart
from logbook.tickets.lifecycle import TicketState
from logbook.tickets.tickets import TicketHead, case_of
from logbook.tickets.visibility import visible_to

DELIVERY = "results"
"""The kind of a delivery that brings results; it belongs to no escalation and needs no acknowledgement."""
LINES, SPOKEN = 40, 10
"""Results brought by one message, and by one call."""
SHOWN = 30
"""Results listed on the leader's page."""
Kind = Literal["answered", "closed", "transferred"]
_HEARD = ("told", "answered", "acknowledged")


@dataclass(frozen=True, slots=True)
class TicketResult:
    """One row of `case_results`, its columns in the order of the table; `outcome` is that of a closing."""

    id: int
    key: str
    ticket_id: TicketId
    kind: str
    outcome: str | None
    at: datetime
    delivery_id: DeliveryId | None
    done_at: datetime | None
    done_how: str | None


@dataclass(frozen=True, slots=True)
class CaseResult:
    """A result with its ticket as it stands now."""

    row: TicketResult
    ticket: TicketHead

    @property
    def became(self) -> str:
        """What became of the case, in one word: of a closing with its outcome."""
        return f"closed_{self.row.outcome}" if self.row.kind == "closed" else self.row.kind


def _record(insert: InsertInto) -> Any:
    return insert(table).on_conflict_do_nothing(index_elements=["key"])


_RECORD = PerDatabase(_record)


def record(conn: Connection, ticket: TicketHead, kind: Kind, now: datetime) -> None:
    """Keep what became of a case; one closed again after it was reopened has a result of its own."""
    conn.execute(
        _RECORD.on(conn),
        {
            "key": f"ticket:{ticket.id}:{kind}:{ticket.events}",
            "ticket_id": ticket.id,
            "kind": kind,
            "outcome": ticket.outcome if kind == "closed" else None,
            "at": now,
        },
    )


def concern_changed(conn: Connection, ticket_id: TicketId) -> None:
    """Free a ticket's unsent results: the job judges again whom the ticket concerns."""
    not_sent = select(outbox.c.id).where(outbox.c.id == table.c.delivery_id, outbox.c.state == "due").exists()
    of_ticket = table.c.ticket_id == ticket_id
    conn.execute(update(table).where(of_ticket, table.c.done_at.is_(None), not_sent).values(delivery_id=None))
    withheld = table.c.done_how == "concerned"
    conn.execute(
        update(table).where(of_ticket, withheld).values(done_at=None, done_how=None, delivery_id=None)
    )


def chairman(settings: Settings) -> OfficialPart | None:
    """Return the official who gets the results; None where the settings name no chairman."""
    return next((one for one in settings.notifications.officials if one.role == "chairman"), None)


def kept_from(conn: Connection, ticket: TicketHead, official: OfficialPart) -> str | None:
    """Return why an official does not hear of a case: concerned, guided; None when they may."""
    if case_of(ticket).guided:
        return "guided"
    return (
        "concerned"
        if escalation_policy.conflict_of_interest(conn, ticket.id).keeps_away(official, "")
        else None
    )


def waiting(conn: Connection, until: datetime, limit: int) -> list[CaseResult]:
    """Return results bound to no delivery that came before `until`, the oldest first."""
    free = (table.c.done_at.is_(None), table.c.delivery_id.is_(None), table.c.at <= until)
    return _with_tickets(conn, *free, limit=limit)


def of_delivery(conn: Connection, row: Delivery, official: OfficialPart) -> list[CaseResult]:
    """Return what a delivery brings to `official`, the oldest first, without what is kept from them now."""
    bound = _with_tickets(conn, table.c.delivery_id == row.id, limit=LINES)
    return [one for one in bound if kept_from(conn, one.ticket, official) is None]


def is_empty(conn: Connection, row: Delivery, settings: Settings) -> bool:
    """Whether a delivery has nothing to bring any more."""
    official = settings.notifications.official(row.recipient)
    return official is None or not of_delivery(conn, row, official)


def since(conn: Connection, person: Person, begins: datetime) -> list[CaseResult]:
    """Return the results from `begins` on that `person` may see, the newest first, at most `SHOWN`."""
    seen = (table.c.at >= begins, visible_to(person), tickets.c.state != TicketState.GUIDED)
    return _with_tickets(conn, *seen, limit=SHOWN, newest=True)


def midnight(now: datetime) -> datetime:
    """Return when the present day began in Vietnam."""
    return datetime.combine(local(now).date(), time.min, tzinfo=ZONE)


def bind(conn: Connection, results: Iterable[int], delivery_id: DeliveryId) -> None:
    """Bind these results to a delivery."""
    free = (table.c.id.in_(list(results)), table.c.delivery_id.is_(None), table.c.done_at.is_(None))
    conn.execute(update(table).where(*free).values(delivery_id=delivery_id))


def end(conn: Connection, results: Iterable[int], how: str, now: datetime) -> None:
    """Record that these results need not be sent any more: sent, unclear, concerned, guided."""
    still = (table.c.id.in_(list(results)), table.c.done_at.is_(None))
    conn.execute(update(table).where(*still).values(done_at=now, done_how=how))


def brought(conn: Connection) -> Iterator[tuple[DeliveryId, Literal["told", "unclear", "free"]]]:
    """Yield each ended delivery of open results, and whether it brought them or they are free again.

    A call counts when it was picked up; a message once its carrier has taken it. What nobody will ever
    know of is not sent a third time (F-06).
    """
    query = (
        select(outbox)
        .where(outbox.c.id.in_(select(table.c.delivery_id).where(table.c.done_at.is_(None))))
        .where(outbox.c.ended_at.is_not(None))
        .order_by(outbox.c.id)
    )
    for row in [Delivery(*one) for one in conn.execute(query)]:
        if row.state == "sent" and (row.channel != CALL or row.result in _HEARD):
            yield row.id, "told"
        elif row.result == "unclear":
            yield row.id, "unclear"
        else:
            yield row.id, "free"


def settle(
    conn: Connection, delivery_id: DeliveryId, how: Literal["told", "unclear", "free"], now: datetime
) -> int:
    """Record what a delivery did for the results bound to it; return how many were freed."""
    mine = and_(table.c.delivery_id == delivery_id, table.c.done_at.is_(None))
    values = {"delivery_id": None} if how == "free" else {"done_at": now, "done_how": how}
    changed = conn.execute(update(table).where(mine).values(**values)).rowcount
    return changed if how == "free" else 0


def put(conn: Connection, key: str, official: OfficialPart, way: str, now: datetime) -> DeliveryId | None:
    """Write a delivery of results into the outbox; None when its key exists."""
    return deliveries.put(conn, key=key, kind=DELIVERY, recipient=official.id, channel=way, now=now)


def by_ticket(results: Sequence[CaseResult]) -> list[list[CaseResult]]:
    """Group results by ticket, in the order in which each ticket first appears."""
    groups: dict[int, list[CaseResult]] = {}
    for one in results:
        groups.setdefault(one.ticket.id, []).append(one)
    return list(groups.values())


def _with_tickets(
    conn: Connection, *conditions: ColumnElement[bool], limit: int, newest: bool = False
) -> list[CaseResult]:
    order = table.c.id.desc() if newest else table.c.id
    query = (
        select(table, *TicketHead.columns())
        .join(tickets, tickets.c.id == table.c.ticket_id)
        .where(*conditions)
    )
    own = len(table.c)
    return [
        CaseResult(TicketResult(*row[:own]), TicketHead.of_row(row))
        for row in conn.execute(query.order_by(order).limit(limit))
    ]
