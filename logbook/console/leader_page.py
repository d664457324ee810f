"""The leader's page, for a telephone's screen first: what waits, what is late, the figures of the week."""

from __future__ import annotations

from functools import partial

from flask import abort, request
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from logbook import alarms, ticket_filters
from logbook.console import leader_figures, waiting
from logbook.console.desk import Desk
from logbook.console.waiting import Waiting
from logbook.rights import Act, may
from logbook.transitions import TransitionRefused

MATTER = "/matters/<int(max=9223372036854775807):matter_id>"


def add(desk: Desk) -> None:
    """`/console/leader`, the lists behind its figures, and the answers to a matter."""

    @desk.page("/leader", Act.SEE_LEADER)
    def leader() -> str:
        with desk.reading() as conn:
            return _shown(desk, conn)

    @desk.page("/leader/tickets", Act.SEE_LEADER)
    def leader_tickets() -> str:
        figure = request.args.get("figure", "")
        figure = figure if figure in leader_figures.FIGURES else "waiting"
        before = ticket_filters.whole(request.args.get("before"))
        with desk.reading() as conn:
            rows, older = leader_figures.listed(conn, desk.person, figure, desk.now, before)
        return desk.show("leader_tickets.html", here="leader", figure=figure, rows=rows, older=older)

    @desk.page(f"{MATTER}/acknowledge", Act.ACKNOWLEDGE, methods=("POST",))
    def acknowledge(matter_id: int) -> Response:
        with desk.writing() as conn:
            one = waiting.find(conn, desk.person, desk.settings, matter_id)
            done = one is not None and waiting.acknowledge(conn, one, desk.person, desk.now)
        return _back(desk, one, "leader_acknowledged" if done else "leader_settled_before")

    @desk.page(f"{MATTER}/instruct", Act.INSTRUCT, methods=("POST",))
    def instruct_on_matter(matter_id: int) -> Response:
        text = request.form.get("instruction", "").strip()
        with desk.writing() as conn:
            one = _with_ticket(desk, conn, matter_id)
            if one is None:
                return _back(desk, None, "leader_settled_before")
            try:
                waiting.instruct(conn, one, desk.person, text, desk.now)
            except TransitionRefused:
                return _back(desk, one, "leader_instruction_missing")
        return _back(desk, one, "leader_instructed")

    @desk.page(f"{MATTER}/hand-on", Act.INSTRUCT, methods=("POST",))
    def hand_on(matter_id: int) -> Response:
        with desk.writing() as conn:
            one = waiting.find(conn, desk.person, desk.settings, matter_id)
            done = one is not None and waiting.hand_on(conn, one, desk.person, desk.settings, desk.now)
        return _back(desk, one, "leader_handed_on" if done else "leader_not_handed_on")


def _shown(desk: Desk, conn: Connection) -> str:
    times, _ = desk.installation.calendars.now(conn)
    late, soon = leader_figures.pressing(conn, desk.person, desk.settings, times.office, desk.now)
    return desk.show(
        "leader.html",
        here="leader",
        waiting=waiting.of_person(conn, desk.person, desk.settings),
        part=desk.settings.tickets,
        alarm=partial(alarms.sentence, desk.installation.texts[desk.words.language]),
        late=late,
        soon=soon,
        reports=leader_figures.unconfirmed(conn),
        figures=leader_figures.week(conn, desk.person, desk.now),
        most=leader_figures.SHOWN,
    )


def _with_ticket(desk: Desk, conn: Connection, matter_id: int) -> Waiting | None:
    """The matter, where it is about a ticket; 404 for one that is not."""
    one = waiting.find(conn, desk.person, desk.settings, matter_id)
    if one is not None and one.ticket is None:
        abort(404)
    return one


def _back(desk: Desk, one: Waiting | None, message: str) -> Response:
    """Back to where the button was: the ticket's page, the leader's, or the first one."""
    if request.form.get("from") == "ticket" and one is not None and one.ticket is not None:
        return desk.back("ticket", message, code=one.ticket.code)
    return desk.back("leader" if may(desk.person, Act.SEE_LEADER) else "today", message)
