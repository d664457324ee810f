"""Everything a ticket's page shows, and which forms lie on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from logbook.accounts import accounts
from logbook.accounts.rights import Person, may
from logbook.calendar.working_time import WorkingTime
from logbook.clock import local
from logbook.console.frame import ConsoleFrame
from logbook.console.views import deliveries, inbox, ticket_history
from logbook.ids import PersonId
from logbook.officials import register
from logbook.plain_text import TooLongError
from logbook.recordings import recordings
from logbook.retention import erasure
from logbook.search import counts, same_caller
from logbook.tickets import assignees, deadlines, groups, history, named_officials, openings
from logbook.tickets.lifecycle import (
    GUIDED_KINDS,
    KINDS,
    BroughtBy,
    TicketOutcome,
    TicketState,
    TicketTopic,
)
from logbook.tickets.portal import codes
from logbook.tickets.tickets import Ticket, case_of
from logbook.tickets.verbs import close, registry
from logbook.tickets.verbs.answer import GiveAnswer
from logbook.tickets.verbs.assign import Assign
from logbook.tickets.verbs.classify import Classify
from logbook.tickets.verbs.close import Close
from logbook.tickets.verbs.supply import Supply
from logbook.tickets.verbs.verb import ANSWER_LIMIT, Verb
from logbook.tickets.verbs.write import WriteContent
from logbook.transcripts import drafts

_NEXT: Mapping[TicketState, type[Verb]] = {
    TicketState.NEW: Classify,
    TicketState.CLASSIFIED: Assign,
    TicketState.ASSIGNED: GiveAnswer,
    TicketState.TRANSFERRED: GiveAnswer,
    TicketState.WAITING_FOR_CALLER: Supply,
    TicketState.ANSWERED: Close,
}
"""The form that lies open: what usually comes next."""


def office_time(desk: ConsoleFrame, conn: Connection) -> WorkingTime:
    """The office's working time by the calendar that counts now."""
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
    details = _deliveries_part(desk, conn, ticket, known)
    first = next((one.row for one in details["matters"] if one.row.kind == "new"), None)
    extended = ticket_history.was_extended(events)
    terms = deadlines.of_ticket(
        ticket, desk.settings, office_time(desk, conn), desk.now, counts.SOON, first, extended=extended
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
        **_forms(desk, ticket),
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


def _forms(desk: ConsoleFrame, ticket: Ticket) -> dict[str, Any]:
    """The forms this person may use now, the usual ones first, each with a template of its own."""
    case = case_of(ticket)
    verbs = {
        name
        for name, verb in registry.with_form().items()
        if ticket.state in verb.from_states and verb.right and may(desk.person, verb.right, case)
    }
    return {
        "verbs": verbs,
        "usual_verbs": [verb.name for verb in registry.USUAL],
        "rarer_verbs": [verb.name for verb in registry.RARER],
    }


def _next(ticket: Ticket) -> str:
    """What usually comes next: nothing is classified before somebody wrote down what was said."""
    if ticket.state is TicketState.NEW and not ticket.content:
        return WriteContent.name
    usual = _NEXT.get(ticket.state)
    return usual.name if usual else ""


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
        "kinds": (*KINDS, *GUIDED_KINDS),
        "caller_types": list(BroughtBy),
        "openings": _openings(conn, ticket),
        "topics": list(TicketTopic),
        "outcomes": {one: close.needs(one, ticket.kind) for one in TicketOutcome},
        "unready": [
            one
            for one in close.lacking(ticket, TicketOutcome.RESOLVED, {}, "")
            if one in ("content", "answer")
        ],
        "answer_limit": ANSWER_LIMIT,
    }


def _openings(conn: Connection, ticket: Ticket) -> list[openings.Opening]:
    """The openings a letter may have lain in; none for a ticket that came another way."""
    if not ticket.channel.is_opened:
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
    return [*found, *filter(None, (accounts.find(conn, PersonId(one)) for one in sorted(gone)))]
