"""The day of the monthly evaluation of officials comes: leaders are reminded to take last month's figures."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from logbook.calendar.working_time import WorkingTime
from logbook.clock import local
from logbook.ratings import per_official, spans
from logbook.sending.alarms.alarms import Alarm


def evaluation_soon(conn: Connection, evaluation_day: int, office: WorkingTime, now: datetime) -> list[Alarm]:
    """From the working day before up to the day itself (004-07); not where nobody was rated last month."""
    today = local(now).date()
    evaluated = today.replace(day=evaluation_day)
    if evaluated < today:
        evaluated = (today.replace(day=1) + timedelta(days=31)).replace(day=evaluation_day)
    if today < office.day_before(evaluated):
        return []
    month = spans.month_of(evaluated.replace(day=1) - timedelta(days=1))
    if not per_official.figures(conn, month):
        return []
    params = {"day": f"{month.first:%m/%Y}", "until": f"{evaluated:%d/%m/%Y}"}
    return [Alarm("evaluation_soon", params=params, once=month.name)]
