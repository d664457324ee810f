"""Alarms of the head of the desk, once a month: too few slips, no record of the meeting."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from logbook.calendar.working_time import WorkingTime
from logbook.clock import local
from logbook.dossiers import month_end, quota
from logbook.dossiers.months import Month
from logbook.sending.alarms import Alarm
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
    return [Alarm("slips_short", params={"day": month.shown, **params}, once=str(month))]


def meeting_missing(conn: Connection, part: DossiersPart, now: datetime) -> list[Alarm]:
    """From the set day on: the month's meeting has no record (003-07); not where no dossier was finished."""
    month = Month.of(now)
    if local(now).day < part.meeting_by_day or month_end.meeting(conn, month) is not None:
        return []
    if quota.of_month(conn, month, part.quota_percent).finished == 0:
        return []
    return [Alarm("desk_meeting", params={"day": month.shown}, once=str(month))]
