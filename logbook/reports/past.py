"""Rebuilds tickets as of an earlier moment from their histories.

An event whose words were erased has lost its details (docs/decisions/0008); that it happened still counts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, or_, select

from logbook.database.tables import ticket_events, tickets
from logbook.tickets.lifecycle import TicketKind, TicketState, is_guided
from logbook.tickets.verbs.answer import GiveAnswer
from logbook.tickets.verbs.calendar_moves import Recount
from logbook.tickets.verbs.classify import Classify
from logbook.tickets.verbs.close import Close
from logbook.tickets.verbs.extend import Extend
from logbook.tickets.verbs.guide import GuideElsewhere
from logbook.tickets.verbs.transfer import Transfer
from logbook.tickets.verbs.verdicts import AcceptAnswer, RejectAnswer

_COLUMNS = (
    "id",
    "code",
    "channel",
    "caller_type",
    "opened_at",
    "notice_due_at",
    "answer_due_at",
    "noticed_at",
    "urgent",
    "anonymous",
    "conflict",
    "caller_number",
    "call_id",
    "assigned_id",
    "cause",
    "remedy",
)


@dataclass(slots=True)
class PastTicket:
    """One ticket up to a moment: `row` is its unchanging part, the rest is what had happened by then.

    `due_at` is the deadline as it ran when it was met or missed: an extension after the deadline does not
    undo it. `running_due_at` is the deadline with every extension, by which a list says what is overdue.
    """

    row: Any
    due_at: datetime
    running_due_at: datetime
    kind: TicketKind = TicketKind.UNCLASSIFIED
    topic: str | None = None
    category: str | None = None
    state: TicketState = TicketState.NEW
    left_new_at: datetime | None = None
    guided_at: datetime | None = None
    transferred_at: datetime | None = None
    answered_at: datetime | None = None
    excuse: str = ""
    extended_at: list[datetime] = field(default_factory=list)
    closed: list[tuple[datetime, str]] = field(default_factory=list)
    verdicts: list[tuple[datetime, str]] = field(default_factory=list)
    answers: list[datetime] = field(default_factory=list)

    @property
    def guided(self) -> bool:
        """Whether it is a khiếu nại or tố cáo: counted in a total only, without a clock (rules B1)."""
        return is_guided(self.state, self.kind)

    @property
    def open(self) -> bool:
        """Whether somebody still had to deal with it."""
        return self.state.is_open

    @property
    def has_clock(self) -> bool:
        """Whether the answer's deadline runs on it."""
        return not self.guided and self.kind.has_deadlines

    def late_at(self, moment: datetime) -> bool:
        """Whether somebody waited for an answer at `moment`, once more or still, with the deadline over."""
        waits = self.state.awaits_answer
        return self.has_clock and waits and self.running_due_at < moment


def as_of(conn: Connection, begins: datetime, ends: datetime) -> list[PastTicket]:
    """Return the tickets that lived in a period, the oldest first, each as it stood just before `ends`."""
    lived = (
        tickets.c.opened_at < ends,
        or_(
            tickets.c.closed_at.is_(None),
            tickets.c.closed_at >= begins,
            tickets.c.verdict_at >= begins,
        ),
    )
    query = select(*(tickets.c[name] for name in _COLUMNS)).where(*lived).order_by(tickets.c.id)
    found = {row.id: PastTicket(row, row.answer_due_at, row.answer_due_at) for row in conn.execute(query)}
    events = (
        select(
            ticket_events.c.ticket_id,
            ticket_events.c.at,
            ticket_events.c.verb,
            ticket_events.c.reason,
            ticket_events.c.details,
            ticket_events.c.from_state,
            ticket_events.c.to_state,
        )
        .join(tickets, tickets.c.id == ticket_events.c.ticket_id)
        .where(*lived, ticket_events.c.at < ends)
        .order_by(ticket_events.c.ticket_id, ticket_events.c.number)
    )
    for event in conn.execute(events):
        _happened(found[event.ticket_id], event, json.loads(event.details))
    return list(found.values())


def _happened(ticket: PastTicket, event: Any, details: Mapping[str, Any]) -> None:
    ticket.state = TicketState(event.to_state)
    if (
        event.from_state == TicketState.NEW
        and event.to_state != TicketState.NEW
        and ticket.left_new_at is None
    ):
        ticket.left_new_at = event.at
    match event.verb:
        case "open" if "answer_due_at" in details:
            ticket.due_at = ticket.running_due_at = datetime.fromisoformat(details["answer_due_at"])
        case Classify.name | GuideElsewhere.name:
            _classified(ticket, event, details)
        case Transfer.name:
            ticket.transferred_at = ticket.transferred_at or event.at
        case Extend.name | Recount.name:
            _moved(ticket, event, details)
        case GiveAnswer.name:
            ticket.answers.append(event.at)
            ticket.answered_at = ticket.answered_at or event.at
        case Close.name:
            ticket.closed.append((event.at, details.get("outcome", "")))
            ticket.answered_at = ticket.answered_at or event.at
        case AcceptAnswer.name | RejectAnswer.name:
            ticket.verdicts.append((event.at, event.verb))
            if "answer_due_at" in details:
                ticket.running_due_at = datetime.fromisoformat(details["answer_due_at"])


def _classified(ticket: PastTicket, event: Any, details: Mapping[str, Any]) -> None:
    ticket.kind = TicketKind(details.get("kind", ticket.kind))
    ticket.topic = details.get("topic", ticket.topic)
    ticket.category = details.get("category", ticket.category)
    if event.verb == GuideElsewhere.name:
        ticket.guided_at = event.at


def _moved(ticket: PastTicket, event: Any, details: Mapping[str, Any]) -> None:
    """The deadline got another end: somebody extended it, or the calendar of days changed."""
    if event.verb == Extend.name:
        ticket.extended_at.append(event.at)
        ticket.excuse = event.reason
    if "answer_due_at" not in details:
        return
    ticket.running_due_at = datetime.fromisoformat(details["answer_due_at"])
    if event.at <= ticket.due_at and ticket.answered_at is None:
        ticket.due_at = ticket.running_due_at
