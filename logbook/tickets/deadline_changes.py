"""Recomputes deadlines after the calendar of days changed (docs/decisions/0011)."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from logbook.calendar.working_time import WorkingTime
from logbook.clock import local
from logbook.database.tables import ticket_events as table
from logbook.ids import TicketId
from logbook.tickets import deadlines, moves, tickets
from logbook.tickets.tickets import TicketHead
from logbook.tickets.verbs.calendar_moves import HeardDue, Recount
from logbook.tickets.verbs.extend import Extend
from logbook.tickets.verbs.tell import TellCaller
from logbook.tickets.verbs.verdicts import RejectAnswer

_SENT = (TellCaller.name, HeardDue.name)
_VERBS = ("open", Extend.name, RejectAnswer.name, Recount.name, *_SENT)
Past = tuple[str, datetime, Mapping[str, Any]]
"""What an event of a ticket says about its deadlines: the verb, when, and the details."""


def moved(
    conn: Connection, batch: Sequence[TicketHead], office: WorkingTime, now: datetime
) -> list[TicketId]:
    """Return the ids of those tickets of a batch, in order of their ids, whose stored ends are to move."""
    if not batch:
        return []
    past = _past(conn, batch[0].id, batch[-1].id)
    return [ticket.id for ticket in batch if _changes(ticket, past[ticket.id], office, now)]


def recount(conn: Connection, ticket_id: TicketId, office: WorkingTime, now: datetime) -> bool:
    """Move a ticket's stored ends to where the calendar has them and write it down; False when they are."""
    ticket = tickets.locked(conn, ticket_id)
    changes: dict[str, Any] = dict(
        _changes(ticket, _past(conn, ticket_id, ticket_id)[ticket_id], office, now)
    )
    if not changes:
        return False
    before: dict[str, Any] = {
        name.replace("_at", "_before"): local(getattr(ticket, name)) for name in changes
    }
    moves.apply(conn, ticket_id, Recount(**before, **changes), actor="hotline", now=now)
    return True


def heard(conn: Connection, ticket: TicketHead, now: datetime) -> None:
    """Note that the caller heard a deadline of the answer that the calendar made: it is kept now."""
    past = _past(conn, ticket.id, ticket.id)[ticket.id]
    if past and ticket.answer_due_at not in _kept(past) and "answer" in deadlines.running(ticket):
        moves.apply(conn, ticket.id, HeardDue(), actor="citizen", now=now)


def _changes(
    ticket: TicketHead, past: Sequence[Past], office: WorkingTime, now: datetime
) -> dict[str, datetime]:
    """The ends that are to move and where to; nothing for what has ended or lies behind us.

    The answer never moves before a date the citizen may count on.
    """
    running = deadlines.running(ticket)
    if not past or past[0][0] != "open" or not running:
        return {}
    opened = past[0][2]
    ends: dict[str, datetime] = {}
    if "notice" in running and "notice_days" in opened:
        ends["notice_due_at"] = office.add_days(ticket.opened_at, opened["notice_days"])
    if "answer" in running and (answer := _answer_due(ticket, past, office)) is not None:
        ends["answer_due_at"] = max(answer, *_kept(past))
    return {
        name: end
        for name, end in ends.items()
        if getattr(ticket, name) != end and now <= _both(ticket, name, end)
    }


def _both(ticket: TicketHead, name: str, end: datetime) -> datetime:
    """The earlier of the stored end and the new one: neither may lie behind us."""
    stored: datetime = getattr(ticket, name)
    return min(stored, end)


def _answer_due(ticket: TicketHead, past: Sequence[Past], office: WorkingTime) -> datetime | None:
    """The end by today's calendar: the days given at the opening, and each extension after them.

    None when an event does not say how many days it gave: such an end stays where it is.
    """
    due = ticket.opened_at
    for verb, at, details in past:
        if verb in (Recount.name, *_SENT) or (verb != "open" and "answer_due_at" not in details):
            continue
        days = details.get("days" if verb == Extend.name else "answer_days")
        if not isinstance(days, int):
            return None
        due = max(due, office.add_days(at if verb != Extend.name else max(due, at), days))
    return due


def _kept(past: Sequence[Past]) -> list[datetime]:
    """The dates a citizen may count on: each one given, and each later one that the citizen heard."""
    kept, stands = [], None
    for verb, _, details in past:
        if "answer_due_at" in details:
            stands = datetime.fromisoformat(details["answer_due_at"])
        if stands is not None and verb != Recount.name:
            kept.append(stands)
    return kept


def _past(conn: Connection, first: int, last: int) -> Mapping[int, list[Past]]:
    query = select(table.c.ticket_id, table.c.verb, table.c.at, table.c.details).where(
        table.c.ticket_id.between(first, last), table.c.verb.in_(_VERBS)
    )
    found: defaultdict[int, list[Past]] = defaultdict(list)
    for row in conn.execute(query.order_by(table.c.ticket_id, table.c.number)):
        found[row.ticket_id].append((row.verb, row.at, json.loads(row.details)))
    return found
