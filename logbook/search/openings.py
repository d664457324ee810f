"""Lists openings of the letter box, the latest first, with the tickets from each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, select

from logbook.accounts.rights import Person
from logbook.database.tables import openings, tickets
from logbook.tickets.openings import Opening
from logbook.tickets.visibility import visible_to


@dataclass(frozen=True, slots=True)
class Listed:
    """An opening with the number of its tickets that the reader may see."""

    opening: Opening
    entered: int


@dataclass(frozen=True, slots=True)
class Found:
    """A ticket that came from an opening."""

    code: str
    summary: str | None
    state: str
    opened_at: datetime


def latest(
    conn: Connection, person: Person, limit: int, before: tuple[date, int] | None = None
) -> list[Listed]:
    """Return the latest openings first; `before` are day and number of the last one already shown."""
    mine = tickets.c.opening_id == openings.c.id
    seen = select(func.count()).where(mine, visible_to(person)).scalar_subquery()
    query = select(openings, seen).order_by(openings.c.opened_on.desc(), openings.c.id.desc()).limit(limit)
    if before is not None:
        day, number = before
        same_day = (openings.c.opened_on == day) & (openings.c.id < number)
        query = query.where((openings.c.opened_on < day) | same_day)
    return [Listed(Opening(*row[:-1]), row[-1]) for row in conn.execute(query)]


def tickets_of(conn: Connection, opening_id: int, person: Person) -> list[Found]:
    """Return the tickets of an opening that `person` may see, in the order of entering (T-10)."""
    columns = [tickets.c[name] for name in Found.__slots__]
    query = select(*columns).where(tickets.c.opening_id == opening_id, visible_to(person))
    return [Found(*row) for row in conn.execute(query.order_by(tickets.c.id))]
