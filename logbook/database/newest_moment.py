"""The newest moment the book speaks of, so that a demonstration never turns it back."""

from datetime import datetime

from sqlalchemy import Connection, func, select

from logbook.database.tables import calls, journal, ticket_events


def newest_moment(conn: Connection) -> datetime | None:
    """Return when the latest call began or anything was last written of a ticket; None in an empty book."""
    asked = (func.max(calls.c.started_at), func.max(ticket_events.c.at), func.max(journal.c.at))
    found = [conn.execute(select(latest)).scalar() for latest in asked]
    return max((moment for moment in found if moment is not None), default=None)
