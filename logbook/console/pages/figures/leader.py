"""The leader's page: what waits, what is late, the week's figures; made for a telephone's screen."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask import abort, request
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from logbook.accounts.rights import Act, may
from logbook.console.forms import refused as refused_forms
from logbook.console.frame import ConsoleFrame
from logbook.console.views import inbox, leader_figures, pictures, urgent_deadlines
from logbook.ids import EscalationId, TicketId
from logbook.outbox import escalations
from logbook.outbox.escalations import Escalation
from logbook.reports import shown
from logbook.search import ticket_filters
from logbook.sending import case_results
from logbook.sending.alarms import alarms
from logbook.tickets import results, tickets
from logbook.tickets.lifecycle import TransitionRefusedError
from logbook.tickets.tickets import Ticket, case_of

ESCALATION = "/matters/<int(max=9223372036854775807):escalation_id>"


def add(desk: ConsoleFrame) -> None:
    """`/console/leader`, the lists behind its figures, and the answers to an escalation."""

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

    _add_answers(desk)


def _add_answers(desk: ConsoleFrame) -> None:
    @desk.page(f"{ESCALATION}/acknowledge", Act.ACKNOWLEDGE, methods=("POST",))
    def acknowledge(escalation_id: EscalationId) -> Response:
        with desk.writing() as conn:
            one = inbox.find(conn, desk.person, desk.settings, escalation_id)
            escalation = escalations.of_id(conn, escalation_id)
            done = one is not None and inbox.acknowledge(conn, one, desk.person, desk.now)
            own = escalation is not None and escalation.settled_by == desk.person.id
            message = "leader_acknowledged" if done or own else "leader_settled_before"
            return _back(desk, conn, escalation, message, done=done or own)

    @desk.page(f"{ESCALATION}/instruct", Act.INSTRUCT, methods=("POST",))
    def instruct_on_escalation(escalation_id: EscalationId) -> Response | tuple[str, int]:
        text = request.form.get("instruction", "").strip()
        with desk.writing() as conn:
            escalation = escalations.of_id(conn, escalation_id)
            ticket = _ticket(conn, escalation, tickets.locked)
            if escalation is None or ticket is None or not may(desk.person, Act.INSTRUCT, case_of(ticket)):
                abort(404)
            try:
                inbox.instruct(conn, escalation, ticket, desk.person, desk.settings, text, desk.now)
            except TransitionRefusedError as refused:
                if refused.why == "state":
                    words = refused_forms.returned(desk, again=False)
                    return desk.show("error.html", key="leader_settled_before", **words), 409
                return _back(desk, conn, escalation, "leader_instruction_missing", done=False)
            return _back(desk, conn, escalation, "leader_instructed")

    @desk.page(f"{ESCALATION}/hand-on", Act.INSTRUCT, methods=("POST",))
    def hand_on(escalation_id: EscalationId) -> Response:
        with desk.writing() as conn:
            one = inbox.find(conn, desk.person, desk.settings, escalation_id)
            done = one is not None and inbox.hand_on(conn, one, desk.person, desk.settings, desk.now)
            message = "leader_handed_on" if done else "leader_not_handed_on"
            return _back(desk, conn, escalations.of_id(conn, escalation_id), message, done=done)


def _shown(desk: ConsoleFrame, conn: Connection) -> str:
    times, _ = desk.installation.calendars.now(conn)
    late, soon = urgent_deadlines.pressing(conn, desk.person, desk.settings, times.office, desk.now)
    first = ticket_filters.whole(request.args.get("first")) or 0
    return desk.show(
        "leader.html",
        here="leader",
        waits=inbox.page(conn, desk.person, desk.settings, first),
        part=desk.settings.tickets,
        alarm=partial(alarms.sentence, desk.installation.texts[desk.words.language]),
        late=late,
        soon=soon,
        reports=leader_figures.unconfirmed(conn),
        results=results.since(conn, desk.person, results.midnight(desk.now)),
        became=partial(case_results.became, desk.installation.texts[desk.words.language]),
        figures=leader_figures.week(conn, desk.person, desk.now),
        most=urgent_deadlines.SHOWN,
        pictures=pictures.drawn(conn, desk.person, desk.now, desk.words),
        ages=pictures.age_names(desk.words),
        shown=shown,
    )


def _ticket(
    conn: Connection,
    escalation: Escalation | None,
    read: Callable[[Connection, TicketId], Ticket] = tickets.of_id,
) -> Ticket | None:
    return None if escalation is None or escalation.ticket_id is None else read(conn, escalation.ticket_id)


def _back(
    desk: ConsoleFrame, conn: Connection, escalation: Escalation | None, message: str, *, done: bool = True
) -> Response:
    """Back to where the button was: the ticket's page, the leader's, or the first one."""
    if request.form.get("from") == "ticket":
        ticket = _ticket(conn, escalation)
        if ticket is not None and may(desk.person, Act.SEE_TICKETS, case_of(ticket)):
            return desk.back("ticket", message, done=done, code=ticket.code)
    return desk.back("leader" if may(desk.person, Act.SEE_LEADER) else "today", message, done=done)
