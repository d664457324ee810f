"""Moves tickets by the transition table and writes every move into their history."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from logbook import history
from logbook.book import Ticket, of_id
from logbook.plain_text import plain_text
from logbook.tables import ticket_events, tickets
from logbook.transitions import BACK, STAY, Outdated, TransitionRefused, checked


def apply(
    conn: Connection,
    ticket_id: int,
    verb: str,
    *,
    actor: str,
    reason: str = "",
    now: datetime,
    expected_version: int | None = None,
    **details: object,
) -> Ticket:
    """Move a ticket by one verb of the transition table and write it into the history, who, when and why.

    Raises TransitionRefused when the table does not allow it, Outdated when the ticket is no longer
    at `expected_version` (what the clerk saw), NoResultFound for an unknown ticket.
    """
    query = select(tickets).where(tickets.c.id == ticket_id).with_for_update()
    ticket = Ticket(*conn.execute(query).one())
    if expected_version not in (None, ticket.version):
        raise Outdated(f"ticket {ticket.code} is at version {ticket.version}, not {expected_version}")
    transition = checked(verb, ticket.state, reason, details)
    to_state = {STAY: ticket.state, BACK: _before_asking(conn, ticket)}.get(
        transition.to_state, transition.to_state
    )
    changes = _columns(ticket, verb, details, now)
    head = history.add(
        conn,
        ticket_id=ticket.id,
        number=ticket.events + 1,
        at=now,
        verb=verb,
        actor=actor,
        reason=reason,
        details=details,
        from_state=ticket.state,
        to_state=to_state,
        previous_hash=ticket.head_hash,
    )
    changes |= {"state": to_state, "events": ticket.events + 1, "head_hash": head}
    done = conn.execute(
        update(tickets)
        .where(tickets.c.id == ticket.id, tickets.c.version == ticket.version)
        .values(version=ticket.version + 1, **changes)
    )
    if done.rowcount != 1:
        raise Outdated(f"ticket {ticket.code} was changed meanwhile")
    return of_id(conn, ticket_id)


def _columns(ticket: Ticket, verb: str, details: dict[str, object], now: datetime) -> dict[str, Any]:
    """What a verb changes in the ticket besides its state."""
    match verb:
        case "classify" | "guide":
            return {"kind": details["kind"]}
        case "extend":
            return {"answer_due_at": _later(ticket, details["answer_due_at"])}
        case "answer":
            return {"answer": plain_text(str(details["answer"]), 20_000), "answered_at": now}
        case "close":
            return {"outcome": details["outcome"], "closed_at": now}
        case "reopen":
            return {"outcome": None, "closed_at": None}
        case _:
            return {}


def _later(ticket: Ticket, due: object) -> datetime:
    if not isinstance(due, datetime) or due.tzinfo is None or due <= ticket.answer_due_at:
        raise TransitionRefused("extend needs an aware answer_due_at later than the present one")
    return due


def _before_asking(conn: Connection, ticket: Ticket) -> str:
    """The state the ticket was in when the caller was asked for more."""
    asked = conn.execute(
        select(ticket_events.c.from_state)
        .where(ticket_events.c.ticket_id == ticket.id, ticket_events.c.verb == "ask_more")
        .order_by(ticket_events.c.number.desc())
        .limit(1)
    ).scalar()
    return str(asked or ticket.state)
