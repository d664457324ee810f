"""Reports to the body above: those made, and the form that makes one of an ended period (002-28)."""

from __future__ import annotations

from collections.abc import Iterator

from flask import request
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from logbook.accounts.rights import Act
from logbook.calendar.of_settings import WorkingTimes
from logbook.clock import local
from logbook.console.frame import ConsoleFrame
from logbook.reports import made, shown
from logbook.reports.counting import counted, letterhead
from logbook.reports.periods import MONTHS_OF, SUPERIOR, Period, superior_before, superior_of

Page = str | tuple[str, int] | Response
SHOWN = 40


def add(desk: ConsoleFrame) -> None:
    """`/console/reports/superior` and its form."""

    @desk.page("/reports/superior", Act.SEE_REPORTS)
    def superior_reports() -> str:
        with desk.reading() as conn:
            return _shown(desk, conn)

    @desk.page("/reports/superior", Act.MAKE_REPORT, methods=("POST",))
    def make_superior() -> Page:
        return _make(desk, request.form.get("period", ""))


def ended(desk: ConsoleFrame, times: WorkingTimes) -> Iterator[Period]:
    """Periods that a report may be made of by hand: the last months, quarters, half-years and years."""
    today = local(desk.now).date()
    for months, most in ((1, 3), (3, 2), (6, 1), (12, 1)):
        period = superior_before(today, months, desk.settings, times)
        for _ in range(most):
            yield period
            earlier = superior_before(period.starts_on, months, desk.settings, times)
            period = superior_of(earlier.starts_on, months, desk.settings, times)


def _shown(desk: ConsoleFrame, conn: Connection, *, wrong: str = "") -> str:
    times, _ = desk.installation.calendars.now(conn)
    done = made.periods_made(conn)
    return desk.show(
        "superior.html",
        here="reports",
        part=desk.settings.reports.superior,
        recipients=letterhead(SUPERIOR, desk.settings).recipients,
        open_periods=[one for one in ended(desk, times) if (one.kind, one.name) not in done],
        found=made.of_kind(conn, SUPERIOR, SHOWN),
        months_of=MONTHS_OF,
        shown=shown,
        wrong=wrong,
    )


def _make(desk: ConsoleFrame, name: str) -> Page:
    """Count in a transaction that only reads, keep in a short one that writes."""
    with desk.reading() as conn:
        times, _ = desk.installation.calendars.now(conn)
        period = next((one for one in ended(desk, times) if one.name == name), None)
        if period is None or desk.settings.reports.superior is None:
            return _shown(desk, conn, wrong="superior_refused"), 400
        before = made.just_before(conn, period)
        figures = counted(conn, period, desk.settings, times, desk.now, before)
    with desk.writing() as conn:
        number = made.made(conn, figures, desk.now)
        if number is not None:
            return desk.back("report", "superior_said_made", report_id=number)
        return desk.back("superior_reports", "superior_said_before", done=False)
