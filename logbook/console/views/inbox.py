"""Shows what waits for the signed-in person's acknowledgement, and takes their answer (000-13, ASK-27)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from logbook.accounts import audit_log
from logbook.accounts.rights import Act, Person, may
from logbook.console.views import deliveries
from logbook.console.views.deliveries import DeliveryShown
from logbook.database.tables import tickets
from logbook.ids import EscalationId, TicketId
from logbook.outbox import escalation_policy, escalations
from logbook.outbox.escalations import Escalation
from logbook.sending import handing_over, inbox
from logbook.settings.loading import Settings
from logbook.tickets import history, moves
from logbook.tickets.tickets import TicketHead, heads
from logbook.tickets.verbs.instruct import GiveInstruction

NOT_BY_CLICK = frozenset({"report"})
"""Kinds that are settled on a page of their own: a report by its conclusion (004-18)."""
SHOWN = 20
"""Matters on one page."""


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """One escalation to acknowledge, its ticket where it has one, and its deliveries so far."""

    row: Escalation
    ticket: TicketHead | None
    told: tuple[DeliveryShown, ...]


@dataclass(frozen=True, slots=True)
class InboxPage:
    """Some of the escalations that wait, how many there are in all, and from which the next page begins.

    `count` reads "200+" where more waits than is read for one person, `escalations.LISTED`.
    """

    shown: tuple[WaitingRow, ...]
    count: str
    following: int | None


def page(conn: Connection, person: Person, settings: Settings, first: int = 0) -> InboxPage:
    """Return what `person` may acknowledge, urgent ones first, the oldest first, beginning with `first`.

    Whatever concerns them, and whatever goes round the chairman, is not among it (rules B10).
    """
    found = _open(conn, person, settings)
    rows = _by_click(found)
    first = first if first < len(rows) else 0
    end = first + SHOWN
    shown = _with_ticket(conn, rows[first:end], settings)
    more = "+" if len(found) == inbox.LISTED else ""
    return InboxPage(shown, f"{len(rows)}{more}", end if end < len(rows) else None)


def find(
    conn: Connection, person: Person, settings: Settings, escalation_id: EscalationId
) -> WaitingRow | None:
    """Return the escalation of that number where `person` may acknowledge it, or None.

    Looked at once whoever moves its ticket has finished: it may turn out to concern them at this moment.
    """
    named = escalations.of_id(conn, escalation_id)
    escalations.lock_ticket(conn, None if named is None else named.ticket_id)
    found = _with_ticket(
        conn, _by_click(_open(conn, person, settings, escalation_id=escalation_id)), settings
    )
    return found[0] if found else None


def of_ticket(
    conn: Connection, person: Person, settings: Settings, ticket_id: TicketId
) -> tuple[WaitingRow, ...]:
    """Return what `person` may acknowledge of one ticket."""
    return _with_ticket(conn, _by_click(_open(conn, person, settings, ticket_id=ticket_id)), settings)


def acknowledge(conn: Connection, one: WaitingRow, person: Person, now: datetime) -> bool:
    """Settle an escalation by a click and write it into the audit log; False when it was settled before."""
    done = escalations.acknowledge(
        conn, one.row.id, how="click", who=person.login, now=now, person_id=person.id
    )
    if done:
        audit_log.write(conn, person, "acknowledge", subject(one), now, kind=one.row.kind)
    return done


def instruct(
    conn: Connection,
    escalation: Escalation,
    ticket: TicketHead,
    person: Person,
    settings: Settings,
    text: str,
    now: datetime,
) -> None:
    """Write an instruction into the ticket's history, whoever settled the escalation meanwhile (000-13).

    `ticket` is as `tickets.locked` read it: a second click writes the same words no second time.
    TransitionRefusedError for an empty text.
    """
    if not _was_written(conn, escalation, person, text):
        moves.apply(conn, ticket.id, GiveInstruction(instruction=text), actor=person.login, now=now)
        instructed(conn, person, settings, ticket.id, now)


def instructed(
    conn: Connection, person: Person, settings: Settings, ticket_id: TicketId, now: datetime
) -> None:
    """After an instruction: it stands in the audit log, and whoever instructs has acknowledged (000-13)."""
    audit_log.write(conn, person, "instruct", f"ticket:{ticket_id}", now)
    for one in of_ticket(conn, person, settings, ticket_id):
        acknowledge(conn, one, person, now)


def _was_written(conn: Connection, escalation: Escalation, person: Person, text: str) -> bool:
    """Whether this person settled the escalation, with these words in the ticket since it was opened."""
    row = escalations.of_id(conn, escalation.id)
    if row is None or row.settled_by != person.id or row.ticket_id is None:
        return False
    return any(
        event.verb == GiveInstruction.name
        and event.actor == person.login
        and event.at >= row.opened_at
        and json.loads(event.details).get("instruction") == text
        for event in history.of(conn, row.ticket_id)
    )


def hand_on(conn: Connection, one: WaitingRow, person: Person, settings: Settings, now: datetime) -> bool:
    """Hand an escalation to the vice-chairman or the next person; False when nobody is left."""
    details = [step.official for step in escalation_policy.steps(settings.notifications, one.row.ladder)]
    own = [
        each.id
        for each in escalation_policy.officials_of(settings.notifications, person)
        if each.id in details
    ]
    if not own:
        return False
    to = handing_over.hand_on(
        conn, one.row, by=own[0], settings=settings, now=now, who=person.login, person_id=person.id
    )
    if to is not None:
        audit_log.write(conn, person, "hand_on", subject(one), now, kind=one.row.kind, to=to.id)
    return to is not None


def subject(one: WaitingRow) -> str:
    """What the audit log calls it: the ticket, so that whom it concerns does not read of it there either."""
    return f"escalation:{one.row.id}" if one.row.ticket_id is None else f"ticket:{one.row.ticket_id}"


def _open(
    conn: Connection,
    person: Person,
    settings: Settings,
    *,
    ticket_id: TicketId | None = None,
    escalation_id: EscalationId | None = None,
) -> list[Escalation]:
    if not may(person, Act.ACKNOWLEDGE):
        return []
    return inbox.open_for(conn, person, settings, ticket_id=ticket_id, escalation_id=escalation_id)


def _by_click(rows: list[Escalation]) -> list[Escalation]:
    return [row for row in rows if row.kind not in NOT_BY_CLICK]


def _with_ticket(conn: Connection, rows: list[Escalation], settings: Settings) -> tuple[WaitingRow, ...]:
    ids = [row.ticket_id for row in rows if row.ticket_id is not None]
    query = select(*TicketHead.columns()).where(tickets.c.id.in_(ids))
    known = {one.id: one for one in heads(conn, query)}
    details = deliveries.of_escalations(conn, rows, settings.notifications)
    return tuple(WaitingRow(row, known.get(row.ticket_id or TicketId(0)), details[row.id]) for row in rows)
