"""Warnings of the head of the desk: too few slips, no record of the meeting, late dossiers unexplained."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from logbook.calendar.working_time import WorkingTime
from logbook.clock import local
from logbook.dossiers import lists, month_end, quota
from logbook.dossiers.months import Month
from logbook.sending.alarms.alarms import Alarm
from logbook.settings.dossiers import DossiersPart


def slips_short(conn: Connection, part: DossiersPart, office: WorkingTime, now: datetime) -> list[Alarm]:
    """From the set day on: the month will end with too few slips, if it goes on as it went (003-14).

    Nothing outside a campaign, and nothing where no dossier was finished.
    """
    month = Month.of(now)
    outside = part.campaign is not None and not part.campaign.first <= str(month) <= part.campaign.last
    if local(now).day < part.warn_from_day or outside:
        return []
    found = quota.projection(conn, month, part.quota_percent, now, office)
    if found is None or found.at_the_end.reached is not False:
        return []
    params = {
        "finished": str(found.so_far.finished),
        "slips": str(found.so_far.slips),
        "missing": str(found.at_the_end.missing),
    }
    return [_warning("slips_short", month, once=str(month), **params)]


def meeting_missing(conn: Connection, part: DossiersPart, now: datetime) -> list[Alarm]:
    """From the set day on: the month's meeting has no record (003-07); not where no dossier was finished."""
    month = Month.of(now)
    if local(now).day < part.meeting_by_day or month_end.meeting(conn, month) is not None:
        return []
    if quota.of_month(conn, month, part.quota_percent).finished == 0:
        return []
    return [_warning("desk_meeting", month, once=str(month))]


def late_unexplained(conn: Connection, now: datetime) -> list[Alarm]:
    """Late dossiers nobody has explained, once a week: of last month until it is closed, then of this one.

    The month cannot be closed before each has an owner, a cause and a remedy (002-22, 002-34).
    """
    this = Month.of(now)
    for month in (this.plus(-1), this):
        if month_end.review(conn, month) is not None:
            continue
        _, count = lists.late_counted(conn, month.begins, month.ends, now)
        if count:
            week = local(now).isocalendar()
            return [
                _warning("late_unexplained", month, once=f"{week.year}-W{week.week:02d}", count=str(count))
            ]
    return []


def _warning(name: str, month: Month, *, once: str, **params: str) -> Alarm:
    return Alarm(name, "desk", {"day": month.shown, **params}, once, "desk")
