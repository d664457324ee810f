"""Finds the newest moment in the database, so that a demonstration's clock never goes behind it."""

from datetime import datetime

from sqlalchemy import Connection, func, select

from logbook.database.tables import calls, journal, ticket_events


def newest_moment(conn: Connection) -> datetime | None:
    """Return the latest beginning of a call or change of a ticket; None in an empty database."""
    asked = (func.max(calls.c.started_at), func.max(ticket_events.c.at), func.max(journal.c.at))
    found = [conn.execute(select(latest)).scalar() for latest in asked]
    return max((moment for moment in found if moment is not None), default=None)
