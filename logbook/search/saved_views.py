"""Saved views of the ticket list, one person's own."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl

from sqlalchemy import Connection, delete, func, select, update

from logbook.database.tables import saved_views
from logbook.ids import PersonId
from logbook.plain_text import whole_text
from logbook.search import ticket_filters
from logbook.search.ticket_filters import Filters

MOST = 20
"""Views one person may keep; more would not fit above the list."""


class ViewRefusedError(Exception):
    """The view cannot be kept; `args[0]` is a text key of the catalogue."""


@dataclass(frozen=True, slots=True)
class View:
    """A name and the filters behind it."""

    id: int
    name: str
    filters: Filters


def listed(conn: Connection, person_id: PersonId) -> list[View]:
    """A person's views in the order they were made."""
    query = select(saved_views).where(saved_views.c.person_id == person_id).order_by(saved_views.c.id)
    return [
        View(row.id, row.name, ticket_filters.read(dict(parse_qsl(row.query)))) for row in conn.execute(query)
    ]


def keep(conn: Connection, person_id: PersonId, name: str, filters: Filters) -> int:
    """Keep `filters` under `name`, in place of the person's view of that name; returns its id.

    ViewRefusedError without a name, with too many views, or when the filters are too long to keep.
    """
    name = " ".join(whole_text(name, 64).split())
    query = filters.as_query()
    if not name:
        raise ViewRefusedError("tickets_view_needs_name")
    if len(query) > 1000:
        raise ViewRefusedError("tickets_view_too_long")
    mine = saved_views.c.person_id == person_id
    same = conn.execute(select(saved_views.c.id).where(mine, saved_views.c.name == name)).scalar()
    if same is not None:
        conn.execute(update(saved_views).where(saved_views.c.id == same).values(query=query))
        return int(same)
    if conn.execute(select(func.count()).select_from(saved_views).where(mine)).scalar_one() >= MOST:
        raise ViewRefusedError("tickets_view_too_many")
    values = {"person_id": person_id, "name": name, "query": query}
    return int(conn.execute(saved_views.insert().values(**values).returning(saved_views.c.id)).scalar_one())


def forget(conn: Connection, person_id: PersonId, view_id: int) -> bool:
    """Delete a person's own view; False when there is none of that number among theirs."""
    done = conn.execute(
        delete(saved_views).where(saved_views.c.id == view_id, saved_views.c.person_id == person_id)
    )
    return done.rowcount == 1
