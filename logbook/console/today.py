"""The first page of the day: is the line open, what is owed, what is late; each number opens its list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import request
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from logbook import closures, journal, owed
from logbook.calendar import Moment
from logbook.clock import local, parse_moment
from logbook.console.desk import Desk
from logbook.rights import Act
from logbook.settings_models import Person as OnDuty
from logbook.ticket_filters import visible_to

SOON = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Duty:
    """Who is on the line today, who stands in, and which of the coming days have nobody."""

    today: tuple[OnDuty, ...]
    stand_in: tuple[OnDuty, ...]
    gaps: tuple[datetime, ...]


def add(desk: Desk) -> None:
    """`/console/` and the switch of the line."""

    @desk.page("/", Act.SEE_TODAY)
    def today() -> str:
        with desk.reading() as conn:
            return desk.show(
                "today.html",
                here="today",
                moment=line_moment(desk, conn),
                duty=duty(desk, conn),
                owed=owed.counts(conn, desk.now, SOON, visible_to(desk.person)),
            )

    @desk.page("/owed", Act.SEE_TODAY)
    def owed_now() -> str:
        with desk.reading() as conn:
            return desk.show("owed.html", owed=owed.counts(conn, desk.now, SOON, visible_to(desk.person)))

    @desk.page("/line/close", Act.RUN_LINE, methods=("POST",))
    def close_line() -> Response:
        reason = request.form.get("reason", "").strip()
        until = request.form.get("until", "").strip()
        if not reason:
            return desk.back("today", "line_reason_missing")
        try:
            ends = parse_moment(until) if until else None
        except ValueError:
            return desk.back("today", "line_until_bad")
        if ends is not None and ends <= desk.now:
            return desk.back("today", "line_until_bad")
        with desk.writing() as conn:
            closures.close_line(conn, desk.now, ends, reason, desk.person.login, desk.now)
            journal.write(conn, desk.person, "close_line", "line", desk.now, reason, until=until)
        desk.installation.calendars.forget()
        return desk.back("today", "line_closed_now")

    @desk.page("/line/open", Act.RUN_LINE, methods=("POST",))
    def open_line() -> Response:
        with desk.writing() as conn:
            closures.reopen_line(conn, desk.now)
            journal.write(conn, desk.person, "open_line", "line", desk.now)
        desk.installation.calendars.forget()
        return desk.back("today", "line_opened_now")


def line_moment(desk: Desk, conn: Connection) -> Moment:
    """What the hotline's calendar says now."""
    times, shut = desk.installation.calendars.now(conn)
    return times.hotline.at(desk.now, shut)


def duty(desk: Desk, conn: Connection) -> Duty:
    """The roster as it concerns today and the ten days ahead (000-03)."""
    part = desk.settings.duty
    times, _ = desk.installation.calendars.now(conn)
    here = local(desk.now)
    ids = part.roster.on(here.weekday()) if times.hotline.day_windows(here.date()) else ()
    stand_in = tuple(part.person(one) for one in part.fallback if one not in ids)
    coming = [here + timedelta(days=ahead) for ahead in range(1, 11)]
    gaps = tuple(
        day
        for day in coming
        if times.hotline.day_windows(day.date()) and not part.roster.on(day.weekday()) and not part.fallback
    )
    return Duty(tuple(part.person(one) for one in ids), stand_in, gaps)
