"""Decides which tickets a person may see, conflicts of interest included: a right, not a filter."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, false

from logbook.accounts.rights import ASSIGNED_ONLY, Act, Person, makes_conflict, may
from logbook.database.person_ids import holds
from logbook.database.tables import tickets
from logbook.tickets.lifecycle import GUIDED_KINDS


def visible_to(person: Person) -> ColumnElement[bool]:
    """The tickets that `rights.may` lets this person see, as a condition (T-10, rules B10)."""
    if not may(person, Act.SEE_TICKETS):
        return false()
    wanted = [~holds(tickets.c.subject_ids, person.id)]
    if makes_conflict(person.role):
        wanted.append(tickets.c.conflict.is_(False))
    if not person.sees_restricted:
        wanted += [tickets.c.state != "guided", tickets.c.kind.not_in(GUIDED_KINDS)]
    if person.role in ASSIGNED_ONLY:
        wanted.append(tickets.c.assigned_id == person.id)
    return and_(*wanted)
