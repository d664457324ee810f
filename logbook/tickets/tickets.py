"""Reads tickets: by code, by call, the newest first, and what the line says of one."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from typing import Any, Self

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select

from logbook import typed
from logbook.accounts.rights import Case
from logbook.database.tables import tickets
from logbook.ids import CallId, PersonId, RecordingId, TicketId
from logbook.tickets.lifecycle import GUIDED_KINDS, CameBy, TicketKind, TicketOutcome, TicketState, is_guided

BEGINNING = 200
"""Characters of a content that lists show."""
_PREFIX = "whole_"
"""Before each column's name, so that rows joined with others are read by name too."""
_ENUMS = {"state": TicketState, "kind": TicketKind, "channel": CameBy, "outcome": TicketOutcome}
"""Columns that hold one of a few words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketHead:
    """One row of `tickets` as lists read it: everything but the long texts, and how the content begins."""

    id: TicketId
    code: str
    pin_digest: str | None
    kind: TicketKind
    channel: CameBy
    caller_type: str | None
    caller_raw: str
    caller_number: str | None
    call_id: CallId | None
    recording_id: RecordingId | None
    response_id: int | None
    state: TicketState
    opened_at: datetime
    notice_due_at: datetime
    answer_due_at: datetime
    answered_at: datetime | None
    closed_at: datetime | None
    outcome: TicketOutcome | None
    version: int
    events: int
    head_hash: str
    summary: str | None
    topic: str | None
    category: str | None
    tag: str | None
    urgent: bool
    anonymous: bool
    conflict: bool
    caller_name: str | None
    caller_address: str | None
    subject_ids: frozenset[int]
    assigned_id: PersonId | None
    transferred_to: str | None
    group_id: int | None
    opening_id: int | None
    noticed_at: datetime | None
    verdict: str | None
    verdict_at: datetime | None
    beginning: str | None

    @property
    def is_guided(self) -> bool:
        """Whether it is a khiếu nại or tố cáo, or was guided as one (rules B1)."""
        return is_guided(self.state, self.kind)

    @classmethod
    @cache
    def columns(cls) -> tuple[ColumnElement[Any], ...]:
        """Return the columns that `of_row` reads, one a field."""
        beginning = func.substr(tickets.c.content, 1, BEGINNING).label(f"{_PREFIX}beginning")
        own = (tickets.c[one.name].label(_PREFIX + one.name) for one in fields(cls) if one.name in tickets.c)
        return (*own, beginning)

    @classmethod
    def of_row(cls, row: Any) -> Self:
        """Read a row by the names of its columns; it may hold the columns of other tables besides."""
        read = {one.name: getattr(row, _PREFIX + one.name) for one in fields(cls)}
        read |= {name: kind(read[name]) for name, kind in _ENUMS.items() if read[name] is not None}
        return cls(**read)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket(TicketHead):
    """One row of `tickets`, whole: a content or an answer may have 20,000 characters."""

    content: str | None
    answer: str | None
    cause: str | None
    remedy: str | None
    search_text: str


def guided_rows() -> ColumnElement[bool]:
    """Whether a row is a khiếu nại or tố cáo, as a condition of a query (`is_guided`)."""
    return or_(tickets.c.state == TicketState.GUIDED, tickets.c.kind.in_(GUIDED_KINDS))


def find(conn: Connection, code: str) -> Ticket | None:
    """Return the ticket with this six-digit code, written as people write it (`typed.digits`), or None."""
    digits = typed.digits(code)
    if digits is None or len(digits) != 6:
        return None
    row = conn.execute(select(*Ticket.columns()).where(tickets.c.code == digits)).first()
    return None if row is None else Ticket.of_row(row)


def of_id(conn: Connection, ticket_id: TicketId) -> Ticket:
    """Return the ticket with this row number; NoResultFound when there is none."""
    return Ticket.of_row(conn.execute(select(*Ticket.columns()).where(tickets.c.id == ticket_id)).one())


def locked(conn: Connection, ticket_id: TicketId) -> Ticket:
    """Return the ticket of this row number once nobody else moves it; NoResultFound when there is none."""
    query = select(*Ticket.columns()).where(tickets.c.id == ticket_id).with_for_update()
    return Ticket.of_row(conn.execute(query).one())


def heads(conn: Connection, query: Select[Any]) -> list[TicketHead]:
    """Return the tickets of a query over `TicketHead.columns()`, in its order."""
    return [TicketHead.of_row(row) for row in conn.execute(query)]


def of_call(conn: Connection, call_id: CallId) -> list[TicketHead]:
    """Return the tickets that came from one call, oldest first."""
    query = select(*TicketHead.columns()).where(tickets.c.call_id == call_id).order_by(tickets.c.id)
    return heads(conn, query)


def recent(conn: Connection, limit: int, before: int | None = None) -> list[TicketHead]:
    """Return the newest tickets first; `before` is the id of the last one already shown (keyset paging)."""
    query = select(*TicketHead.columns()).order_by(tickets.c.id.desc()).limit(limit)
    return heads(conn, query if before is None else query.where(tickets.c.id < before))


def case_of(ticket: TicketHead) -> Case:
    """Return what rights must know of a ticket."""
    return Case(ticket.subject_ids, ticket.conflict, ticket.is_guided, ticket.assigned_id)


_SPOKEN: Mapping[TicketState, str] = {
    TicketState.NEW: "received",
    TicketState.CLASSIFIED: "in_progress",
    TicketState.ASSIGNED: "in_progress",
    TicketState.TRANSFERRED: "transferred",
    TicketState.WAITING_FOR_CALLER: "need_more",
    TicketState.ANSWERED: "answered",
    TicketState.CLOSED: "closed",
    TicketState.GUIDED: "guided",
}


def spoken_state(ticket: TicketHead) -> str:
    """Return the key of the sentence that reads a caller the ticket's state (NĐ 20/2008 Art 12).

    Closed is not the same as mended: a closed ticket is read out with its outcome (ASK-26), one that is not
    ours as passed on, where it was.
    """
    if ticket.state is not TicketState.CLOSED or ticket.outcome is None:
        return _SPOKEN[ticket.state]
    if ticket.outcome is TicketOutcome.NOT_OURS and ticket.transferred_to:
        return _SPOKEN[TicketState.TRANSFERRED]
    return f"closed_{ticket.outcome}"


def answer_holds(ticket: Ticket) -> bool:
    """Whether there is an answer and its caller did not reject it: a rejected one is none (ASK-25)."""
    if ticket.answer is None:
        return False
    judged = ticket.answered_at and ticket.verdict_at and ticket.verdict_at >= ticket.answered_at
    return not (judged and ticket.verdict == "dissatisfied")


def end_is_news(closed: Ticket) -> bool:
    """Whether the caller has yet to hear how it ended: no answer said so, and they did not withdraw it."""
    return not answer_holds(closed) and closed.outcome is not TicketOutcome.WITHDRAWN
