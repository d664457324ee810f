"""A month's notice that is not posted yet: warned of the working day before, daily once it is late."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from logbook.calendar.working_time import WorkingTime
from logbook.publications import notices
from logbook.publications.notices import PostingPlace
from logbook.sending.alarms.alarms import Alarm, begun_at
from logbook.settings.publications import PublicationsPart

NAMES = tuple(f"notice_{when}_{place}" for when in ("due", "late") for place in PostingPlace)
"""Each place is posted by another official, so each is a trouble of its own."""


def notice_missing(
    conn: Connection, part: PublicationsPart, office: WorkingTime, now: datetime
) -> list[Alarm]:
    """Where last month's notice is missing: on the board (003-10), on the web (003-11)."""
    found = notices.missing(conn, part.notice_by_day, office, begun_at(conn), now)
    if found is None:
        return []
    when, once = ("late", "") if found.is_late else ("due", str(found.month))
    params = {"day": found.month.shown, "until": f"{found.until:%d/%m/%Y}"}
    return [Alarm(f"notice_{when}_{place}", params=params, once=once) for place in found.places]
