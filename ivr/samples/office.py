"""Samples of the office's own affairs: obstacles, and the reports of past weeks."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from sqlalchemy import Connection

from ivr.samples.month import SampleMonth
from logbook.reports import due, made, obstacles
from logbook.reports.counting import counted
from logbook.reports.periods import Period


def add(month: SampleMonth) -> None:
    """Put obstacles and reports on the agenda."""
    for place, details in enumerate(month.words["obstacles"]):
        day = month.days[len(month.days) * (place + 1) // 5]
        month.at(month.on(day, 0.4), partial(_obstacle, month, details))
    month.at(month.until - timedelta(minutes=2), partial(_reports, month))


def _obstacle(month: SampleMonth, details: dict[str, str], conn: Connection) -> None:
    now, who = month.clock.now(), month.people["head_of_office"]
    number = obstacles.enter(conn, details["text"], details["owner"], who, now)
    if number is not None and details.get("resolution"):
        obstacles.resolve(conn, number, details["resolution"], who, now)


def _reports(month: SampleMonth, conn: Connection) -> None:
    """Draw the reports of the month that are due and were never made, the earliest first."""
    settings, now = month.hotline.settings, month.clock.now()
    done = made.periods_made(conn)
    for period in sorted(due(settings, month.times, now), key=lambda one: one.ends):
        if (period.kind, period.name) not in done and period.starts_on >= month.first and period.ends <= now:
            _report(month, conn, period)


def _report(month: SampleMonth, conn: Connection, period: Period) -> None:
    now = month.clock.now()
    made.made(conn, counted(conn, period, month.hotline.settings, month.times, now, None), now)
