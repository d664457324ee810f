"""Lists tickets with a deadline that has passed or falls soon (000-13)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from logbook.accounts.rights import Person
from logbook.calendar.working_time import WorkingTime
from logbook.clock import local
from logbook.database.tables import tickets
from logbook.search import counts
from logbook.settings.loading import Settings
from logbook.tickets import deadlines
from logbook.tickets.deadlines import Deadline
from logbook.tickets.tickets import TicketHead, heads
from logbook.tickets.visibility import visible_to

LOOKED_AT = 500
"""Open tickets whose deadlines are worked out for one page: those whose answers are due first."""
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Pressing:
    """A ticket with a deadline passed or near; `days` late by the calendar, 0 on the day itself."""

    ticket: TicketHead
    term: Deadline
    days: int


def pressing(
    conn: Connection, person: Person, settings: Settings, office: WorkingTime, now: datetime
) -> tuple[list[Pressing], list[Pressing]]:
    """Return the tickets with a deadline that has passed, and those with one due by the next working day.

    Each ticket stands once, with the first of its deadlines to end; the longest overdue comes first.
    """
    query = (
        select(*TicketHead.columns())
        .where(visible_to(person), counts.is_unanswered())
        .order_by(tickets.c.answer_due_at)
        .limit(LOOKED_AT)
    )
    today, until = local(now).date(), office.add_days(now, 1)
    late: list[Pressing] = []
    soon: list[Pressing] = []
    for ticket in heads(conn, query):
        terms = deadlines.of_ticket(ticket, settings, office, now, until - now)
        if not terms:
            continue
        found = Pressing(ticket, terms[0], (today - local(terms[0].due_at).date()).days)
        if terms[0].standing == "late":
            late.append(found)
        elif terms[0].due_at <= until:
            soon.append(found)
    return _first(late), _first(soon)


def _first(found: list[Pressing]) -> list[Pressing]:
    return sorted(found, key=lambda one: (one.term.due_at, one.ticket.id))[:SHOWN]
