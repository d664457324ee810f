"""Since when the longest waiting delivery has been due."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, and_, func, select

from logbook.database.tables import deliveries
from logbook.sending import claims


def oldest_unsent(conn: Connection) -> datetime | None:
    """Return since when the longest waiting delivery has been due; None when nothing waits.

    What was tried in vain has been due since its first try at least, whatever its next one waits for; what
    cannot be put into words, since it was made. A moment of the office's clock, to be compared with that.
    """
    open_rows = deliveries.c.due_at.is_not(None)
    untried = and_(open_rows, deliveries.c.attempts == 0)
    aside = and_(untried, deliveries.c.last_error.is_not(None))
    since: list[datetime | None] = [
        conn.execute(select(func.min(deliveries.c.due_at)).where(untried)).scalar(),
        conn.execute(select(func.min(deliveries.c.made_at)).where(aside)).scalar(),
    ]
    last_tried = select(deliveries.c.attempts, func.min(deliveries.c.claimed_at))
    for tries, at in conn.execute(last_tried.where(open_rows).group_by(deliveries.c.attempts)):
        since.append(at and at - claims.tried_for(tries - 1))
    return min((at for at in since if at is not None), default=None)
