"""Counts the office's open work with the same conditions as the lists behind each count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, func, select

from logbook.database.tables import callbacks, tickets
from logbook.tickets.lifecycle import TicketState

OPEN = tickets.c.closed_at.is_(None)
NOT_AWAITED = tuple(state for state in TicketState if not state.awaits_answer)
SOON = timedelta(days=2)
"""A deadline this near ends soon."""


@dataclass(frozen=True, slots=True)
class Owed:
    """Numbers of the day."""

    callbacks: int
    new: int
    due_soon: int
    overdue: int
    open: int


def is_new() -> ColumnElement[bool]:
    """Nobody has classified it yet."""
    return tickets.c.state == TicketState.NEW


def is_unanswered() -> ColumnElement[bool]:
    """Somebody still waits for an answer; guided ones have no clock (rules B1)."""
    return and_(OPEN, tickets.c.state.not_in(NOT_AWAITED))


def is_overdue(now: datetime) -> ColumnElement[bool]:
    """The answer's deadline is over."""
    return and_(is_unanswered(), tickets.c.answer_due_at < now)


def is_due_soon(now: datetime, within: timedelta) -> ColumnElement[bool]:
    """The answer's deadline ends soon."""
    return and_(is_unanswered(), tickets.c.answer_due_at >= now, tickets.c.answer_due_at < now + within)


def counts(conn: Connection, now: datetime, soon: timedelta, visible: ColumnElement[bool]) -> Owed:
    """Count what waits, over the open tickets that are `visible` to the reader."""
    row = conn.execute(
        select(
            func.count().filter(is_new()),
            func.count().filter(is_due_soon(now, soon)),
            func.count().filter(is_overdue(now)),
            func.count(),
        ).where(OPEN, visible)
    ).one()
    waiting = conn.execute(
        select(func.count()).select_from(callbacks).where(callbacks.c.settled_at.is_(None))
    ).scalar_one()
    return Owed(waiting, *row)
