"""`/`: which number to call, whether somebody answers now, how to complain and what happens then (002-23)."""

from __future__ import annotations

from datetime import datetime

from flask import Response, render_template, request, send_from_directory
from werkzeug.exceptions import InternalServerError

from logbook.calendar import weekly_hours
from logbook.calendar.working_time import Moment
from logbook.clock import local
from logbook.database.engine import DatabaseBusyError
from logbook.guards import everyone, guarded_by
from logbook.public.frame import PublicFrame
from logbook.public.kept_pages import AT_THE_FRONT

FRESH_SECONDS = 60
"""For how long the page may be kept elsewhere, or until the line opens or closes."""


def add(pages: PublicFrame) -> None:
    """`/`, its style sheet, and what is said while the database cannot be read."""

    @pages.page("/")
    def front() -> Response:
        now = pages.now
        with pages.reading() as conn:
            times, shut = pages.installation.calendars.now(conn)
        moment = times.hotline.at(now, shut)
        return pages.answer(
            request.path,
            (moment, local(now).date()),
            lambda: _shown(pages, moment, now),
            fresh_seconds=_until_it_changes(moment, now),
        )

    @pages.blueprint.get("/style.css")
    @guarded_by(everyone)
    def style() -> Response:
        folder = f"{pages.blueprint.root_path}/templates/public"
        sheet = send_from_directory(folder, "style.css", max_age=3600)
        sheet.headers.add(*AT_THE_FRONT)
        return sheet

    @pages.blueprint.errorhandler(DatabaseBusyError)
    def busy(_problem: DatabaseBusyError) -> tuple[str, int, dict[str, str]]:
        """The database is away: whoever wants to know how to reach us still reads the number."""
        return sorry(503)

    @pages.blueprint.errorhandler(InternalServerError)
    def broken(_problem: InternalServerError) -> tuple[str, int, dict[str, str]]:
        return sorry(500)

    def sorry(status: int) -> tuple[str, int, dict[str, str]]:
        said = pages.says("front_busy", number=pages.settings.line.number_shown)
        page = render_template("public/busy.html", said=said, name=pages.settings.office.hotline_name)
        return page, status, {"Retry-After": "10"}


def _until_it_changes(moment: Moment, now: datetime) -> int:
    changes = moment.closes_at or moment.next_opening
    left = FRESH_SECONDS if changes is None else int((changes - now).total_seconds())
    return max(1, min(FRESH_SECONDS, left))


def _shown(pages: PublicFrame, moment: Moment, now: datetime) -> str:
    settings = pages.settings
    opens = moment.next_opening
    names, to = [pages.says(f"weekday_{day}") for day in range(7)], pages.says("weekday_to")
    return pages.show(
        "front.html",
        "front",
        "/",
        moment=moment,
        closes=moment.closes_at,
        opens=pages.catalogue.spell.moment(opens, local(now).date()) if opens else None,
        hours=weekly_hours.lines(settings.calendars.hotline.week, names, to),
        team_hours=weekly_hours.lines(settings.calendars.team.week, names, to),
        duty=settings.duty,
        complaint=settings.complaint,
    )
