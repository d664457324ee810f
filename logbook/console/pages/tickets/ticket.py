"""Page of one ticket: what came in, what is known, what to do next, and the history."""

from __future__ import annotations

from typing import Any

from flask import abort, request
from sqlalchemy import Connection
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from logbook.accounts import audit_log
from logbook.accounts.rights import Act, may
from logbook.console.forms import refused as refused_forms
from logbook.console.frame import ConsoleFrame
from logbook.console.views import inbox, ticket_history
from logbook.console.views.ticket_page import office_time, show
from logbook.database.errors import StaleVersionError
from logbook.plain_text import TooLongError
from logbook.search import ticket_filters
from logbook.tickets import groups, history, moves, tickets
from logbook.tickets.lifecycle import TicketState, TransitionRefusedError
from logbook.tickets.tickets import Ticket, case_of
from logbook.tickets.verbs import registry
from logbook.tickets.verbs.extend import Extend
from logbook.tickets.verbs.form import Filled
from logbook.tickets.verbs.grouping import JoinGroup
from logbook.tickets.verbs.instruct import GiveInstruction
from logbook.tickets.verbs.verb import Left, Verb
from logbook.tickets.verbs.write import WriteContent
from logbook.transcripts import drafts

Answer = str | tuple[str, int] | Response
RULE = "/tickets/<string(length=6):code>"


def add(desk: ConsoleFrame) -> None:
    """`/console/tickets/<code>` and a form for every verb."""

    @desk.page(RULE, Act.SEE_TICKETS)
    def ticket(code: str) -> str:
        with desk.reading() as conn:
            found = ticket_of(desk, conn, code)
            page = show(desk, conn, found, **_kept(desk))
        if found.state is TicketState.GUIDED:
            with desk.writing() as conn:
                audit_log.write(conn, desk.person, "see_restricted", f"ticket:{found.id}", desk.now)
        return page

    @desk.page(f"{RULE}/caller", Act.SEE_CALLER, methods=("POST",))
    def ticket_caller(code: str) -> str:
        with desk.writing() as conn:
            found = ticket_of(desk, conn, code)
            desk.demand(Act.SEE_CALLER, case_of(found))
            audit_log.write(conn, desk.person, "show_caller", f"ticket:{found.id}", desk.now)
            return show(desk, conn, found, shown=True)

    @desk.page(f"{RULE}/listen", Act.LISTEN, methods=("POST",))
    def ticket_listen(code: str) -> str:
        with desk.writing() as conn:
            found = ticket_of(desk, conn, code)
            desk.demand(Act.LISTEN, case_of(found))
            playing = _recording_wanted(conn, found)
            subject, reason = f"recording:{playing}", request.form.get("reason", "").strip()
            audit_log.write(conn, desk.person, "listen", subject, desk.now, reason, ticket=found.code)
            return show(desk, conn, found, playing=playing)

    for verb in registry.with_form().values():
        _add_verb(desk, verb)


def _add_verb(desk: ConsoleFrame, verb: type[Verb]) -> None:
    right = verb.right
    if right is None:
        return

    def do(code: str) -> Answer:
        return _do(desk, code, verb, right)

    do.__name__ = f"ticket_{verb.name}"
    desk.page(f"{RULE}/{verb.name}", right, methods=("POST",))(do)


def ticket_of(desk: ConsoleFrame, conn: Connection, code: str) -> Ticket:
    """The ticket, where the person may see it; 404 otherwise, whether it is there or not (T-10)."""
    found = tickets.find(conn, code)
    if found is None:
        abort(404)
    desk.demand(Act.SEE_TICKETS, case_of(found))
    return found


def _recording_wanted(conn: Connection, ticket: Ticket) -> int:
    """The caller's recording, or that of a spoken instruction; 404 for any other."""
    wanted = ticket_filters.whole(request.form.get("recording")) or ticket.recording_id
    spoken = ticket_history.instruction_recordings(history.of(conn, ticket.id))
    if wanted is None or wanted not in spoken | {ticket.recording_id}:
        abort(404)
    return wanted


def _kept(desk: ConsoleFrame) -> dict[str, Any]:
    """The form whose words were kept, open as it was typed, with fields that are not always asked for."""
    kept = refused_forms.opened_here(desk)
    verb = kept.path.rpartition("/")[2] if kept else ""
    if kept is None or verb not in registry.with_form():
        return {}
    return {"opened": verb, "typed": MultiDict(kept.fields)}


def version_seen() -> int:
    """The version the form was made from; 400 when somebody took it out."""
    given = request.form.get("version", "")
    if not (given.isascii() and given.isdecimal() and len(given) <= 9):
        abort(400)
    return int(given)


def _do(desk: ConsoleFrame, code: str, verb: type[Verb], right: Act) -> Answer:
    with desk.writing() as conn:
        found = ticket_of(desk, conn, code)
        desk.demand(right, case_of(found))
        seen = version_seen()
        if "preview" in request.form:
            return show(desk, conn, found, opened=verb.name, typed=request.form, seen=seen)
        try:
            with conn.begin_nested():
                moved = _apply(desk, conn, found, verb, seen)
        except StaleVersionError:
            # Read again: on PostgreSQL another clerk may have finished since the first look.
            now_there = ticket_of(desk, conn, code)
            return show(desk, conn, now_there, opened=verb.name, typed=request.form, changed_since=seen), 409
        except TooLongError as words:
            return show(desk, conn, found, opened=verb.name, typed=request.form, seen=seen, long=words), 400
        except TransitionRefusedError as refused:
            status = 409 if refused.why == "state" else 400
            page = show(
                desk, conn, found, opened=verb.name, typed=request.form, refused=refused.why, seen=seen
            )
            return page, status
        if not may(desk.person, Act.SEE_TICKETS, case_of(moved)):
            return desk.back("today", "ticket_left")
        return desk.back("ticket", "ticket_saved", code=code)


def _apply(desk: ConsoleFrame, conn: Connection, found: Ticket, verb: type[Verb], seen: int) -> Ticket:
    if verb is JoinGroup:
        return _join(desk, conn, found, seen)
    form = request.form.to_dict(flat=False)
    office = office_time(desk, conn)
    step = verb.read(Filled(form, found, desk.settings.tickets, office, desk.now))
    if isinstance(step, WriteContent) and step.caller_name is not Left.OUT:
        desk.demand(Act.SEE_CALLER, case_of(found))
    moved = moves.apply(conn, found.id, step, actor=desk.person.login, now=desk.now, expected_version=seen)
    if isinstance(step, WriteContent) and "draft" in request.form:
        _confirm_draft(desk, conn, found)
    if isinstance(step, GiveInstruction):
        inbox.instructed(conn, desk.person, desk.settings, found.id, desk.now)
    if isinstance(step, Extend):  # T-24: leaders and inspectors read about a moved deadline here
        dates = {"before": found.answer_due_at.isoformat(), "after": moved.answer_due_at.isoformat()}
        subject = f"ticket:{found.id}"
        audit_log.write(conn, desk.person, "change_deadline", subject, desk.now, step.reason, **dates)
    return moved


def _confirm_draft(desk: ConsoleFrame, conn: Connection, found: Ticket) -> None:
    """The content was written from the machine's draft: a person stands for it now."""
    if found.recording_id and drafts.confirm(conn, found.recording_id, desk.person.id, desk.now):
        subject = f"recording:{found.recording_id}"
        audit_log.write(conn, desk.person, "confirm_transcript", subject, desk.now, ticket=found.code)


def _join(desk: ConsoleFrame, conn: Connection, found: Ticket, seen: int) -> Ticket:
    other = tickets.find(conn, request.form.get("code", "").strip())
    if other is None or not may(desk.person, Act.GROUP, case_of(other)):
        raise TransitionRefusedError("no such ticket to join with", "other")
    groups.join(conn, found, other, desk.person, desk.now, seen)
    return tickets.of_id(conn, found.id)
