"""An opening of the letter box as tests need it, written without anybody signed in."""

from datetime import date, datetime

from sqlalchemy import Connection

from logbook.clock import local
from logbook.database.tables import openings


def an_opening(
    conn: Connection,
    now: datetime,
    *,
    channel: str = "letter_box",
    found: int = 3,
    day: date | None = None,
    opened_by: str = "Lê Thị Hoa",
) -> int:
    """Record an opening and return its number."""
    values = {"channel": channel, "found": found, "opened_on": day or local(now).date(), "made_at": now}
    values |= {"opened_by": opened_by, "witnesses": "Trần Văn Ba", "minutes_number": "07/BB", "note": ""}
    inserted = conn.execute(openings.insert().returning(openings.c.id), values | {"version": 1})
    opening_id: int = inserted.scalar_one()
    return opening_id
