"""Assigns a ticket about the chairman to the next person in the office's order (rules B10)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, select

from logbook.accounts import accounts
from logbook.accounts.rights import ROLES, Act, Person, is_kept_away
from logbook.database.tables import people
from logbook.ids import PersonId


def next_on_route(conn: Connection, route: Sequence[str], subject_ids: Collection[int]) -> Person | None:
    """Return the first person by the roles of `route` whom it is not about; None: the superior body's.

    rules B10: what is said about the chairman never goes to the chairman.
    """
    listed = accounts.listed(conn)
    for role in route:
        for person in listed:
            if person.role == role and person.id not in subject_ids:
                return person
    return None


def may_be_given(conn: Connection, subject_ids: Collection[int], *, conflict: bool) -> list[Person]:
    """Return everybody a ticket may be assigned to: who answers or oversees, and whom it does not concern."""
    return [
        person
        for person in accounts.listed(conn)
        if ROLES[person.role] & {Act.ANSWER, Act.CHANGE_DEADLINE}
        and not is_kept_away(person.id, person.role, subject_ids, conflict=conflict)
    ]


def may_have(conn: Connection, person_id: PersonId, subject_ids: Collection[int], *, conflict: bool) -> bool:
    """Whether a ticket may be with this account: it is not kept from it."""
    role = conn.execute(select(people.c.role).where(people.c.id == person_id)).scalar_one()
    return not is_kept_away(person_id, role, subject_ids, conflict=conflict)
