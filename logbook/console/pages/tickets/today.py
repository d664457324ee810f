"""The day's first page: is the line open, what is open, what is late; each count opens its list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from flask import request
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from logbook.accounts import audit_log
from logbook.accounts.rights import Act, may
from logbook.calendar import closures
from logbook.calendar.working_time import Moment
from logbook.clock import Clock, local, parse_moment
from logbook.console.frame import ConsoleFrame
from logbook.console.views import desk_month, inbox, pictures, urgent_deadlines
from logbook.console.views.urgent_deadlines import Pressing
from logbook.database import heartbeats
from logbook.database.shared_clock import shared_now
from logbook.duty.gaps import Gap, gaps_between
from logbook.duty.on_duty import busy_at_desk, on_duty_between, to_ring
from logbook.duty.sessions import DutyKind, DutySession
from logbook.plan import checklists
from logbook.reports import made, shown
from logbook.reports.periods import Period
from logbook.search import counts, ticket_filters
from logbook.sending import lateness
from logbook.sending.alarms import alarms
from logbook.settings.config_file import DutyPerson as OnDuty
from logbook.tickets.visibility import visible_to


@dataclass(frozen=True, slots=True)
class Duty:
    """Who is on the line in each session of today, who stands in, and what of the coming days is empty.

    `own` is the entry of the signed-in person on the list of duty, `serves_until` until when the line passes
    them over.
    """

    today: tuple[tuple[DutySession, tuple[OnDuty, ...]], ...]
    stand_in: tuple[OnDuty, ...]
    gaps: tuple[Gap, ...]
    own: OnDuty | None
    serves_until: datetime | None


@dataclass(frozen=True, slots=True)
class Health:
    """Whether notifications go out: which job is silent, since when all were alive, what waits too long.

    Moments are the office's; `lived_at` is None for work that was never done.
    """

    silent: tuple[str, ...]
    lived_at: datetime | None
    unsent_since: datetime | None


def add(desk: ConsoleFrame) -> None:
    """`/console/` and the switch of the line."""

    @desk.page("/", Act.SEE_TODAY)
    def today() -> str:
        return _page(desk)

    @desk.page("/owed", Act.SEE_TODAY)
    def owed_now() -> str:
        with desk.reading() as conn:
            return desk.show(
                "workload.html", owed=counts.counts(conn, desk.now, counts.SOON, visible_to(desk.person))
            )

    @desk.page("/health", Act.SEE_TODAY)
    def health_now() -> str:
        with desk.reading() as conn:
            return desk.show("health.html", health=health(desk, conn))

    _add_switch(desk)


def _page(desk: ConsoleFrame, *, closing: Mapping[str, str] | None = None, wrong: str = "") -> str:
    """The first page; `closing` is what was typed to close the line, `wrong` why that was refused."""
    first = ticket_filters.whole(request.args.get("first")) or 0
    with desk.reading() as conn:
        leads = may(desk.person, Act.SEE_LEADER)
        return desk.show(
            "today.html",
            here="today",
            closing=closing or {},
            closing_wrong=wrong,
            moment=line_moment(desk, conn),
            duty=duty(desk, conn),
            team_missing=_team_missing(desk, conn),
            shown=shown,
            health=health(desk, conn),
            waits=inbox.page(conn, desk.person, desk.settings, first),
            leads=leads,
            late=() if leads else _late(desk, conn),
            most=urgent_deadlines.SHOWN,
            part=desk.settings.tickets,
            pictures=pictures.drawn(conn, desk.person, desk.now, desk.words)
            if may(desk.person, Act.SEE_TICKETS)
            else None,
            ages=pictures.age_names(desk.words),
            alarm=partial(alarms.sentence, desk.installation.texts[desk.words.language]),
            owed=counts.counts(conn, desk.now, counts.SOON, visible_to(desk.person)),
            desk_month=desk_month.of(desk, conn) if may(desk.person, Act.SEE_DOSSIERS) else None,
            lists=checklists.to_do(conn, desk.settings, desk.now)
            if may(desk.person, Act.WRITE_LISTS)
            else (),
        )


def _add_switch(desk: ConsoleFrame) -> None:
    """The forms that close the line by hand and open it again."""

    @desk.page("/line/close", Act.RUN_LINE, methods=("POST",))
    def close_line() -> Response | tuple[str, int]:
        reason = request.form.get("reason", "").strip()
        until = request.form.get("until", "").strip()
        if not reason:
            return _page(desk, closing=request.form, wrong="line_reason_missing"), 400
        try:
            ends = parse_moment(until) if until else None
        except ValueError:
            return _page(desk, closing=request.form, wrong="line_until_bad"), 400
        if ends is not None and ends <= desk.now:
            return _page(desk, closing=request.form, wrong="line_until_bad"), 400
        with desk.writing() as conn:
            closures.close_line(conn, desk.now, ends, reason, desk.person.login, desk.now)
            audit_log.write(conn, desk.person, "close_line", "line", desk.now, reason, until=until)
        desk.installation.calendars.forget()
        return desk.back("today", "line_closed_now")

    @desk.page("/line/open", Act.RUN_LINE, methods=("POST",))
    def open_line() -> Response:
        with desk.writing() as conn:
            closures.reopen_line(conn, desk.now)
            audit_log.write(conn, desk.person, "open_line", "line", desk.now)
        desk.installation.calendars.forget()
        return desk.back("today", "line_opened_now")


def _team_missing(desk: ConsoleFrame, conn: Connection) -> Period | None:
    """The week whose part the leader of the team has not handed in, shown to them alone (001-16)."""
    if not may(desk.person, Act.WRITE_TEAM_PART):
        return None
    times, _ = desk.installation.calendars.now(conn)
    return made.team_missing(conn, desk.settings, times, desk.now)


def _late(desk: ConsoleFrame, conn: Connection) -> list[Pressing]:
    """The deadlines that have passed; a leader has them on a page of their own."""
    times, _ = desk.installation.calendars.now(conn)
    return urgent_deadlines.pressing(conn, desk.person, desk.settings, times.office, desk.now)[0]


def line_moment(desk: ConsoleFrame, conn: Connection) -> Moment:
    """What the hotline's calendar says now."""
    times, shut = desk.installation.calendars.now(conn)
    return times.hotline.at(desk.now, shut)


def health(desk: ConsoleFrame, conn: Connection) -> Health:
    """Whether the jobs that send and escalate had a heartbeat lately (F-24).

    Heartbeats go by the database's clock, which a demonstration does not move; they are shown here as
    moments of the office's. What has been due for ten minutes shows as well that nothing is sent.
    """
    real = shared_now(conn, Clock())
    silent, known = heartbeats.stale(conn, real), heartbeats.all_of(conn)
    lived = [known[name].at for name in heartbeats.VITAL if name in known]
    oldest = lateness.oldest_unsent(conn)
    return Health(
        tuple(silent),
        desk.now - (real - min(lived)) if len(lived) == len(heartbeats.VITAL) else None,
        oldest if oldest is not None and desk.now - oldest > heartbeats.UNSENT_FOR else None,
    )


def duty(desk: ConsoleFrame, conn: Connection) -> Duty:
    """Who is on duty as it concerns today and the ten days ahead (000-03)."""
    part = desk.settings.duty
    times, shut = desk.installation.calendars.now(conn)
    here = local(desk.now).date()
    answers = on_duty_between(conn, part, times, here, here, (DutyKind.HOTLINE,))
    present = {one for answer in answers for one in answer.people}
    ready = to_ring(conn, part, times, desk.now)
    empty = gaps_between(conn, part, times, shut, desk.now, days=10)
    own = part.of_login(desk.person.login)
    return Duty(
        tuple((one.session, tuple(part.person(each) for each in one.people)) for one in answers),
        tuple(part.person(one) for one in ready if one not in present),
        tuple(gap for gap in empty if not gap.stand_in),
        own,
        None if own is None else busy_at_desk(conn, desk.now).get(own.id),
    )
