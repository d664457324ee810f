"""Shows the one-stop desk on the first page: the month's quota, and lists that need somebody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from logbook.console.frame import ConsoleFrame
from logbook.dossiers import lists, quota
from logbook.dossiers.lists import WorkList
from logbook.dossiers.months import Month
from logbook.dossiers.quota import Quota

SHOWN = (WorkList.LATE, WorkList.SOON, WorkList.ONLINE)


@dataclass(frozen=True, slots=True)
class DeskMonth:
    """The running month at the desk; counts stop at `lists.MOST_COUNTED`."""

    month: Month
    quota: Quota
    counts: Mapping[WorkList, int]


def of(desk: ConsoleFrame, conn: Connection) -> DeskMonth | None:
    """Return the figures; None where no dossier was finished and none is on a list."""
    part, now = desk.settings.dossiers, desk.now
    times, _ = desk.installation.calendars.now(conn)
    at, month = lists.moments(now, times.office, part), Month.of(now)
    counted = quota.of_month(conn, month, part.quota_percent)
    counts = {one: lists.counted(conn, one, at, part) for one in SHOWN}
    return DeskMonth(month, counted, counts) if counted.finished or any(counts.values()) else None
