"""Applies verbs to tickets and writes each into their history."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, update

from logbook.database import search_index
from logbook.database.errors import StaleVersionError
from logbook.database.tables import ticket_events, tickets
from logbook.ids import TicketId
from logbook.tickets import history, notifications
from logbook.tickets.lifecycle import TicketState
from logbook.tickets.tickets import Ticket, locked, of_id
from logbook.tickets.verbs.ask_more import AskMore
from logbook.tickets.verbs.verb import REASON_LIMIT, Changes, Leads, MoveContext, Verb, checked_text

TICKED = "conflict_ticked"
"""Whether a person said it is a conflict of interest, beside whether it is one by whom it is about."""
_PRIVATE = frozenset({"caller_name", "caller_address"})
"""Details that change the ticket but stay out of its history, which more people read (B4)."""


def apply(
    conn: Connection,
    ticket_id: TicketId,
    verb: Verb,
    *,
    actor: str,
    now: datetime,
    expected_version: int | None = None,
) -> Ticket:
    """Move a ticket by one verb and write it into the history, who, when and why.

    Raises TransitionRefusedError when the verb is not possible, StaleVersionError when the ticket is no
    longer at `expected_version` (what the clerk saw), TooLong for words that do not fit whole, NoResultFound
    for an unknown ticket.
    """
    ticket = locked(conn, ticket_id)
    if expected_version not in (None, ticket.version):
        raise StaleVersionError(
            f"ticket {ticket.code} is at version {ticket.version}, not {expected_version}"
        )
    verb.check(ticket.state)
    checked_text(verb.reason, REASON_LIMIT)
    to_state = _to_state(conn, ticket, verb)
    changes = verb.changes(MoveContext(conn, ticket, now))
    _store(conn, ticket, verb, changes | {"state": to_state}, actor, now)
    moved = of_id(conn, ticket_id)
    move = notifications.Move(ticket, moved, actor, now)
    notifications.moved(conn, move)
    verb.notify(conn, move)
    return moved


def _to_state(conn: Connection, ticket: Ticket, verb: Verb) -> TicketState:
    match verb.leads:
        case Leads.NOWHERE:
            return ticket.state
        case Leads.BACK:
            return _before_asking(conn, ticket)
        case state:
            return state


def _store(conn: Connection, ticket: Ticket, verb: Verb, changes: Changes, actor: str, now: datetime) -> None:
    """Write the event and the ticket's new columns, `state` among them (StaleVersionError)."""
    head = history.add(
        conn,
        ticket_id=ticket.id,
        number=ticket.events + 1,
        at=now,
        verb=verb.name,
        actor=actor,
        reason=verb.reason,
        details=_event_details(verb, {name: changes[name] for name in changes if name != "state"}),
        from_state=ticket.state,
        to_state=changes["state"],
        previous_hash=ticket.head_hash,
    )
    done = conn.execute(
        update(tickets)
        .where(tickets.c.id == ticket.id, tickets.c.version == ticket.version)
        .values(version=ticket.version + 1, events=ticket.events + 1, head_hash=head, **changes)
    )
    if done.rowcount != 1:
        raise StaleVersionError(f"ticket {ticket.code} was changed meanwhile")
    if changes.keys() & {"content", "summary", "caller_name"}:
        search_index.refresh(conn, ticket.id)


def _event_details(verb: Verb, changes: Changes) -> dict[str, object]:
    """What the history says: the details as stored, names and addresses only as changed."""
    details = dict(verb.details())
    values = {name: value for name, value in details.items() if name not in _PRIVATE}
    values |= {name: changes[name] for name in ("assigned_id", "conflict") if name in changes}
    if "subject_ids" in changes:
        values |= {"subject_ids": sorted(changes["subject_ids"]), TICKED: bool(details.get("conflict"))}
    if _PRIVATE & details.keys():
        values["caller"] = "changed"
    return values


def _before_asking(conn: Connection, ticket: Ticket) -> TicketState:
    """The state the ticket was in when the caller was asked for more."""
    asked = conn.execute(
        select(ticket_events.c.from_state)
        .where(ticket_events.c.ticket_id == ticket.id, ticket_events.c.verb == AskMore.name)
        .order_by(ticket_events.c.number.desc())
        .limit(1)
    ).scalar()
    return TicketState(asked) if asked else ticket.state
