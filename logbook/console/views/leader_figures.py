"""Counts the week and the waiting reports over what a leader may see (002-36)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from sqlalchemy import ColumnElement, Connection, func, select

from logbook.accounts.rights import Person
from logbook.clock import ZONE, local
from logbook.database.tables import reports, tickets
from logbook.reports import Report
from logbook.search import counts
from logbook.tickets.tickets import TicketHead, heads
from logbook.tickets.visibility import visible_to

FIGURES = ("received", "answered", "late", "waiting")
"""In the order they are shown; each opens the list of exactly its tickets."""
PAGE = 50
SHOWN = 20
CONFIRMED = ("weekly", "monthly", "superior")
"""Kinds of reports that need a leader's conclusion."""


def condition(figure: str, now: datetime) -> ColumnElement[bool]:
    """Return which tickets a figure counts; the week begins on Monday at midnight in Vietnam."""
    today = local(now).date()
    monday = datetime.combine(today - timedelta(days=today.weekday()), time.min, tzinfo=ZONE)
    return {
        "received": tickets.c.opened_at >= monday,
        "answered": tickets.c.answered_at >= monday,
        "late": counts.is_overdue(now),
        "waiting": counts.is_unanswered(),
    }[figure]


def week(conn: Connection, person: Person, now: datetime) -> Mapping[str, int]:
    """Return the figures of this week; a ticket kept from the person is in none of them (rules B10)."""
    counted = [func.count().filter(condition(figure, now)) for figure in FIGURES]
    return dict(zip(FIGURES, conn.execute(select(*counted).where(visible_to(person))).one(), strict=True))


def listed(
    conn: Connection, person: Person, figure: str, now: datetime, before: int | None = None
) -> tuple[list[TicketHead], int | None]:
    """Return one page of a figure's tickets, newest first, and the id to go on from (keyset paging)."""
    query = (
        select(*TicketHead.columns())
        .where(visible_to(person), condition(figure, now))
        .order_by(tickets.c.id.desc())
    )
    if before is not None:
        query = query.where(tickets.c.id < before)
    found = heads(conn, query.limit(PAGE + 1))
    return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None


def unconfirmed(conn: Connection) -> list[Report]:
    """Return the reports that wait for their conclusion, oldest first (004-18)."""
    waits = (reports.c.confirmed_at.is_(None), reports.c.kind.in_(CONFIRMED))
    query = select(reports).where(*waits).order_by(reports.c.ends_on).limit(SHOWN)
    return [Report(*row) for row in conn.execute(query)]
