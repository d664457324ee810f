"""Page of one ticket: what came in, what is known, what to do next, and the history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, request
from sqlalchemy import Connection
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from logbook.accounts import accounts, audit_log
from logbook.accounts.rights import Act, Person, may
from logbook.calendar.working_time import WorkingTime
from logbook.clock import local
from logbook.console.forms import refused as refused_forms
from logbook.console.frame import ConsoleFrame
from logbook.console.pages.tickets.today import SOON
from logbook.console.views import deliveries, inbox, ticket_history
from logbook.console.views.ticket_forms import ACTS, ALL_KINDS, Filled, read
from logbook.database.errors import StaleVersionError
from logbook.officials import register
from logbook.plain_text import TooLongError
from logbook.recordings import recordings
from logbook.retention import erasure
from logbook.search import same_caller, ticket_filters
from logbook.tickets import (
    assignees,
    closing,
    deadlines,
    groups,
    history,
    moves,
    named_officials,
    openings,
    tickets,
)
from logbook.tickets.lifecycle import CALLER_TYPES, OUTCOMES, TOPICS, TransitionRefusedError, verbs_from
from logbook.tickets.portal import codes
from logbook.tickets.tickets import Ticket, case_of
from logbook.transcripts import drafts

Answer = str | tuple[str, int] | Response
RULE = "/tickets/<string(length=6):code>"
NEXT = {
    "new": "classify",
    "classified": "assign",
    "assigned": "answer",
    "transferred": "answer",
    "waiting_for_caller": "supply",
    "answered": "close",
}
"""The form that lies open: what usually comes next."""


def add(desk: ConsoleFrame) -> None:
    """`/console/tickets/<code>` and a form for every verb."""

    @desk.page(RULE, Act.SEE_TICKETS)
    def ticket(code: str) -> str:
        with desk.reading() as conn:
            found = ticket_of(desk, conn, code)
            page = show(desk, conn, found, **_kept(desk))
        if found.state == "guided":
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

    for verb in ACTS:
        _add_verb(desk, verb)


def _add_verb(desk: ConsoleFrame, verb: str) -> None:
    def do(code: str) -> Answer:
        return _do(desk, code, verb)

    do.__name__ = f"ticket_{verb}"
    desk.page(f"{RULE}/{verb}", ACTS[verb], methods=("POST",))(do)


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
    if kept is None or verb not in ACTS:
        return {}
    return {"opened": verb, "typed": MultiDict(kept.fields)}


def version_seen() -> int:
    """The version the form was made from; 400 when somebody took it out."""
    given = request.form.get("version", "")
    if not (given.isascii() and given.isdecimal() and len(given) <= 9):
        abort(400)
    return int(given)


def _do(desk: ConsoleFrame, code: str, verb: str) -> Answer:
    with desk.writing() as conn:
        found = ticket_of(desk, conn, code)
        desk.demand(ACTS[verb], case_of(found))
        seen = version_seen()
        if "preview" in request.form:
            return show(desk, conn, found, opened=verb, typed=request.form, seen=seen)
        try:
            with conn.begin_nested():
                moved = _apply(desk, conn, found, verb, seen)
        except StaleVersionError:
            # Read again: on PostgreSQL another clerk may have finished since the first look.
            now_there = ticket_of(desk, conn, code)
            return show(desk, conn, now_there, opened=verb, typed=request.form, changed_since=seen), 409
        except TooLongError as words:
            return show(desk, conn, found, opened=verb, typed=request.form, seen=seen, long=words), 400
        except TransitionRefusedError as refused:
            status = 409 if refused.why == "state" else 400
            page = show(desk, conn, found, opened=verb, typed=request.form, refused=refused.why, seen=seen)
            return page, status
        if not may(desk.person, Act.SEE_TICKETS, case_of(moved)):
            return desk.back("today", "ticket_left")
        return desk.back("ticket", "ticket_saved", code=code)


def _apply(desk: ConsoleFrame, conn: Connection, found: Ticket, verb: str, seen: int) -> Ticket:
    if verb == "join_group":
        return _join(desk, conn, found, seen)
    step = read(verb, Filled(request.form, found, desk.settings.tickets, _office(desk, conn), desk.now))
    if "caller_name" in step.details:
        desk.demand(Act.SEE_CALLER, case_of(found))
    moved = moves.apply(
        conn,
        found.id,
        step.verb,
        actor=desk.person.login,
        reason=step.reason,
        now=desk.now,
        expected_version=seen,
        **step.details,
    )
    if verb == "write" and "draft" in request.form:
        _confirm_draft(desk, conn, found)
    if verb == "instruct":
        inbox.instructed(conn, desk.person, desk.settings, found.id, desk.now)
    if verb == "extend":  # T-24: leaders and inspectors read about a moved deadline here
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


def _office(desk: ConsoleFrame, conn: Connection) -> WorkingTime:
    times, _ = desk.installation.calendars.now(conn)
    return times.office


def show(
    desk: ConsoleFrame,
    conn: Connection,
    ticket: Ticket,
    *,
    shown: bool = False,
    playing: int | None = None,
    opened: str = "",
    typed: Mapping[str, str] | None = None,
    refused: str = "",
    seen: int | None = None,
    changed_since: int | None = None,
    long: TooLongError | None = None,
) -> str:
    """The page; `shown` with the caller, `opened` with the form of a verb as it was typed.

    `changed_since`: the version somebody typed at while another changed the ticket; what was changed is
    shown above what was typed, and only a second, deliberate sending goes through.
    """
    case = case_of(ticket)
    known = ticket_history.names(conn)
    events = history.of(conn, ticket.id)
    lines = ticket_history.lines(events, known, desk.settings.tickets)
    allowed = {verb for verb, act in ACTS.items() if may(desk.person, act, case)}
    details = _deliveries_part(desk, conn, ticket, known)
    first = next((one.row for one in details["matters"] if one.row.kind == "new"), None)
    extended = ticket_history.was_extended(events)
    terms = deadlines.of_ticket(
        ticket, desk.settings, _office(desk, conn), desk.now, SOON, first, extended=extended
    )
    return desk.show(
        "ticket.html",
        here="tickets",
        ticket=ticket,
        case=case,
        names=known,
        lines=lines,
        broken=history.verify_ticket(conn, ticket.id),
        changed=[line for line in lines if changed_since is not None and line.number > changed_since],
        verbs=verbs_from(ticket.state) & allowed,
        primary=_next(ticket),
        terms=terms,
        opened=opened,
        typed=typed or {},
        refused=refused,
        long=long,
        seen=ticket.version if seen is None else seen,
        shown=shown,
        playing=playing,
        opening=openings.find(conn, ticket.opening_id) if ticket.opening_id else None,
        erased_at=erasure.erased_at(conn, ticket.id),
        portal_code=codes.of(conn, ticket.id),
        **details,
        **_around(desk, conn, ticket),
    )


def _deliveries_part(
    desk: ConsoleFrame, conn: Connection, ticket: Ticket, known: ticket_history.Names
) -> dict[str, Any]:
    """Who was notified of the ticket, how and with which result, and what this person may acknowledge."""
    notifications = desk.settings.notifications
    return {
        "matters": deliveries.shown_for_ticket(conn, ticket.id, notifications, known.by_login),
        "news": deliveries.news(conn, ticket.id, notifications),
        "mine": {one.row.id for one in inbox.of_ticket(conn, desk.person, desk.settings, ticket.id)},
    }


def _next(ticket: Ticket) -> str:
    """What usually comes next: nothing is classified before somebody wrote down what was said."""
    if ticket.state == "new" and not ticket.content:
        return "write"
    return NEXT.get(ticket.state, "")


def _around(desk: ConsoleFrame, conn: Connection, ticket: Ticket) -> dict[str, Any]:
    """What stands beside the ticket: people, recording, group, other tickets of the number, choices."""
    part = desk.settings.tickets
    recording = None if ticket.recording_id is None else recordings.find(conn, ticket.recording_id)
    members = [] if ticket.group_id is None else groups.members(conn, ticket.group_id, desk.person)
    route = None
    if ticket.conflict:
        route = assignees.next_on_route(conn, part.conflict_route, ticket.subject_ids)
    return {
        "part": part,
        "recording": recording,
        "draft": None if ticket.state in drafts.OVER else drafts.of_recording(conn, ticket.recording_id),
        "members": members,
        "group_title": groups.title(members),
        "card": same_caller.of_ticket(conn, ticket, desk.person),
        "subjects": _subjects(desk, conn, ticket),
        **_of_register(desk, conn, ticket),
        "listed": accounts.listed(conn, desk.now),
        "givable": assignees.may_be_given(conn, ticket.subject_ids, conflict=ticket.conflict),
        "route": route,
        "kinds": ALL_KINDS,
        "caller_types": CALLER_TYPES,
        "openings": _openings(conn, ticket),
        "topics": TOPICS,
        "outcomes": {one: closing.needs(one, ticket.kind) for one in OUTCOMES},
        "unready": [
            one for one in closing.lacking(ticket, "resolved", {}, "") if one in ("content", "answer")
        ],
        "answer_limit": moves.ANSWER_LIMIT,
    }


def _openings(conn: Connection, ticket: Ticket) -> list[openings.Opening]:
    """The openings a letter may have lain in; none for a ticket that came another way."""
    if ticket.channel not in openings.CHANNELS:
        return []
    own = openings.find(conn, ticket.opening_id) if ticket.opening_id else None
    found = [one for one in openings.to_choose(conn) if one.channel == ticket.channel]
    return found if own is None or own in found else [own, *found]


def _of_register(desk: ConsoleFrame, conn: Connection, ticket: Ticket) -> dict[str, Any]:
    """Whom of the register the ticket is about, and who else may be named: whoever has no account."""
    named = named_officials.of_ticket(conn, ticket.id)
    serving = register.listed(conn, local(desk.now).date())
    rest = [one for one in serving if one.login is None and one not in named]
    return {"named": named, "officials": [*named, *rest]}


def _subjects(desk: ConsoleFrame, conn: Connection, ticket: Ticket) -> list[Person]:
    """Return every account that is open, and whoever the complaint is about already."""
    found = accounts.listed(conn, desk.now)
    gone = ticket.subject_ids - {person.id for person in found}
    return [*found, *filter(None, (accounts.find(conn, one) for one in sorted(gone)))]
