"""Decides which tickets a person may see, conflicts of interest included: a right, not a filter.

Other systems may know less than any member of staff (rules B1, B4, B10). A khiếu nại or tố cáo, and what goes
round the chairman, does not exist for them. Words and callers of a ticket that nobody classified yet, or that
is about somebody of the office, stay in the house, whatever right a client has.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, and_, exists, false, select

from logbook.accounts.rights import ASSIGNED_ONLY, Act, Person, makes_conflict, may
from logbook.database.person_ids import NOBODY, holds
from logbook.database.tables import ticket_officials, tickets
from logbook.tickets.lifecycle import KINDS
from logbook.tickets.tickets import guided_rows


def visible_to(person: Person) -> ColumnElement[bool]:
    """The tickets that `rights.may` lets this person see, as a condition (T-10, rules B10)."""
    if not may(person, Act.SEE_TICKETS):
        return false()
    wanted = [~holds(tickets.c.subject_ids, person.id)]
    if makes_conflict(person.role):
        wanted.append(tickets.c.conflict.is_(False))
    if not person.sees_restricted:
        wanted.append(~guided_rows())
    if person.role in ASSIGNED_ONLY:
        wanted.append(tickets.c.assigned_id == person.id)
    return and_(*wanted)


def visible_outside() -> ColumnElement[bool]:
    """The tickets that exist for other systems."""
    return and_(~guided_rows(), tickets.c.conflict.is_(False))


def opens_words() -> ColumnElement[bool]:
    """Of those, the tickets whose words and callers may be given with their right."""
    named = exists().where(ticket_officials.c.ticket_id == tickets.c.id)
    return and_(tickets.c.kind.in_(KINDS), tickets.c.subject_ids == NOBODY, ~named)


def kept_inside() -> Select[tuple[int | None]]:
    """The calls from which a ticket came that other systems may not know of."""
    return select(tickets.c.call_id).where(tickets.c.call_id.is_not(None), ~visible_outside())


def with_closed_words() -> Select[tuple[int | None]]:
    """The calls from which a ticket came whose caller is not named outside."""
    return select(tickets.c.call_id).where(tickets.c.call_id.is_not(None), ~opens_words())
