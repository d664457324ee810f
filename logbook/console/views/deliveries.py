"""Shows deliveries as lines for people: to whom, by which channel, with which result (F-25)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from logbook.database.tables import deliveries, escalations
from logbook.ids import TicketId
from logbook.outbox.deliveries import CITIZEN, Delivery
from logbook.outbox.escalations import Escalation
from logbook.outbox.kinds import RETURNED_CALL
from logbook.settings.notifications import NotificationsPart
from logbook.tickets import results


@dataclass(frozen=True, slots=True)
class DeliveryShown:
    """One delivery for reading; `who` is an official's title and name, `title` the first; "" for others.

    `outcome` ends the text key of what became of it: what the other side did where that is known, else
    how far the sending came.
    """

    row: Delivery
    who: str
    title: str
    at: datetime
    outcome: str

    @property
    def nameless(self) -> str:
        """The text key of whom it goes to, where `who` is empty."""
        return "outbox_clerk" if self.row.kind == RETURNED_CALL else "outbox_citizen"

    @property
    def standing(self) -> str:
        """How the page shows it: reached, waiting, in trouble, or cancelled."""
        asks_nothing = self.row.recipient == CITIZEN or self.row.kind == results.DELIVERY
        arrived = self.outcome == "delivered" or (self.outcome == "accepted" and self.row.receipt is None)
        if self.outcome in _REACHED or (arrived and asks_nothing):
            return "reached"
        if self.row.state in ("failed", "refused") or self.outcome in _IN_VAIN:
            return "trouble"
        return "off" if self.row.state == "cancelled" else "waiting"


_REACHED = frozenset({"acknowledged", "told", "talked"})
_IN_VAIN = frozenset(
    {
        *("no_answer", "busy", "failed", "not_them", "brief", "lost"),
        *("citizen_busy", "citizen_absent", "citizen_failed"),
    }
)


@dataclass(frozen=True, slots=True)
class EscalationShown:
    """One escalation of a ticket with everything sent for it, oldest first."""

    row: Escalation
    told: tuple[DeliveryShown, ...]
    settled_by: str


def lines(rows: Iterable[Delivery], notifications: NotificationsPart) -> tuple[DeliveryShown, ...]:
    """Turn deliveries into lines, in the same order."""
    return tuple(_line(row, notifications) for row in rows)


def of_escalations(
    conn: Connection, rows: Iterable[Escalation], notifications: NotificationsPart
) -> Mapping[int, tuple[DeliveryShown, ...]]:
    """Return the deliveries of each of these escalations, by its id, oldest first."""
    wanted = [row.id for row in rows]
    found: dict[int, list[Delivery]] = {each: [] for each in wanted}
    query = select(deliveries).where(deliveries.c.escalation_id.in_(wanted)).order_by(deliveries.c.id)
    for each in (Delivery(*row) for row in conn.execute(query)):
        if each.escalation_id is not None:
            found[each.escalation_id].append(each)
    return {number: lines(details, notifications) for number, details in found.items()}


def shown_for_ticket(
    conn: Connection, ticket_id: TicketId, notifications: NotificationsPart, names: Mapping[str, str]
) -> list[EscalationShown]:
    """Return every escalation of a ticket, newest first; `names` are people's names by login."""
    query = select(escalations).where(escalations.c.ticket_id == ticket_id).order_by(escalations.c.id.desc())
    rows = [Escalation(*row) for row in conn.execute(query)]
    details = of_escalations(conn, rows, notifications)
    return [EscalationShown(row, details[row.id], settled_by(row, notifications, names)) for row in rows]


def news(
    conn: Connection, ticket_id: TicketId, notifications: NotificationsPart
) -> tuple[DeliveryShown, ...]:
    """Return the citizen's notifications about a ticket, sent and due, newest first."""
    query = (
        select(deliveries)
        .where(deliveries.c.ticket_id == ticket_id, deliveries.c.escalation_id.is_(None))
        .order_by(deliveries.c.id.desc())
    )
    return lines((Delivery(*row) for row in conn.execute(query)), notifications)


def settled_by(row: Escalation, notifications: NotificationsPart, names: Mapping[str, str]) -> str:
    """Return the name behind a login or an official's id; "" while nobody acknowledged it."""
    who = row.settled_who or ""
    official = notifications.official(who)
    return names.get(who) or (called(official.title, official.name) if official else who)


def called(title: str, name: str) -> str:
    """A title with the name behind it."""
    return f"{title} ({name})"


def _line(row: Delivery, notifications: NotificationsPart) -> DeliveryShown:
    nameless = row.recipient == CITIZEN or row.kind == RETURNED_CALL
    official = None if nameless else notifications.official(row.recipient)
    who = title = "" if nameless else row.recipient
    if official is not None:
        who, title = f"{official.title} {official.name}", official.title
    at = row.ended_at or row.sent_at or row.claimed_at or row.due_at or row.made_at
    return DeliveryShown(row, who, title, at, row.result or row.state)
