"""Notifications of a ticket's moves, written in the transaction of the move itself.

Leaders get an escalation, citizens a row of the outbox. Time and channel are decided when it is sent, so
nothing here needs the calendar or the settings.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from logbook.outbox import deliveries, escalations
from logbook.tickets import deadlines, results
from logbook.tickets.lifecycle import TicketState
from logbook.tickets.tickets import Ticket, TicketHead

TERMS = ("soon", "late")
"""Kinds of escalations that a deadline makes, one name and one end each; they end with the deadline."""


@dataclass(frozen=True, slots=True)
class Move:
    """One move of a ticket: as it was, as it is, by whom, at an aware instant."""

    before: Ticket
    after: Ticket
    actor: str
    now: datetime


def opened(conn: Connection, ticket: Ticket) -> None:
    """Every new ticket goes to the chairman, or around them when it concerns them (000-13; rules B10)."""
    escalations.open_once(
        conn,
        key=f"ticket:{ticket.id}:new",
        kind="new",
        ladder=ladder_of(ticket, "new"),
        ticket_id=ticket.id,
        urgent=ticket.urgent,
        now=ticket.opened_at,
    )


def moved(conn: Connection, move: Move) -> None:
    """Write the notifications that follow from what changed; a verb writes its own besides."""
    if move.before.kind.is_wrong_number and not move.after.kind.is_wrong_number:
        _reopen(conn, move)
    if move.after.urgent and not move.before.urgent:
        _urgent(conn, move)
    if move.before.urgent and not move.after.urgent:
        _not_urgent(conn, move)
    if (move.after.conflict, move.after.subject_ids) != (move.before.conflict, move.before.subject_ids):
        _reroute(conn, move)
    _end_terms(conn, move)


def _reopen(conn: Connection, move: Move) -> None:
    """What was taken for a wrong number by mistake goes on, unless somebody acknowledged it before.

    The sweep of the deadlines sees to their own warnings.
    """
    for row in escalations.of_ticket(conn, move.after.id):
        if row.kind not in TERMS and (row.kind != "urgent" or move.after.urgent):
            escalations.reopen(conn, row, ladder=ladder_of(move.after, row.kind), now=move.now)


def _urgent(conn: Connection, move: Move) -> None:
    """An urgent case restarts its ladder at once, under the rules for urgent ones (002-17)."""
    row = next((each for each in escalations.unsettled(conn, move.after.id) if each.kind == "new"), None)
    if row is not None:
        escalations.move(conn, row, now=move.now, step=0, urgent=True)
        return
    escalations.open_once(
        conn,
        key=f"ticket:{move.after.id}:urgent:{move.after.events}",
        kind="urgent",
        ladder=ladder_of(move.after, "urgent"),
        ticket_id=move.after.id,
        urgent=True,
        now=move.now,
    )


def _not_urgent(conn: Connection, move: Move) -> None:
    """What was marked urgent by mistake goes on at its step, but disturbs nobody outside working time."""
    for row in escalations.unsettled(conn, move.after.id):
        if row.kind == "urgent":
            escalations.acknowledge(conn, row.id, how="moot", who=move.actor, now=move.now)
        elif row.urgent:
            escalations.downgrade(conn, row)


def _reroute(conn: Connection, move: Move) -> None:
    """What concerns a leader takes the other route, from its first step; the rest goes the usual way.

    Whoever a case turns out to concern, what is due to anybody is cancelled and its ladder begins again:
    the job that writes each step skips whom it concerns. What was acknowledged by then may have been
    so by the very person it concerns, so that somebody else hears of it; what was no conflict after all
    reaches the chairman unless the usual way was acknowledged. A guided ticket is nobody's (rules B1).
    """
    results.concern_changed(conn, move.after.id)
    if move.after.state is TicketState.GUIDED:
        return
    newly = bool(move.after.subject_ids - move.before.subject_ids)
    waiting = escalations.unsettled(conn, move.after.id)
    for row in waiting:
        ladder = ladder_of(move.after, row.kind)
        if newly or ladder != row.ladder:
            escalations.move(conn, row, now=move.now, step=0, ladder=ladder)
    turned = move.after.conflict and (newly or not move.before.conflict)
    cleared = move.before.conflict and not move.after.conflict and not _usual_way_knows(conn, move.after)
    if (
        (turned or cleared)
        and not move.after.kind.is_wrong_number
        and all(row.kind in TERMS for row in waiting)
    ):
        escalations.open_once(
            conn,
            key=f"ticket:{move.after.id}:around:{move.after.events}",
            kind="new",
            ladder=ladder_of(move.after, "new"),
            ticket_id=move.after.id,
            urgent=move.after.urgent,
            now=move.now,
        )


def _usual_way_knows(conn: Connection, ticket: Ticket) -> bool:
    """Whether somebody acknowledged an escalation of the ticket, or handed one on, on the usual ladder."""
    return any(
        row.kind not in TERMS and row.ladder != "conflict" and row.settled_how not in (None, "moot")
        for row in escalations.of_ticket(conn, ticket.id)
    )


def ladder_of(ticket: TicketHead, kind: str) -> str:
    """Return the ladder for an escalation of `kind` about a ticket; in a conflict of interest another one.

    The reminder goes to those at work on it, never to whom it concerns.
    """
    usual = {"soon": "reminder", "late": "overdue"}.get(kind, "complaint")
    return "conflict" if ticket.conflict and kind != "soon" else usual


def _end_terms(conn: Connection, move: Move) -> None:
    """A deadline that was met or moved needs no warning any more."""
    runs = deadlines.running(move.after)
    moved_on = move.after.answer_due_at != move.before.answer_due_at
    for row in escalations.unsettled(conn, move.after.id):
        term = row.param("term")
        if row.kind in TERMS and (term not in runs or (moved_on and term == "answer")):
            escalations.acknowledge(conn, row.id, how="moot", who=move.actor, now=move.now)


def tell_citizen(conn: Connection, move: Move, kind: str) -> None:
    """The notification for the ticket's caller, where there is a number to send it to."""
    ticket = move.after
    if ticket.caller_number is None or ticket.anonymous or not ticket.kind.tells_its_caller:
        return
    deliveries.put(
        conn,
        key=f"ticket:{ticket.id}:{kind}:{ticket.events}",
        kind=kind,
        recipient=deliveries.CITIZEN,
        number=ticket.caller_number,
        ticket_id=ticket.id,
        now=move.now,
    )
