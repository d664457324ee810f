"""Notifications of a ticket's moves, written in the transaction of the move itself.

Leaders get an escalation, citizens a row of the outbox. Time and channel are decided when it is sent, so
nothing here needs the calendar or the settings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from logbook.outbox import deliveries, escalations
from logbook.tickets import deadlines, results
from logbook.tickets.tickets import Ticket, TicketHead, end_is_news

TERMS = ("soon", "late")
"""Kinds of escalations that a deadline makes, one name and one end each; they end with the deadline."""
WRONG_NUMBER = "nuisance"
"""The kind that needs no notification."""
NEVER_NOTIFIED = (WRONG_NUMBER, "emergency")
"""Kinds whose caller no message and no call of ours is sent to: in an emergency a person sees to them."""


@dataclass(frozen=True, slots=True)
class Move:
    """One move of a ticket: as it was, as it is, by which verb and whom, at an aware instant."""

    before: Ticket
    after: Ticket
    verb: str
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
    """Write the notifications of this move; none for a verb that concerns nobody else."""
    if move.before.kind == WRONG_NUMBER and move.after.kind != WRONG_NUMBER:
        _reopen(conn, move)
    if move.after.urgent and not move.before.urgent:
        _urgent(conn, move)
    if move.before.urgent and not move.after.urgent:
        _not_urgent(conn, move)
    if (move.after.conflict, move.after.subject_ids) != (move.before.conflict, move.before.subject_ids):
        _reroute(conn, move)
    _end_terms(conn, move)
    _BY_VERB.get(move.verb, _nothing)(conn, move)


def _nothing(_conn: Connection, _move: Move) -> None:
    return


def _classified(conn: Connection, move: Move) -> None:
    """A wrong number needs no notification; of anything else the caller hears it is accepted (rules B1)."""
    if move.after.kind == WRONG_NUMBER:
        escalations.settle_all(conn, move.after.id, now=move.now, who=move.actor)
    elif move.before.state == "new" or move.before.kind in NEVER_NOTIFIED:
        _tell_citizen(conn, move, "accepted")


def _reopen(conn: Connection, move: Move) -> None:
    """What was taken for a wrong number by mistake goes on, unless somebody acknowledged it before.

    The sweep of the deadlines sees to their own warnings.
    """
    for row in escalations.of_ticket(conn, move.after.id):
        if row.kind not in TERMS and (row.kind != "urgent" or move.after.urgent):
            escalations.reopen(conn, row, ladder=ladder_of(move.after, row.kind), now=move.now)


def _guided(conn: Connection, move: Move) -> None:
    """A khiếu nại or tố cáo leaves the ladder: it is restricted and not ours to hand round (rules B1)."""
    escalations.settle_all(conn, move.after.id, now=move.now, who=move.actor)
    deliveries.cancel(conn, move.now, ticket_id=move.after.id)


def _transferred(conn: Connection, move: Move) -> None:
    _tell_citizen(conn, move, "transferred")
    results.record(conn, move.after, "transferred", move.now)


def _extended(conn: Connection, move: Move) -> None:
    """A changed deadline is itself reported (T-24), and the caller hears of it (rules B1)."""
    escalations.open_once(
        conn,
        key=f"ticket:{move.after.id}:extended:{move.after.events}",
        kind="extended",
        ladder=ladder_of(move.after, "extended"),
        ticket_id=move.after.id,
        params={"who": move.actor},
        now=move.now,
    )
    _tell_citizen(conn, move, "extended")


def _answered(conn: Connection, move: Move) -> None:
    deliveries.cancel(conn, move.now, ticket_id=move.after.id, recipient=deliveries.CITIZEN)
    _tell_citizen(conn, move, "answered")
    results.record(conn, move.after, "answered", move.now)


def _closed(conn: Connection, move: Move) -> None:
    """Every caller hears how their ticket ended (ASK-26)."""
    if end_is_news(move.after):
        _tell_citizen(conn, move, "closed")
    if move.after.kind != WRONG_NUMBER:
        results.record(conn, move.after, "closed", move.now)


def _dissatisfied(conn: Connection, move: Move) -> None:
    """Who is not satisfied reaches the chairman (ASK-25)."""
    escalations.open_once(
        conn,
        key=f"ticket:{move.after.id}:dissatisfied:{move.after.events}",
        kind="dissatisfied",
        ladder=ladder_of(move.after, "dissatisfied"),
        ticket_id=move.after.id,
        urgent=move.after.urgent,
        now=move.now,
    )


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
    if move.after.state == "guided":
        return
    newly = bool(move.after.subject_ids - move.before.subject_ids)
    waiting = escalations.unsettled(conn, move.after.id)
    for row in waiting:
        ladder = ladder_of(move.after, row.kind)
        if newly or ladder != row.ladder:
            escalations.move(conn, row, now=move.now, step=0, ladder=ladder)
    turned = move.after.conflict and (newly or not move.before.conflict)
    cleared = move.before.conflict and not move.after.conflict and not _usual_way_knows(conn, move.after)
    if (turned or cleared) and move.after.kind != WRONG_NUMBER and all(row.kind in TERMS for row in waiting):
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


def _tell_citizen(conn: Connection, move: Move, kind: str) -> None:
    """The notification for the ticket's caller, where there is a number to send it to."""
    ticket = move.after
    if ticket.caller_number is None or ticket.anonymous or ticket.kind in NEVER_NOTIFIED:
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


_BY_VERB: Mapping[str, Callable[[Connection, Move], None]] = {
    "classify": _classified,
    "guide": _guided,
    "transfer": _transferred,
    "extend": _extended,
    "answer": _answered,
    "close": _closed,
    "reject_answer": _dissatisfied,
}
