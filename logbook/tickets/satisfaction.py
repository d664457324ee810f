"""Stores whether a citizen is satisfied with an answer, once per answer (ASK-25, ASK-26)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from logbook.database.tables import ticket_events
from logbook.ids import TicketId
from logbook.tickets import moves, tickets
from logbook.tickets.verbs.answer import GiveAnswer
from logbook.tickets.verbs.verb import Left, Verb
from logbook.tickets.verbs.verdicts import AcceptAnswer, RejectAnswer

VERDICTS = (AcceptAnswer, RejectAnswer)


def newest_answer(conn: Connection, ticket_id: TicketId) -> int | None:
    """Return the number in the history of the answer that holds now; None when there was none yet."""
    return _last(conn, ticket_id, GiveAnswer)


def was_given(conn: Connection, ticket_id: TicketId, answer: int) -> bool:
    """Whether that answer, or one after it, has a verdict."""
    judged = _last(conn, ticket_id, *VERDICTS)
    return judged is not None and judged > answer


def waiting_answer(conn: Connection, ticket_id: TicketId) -> int | None:
    """Return the number in the history of the answer that has no verdict yet; None when there is none.

    An answer whose ticket was opened again asks for no verdict.
    """
    answered = newest_answer(conn, ticket_id)
    if answered is None or was_given(conn, ticket_id, answered):
        return None
    state = tickets.of_id(conn, ticket_id).state
    return answered if all(state in verb.from_states for verb in VERDICTS) else None


def give(
    conn: Connection,
    ticket_id: TicketId,
    answer: int,
    *,
    satisfied: bool,
    now: datetime,
    due_anew: datetime,
    days: int | None = None,
) -> bool:
    """Write the verdict on that `answer` into the ticket; False, with nothing changed, for a second one.

    Not satisfied opens the ticket again, to be answered by `due_anew`, `days` working days from now, unless
    it had longer. `now` is aware; locks the ticket, so that of two calls one counts.
    """
    tickets.locked(conn, ticket_id)
    if waiting_answer(conn, ticket_id) != answer:
        return False
    if satisfied:
        moves.apply(conn, ticket_id, AcceptAnswer(), actor="citizen", now=now)
        return True
    longer = due_anew > tickets.of_id(conn, ticket_id).answer_due_at
    rejected = RejectAnswer(
        answer_due_at=due_anew if longer else Left.OUT, answer_days=days if longer else Left.OUT
    )
    moves.apply(conn, ticket_id, rejected, actor="citizen", now=now)
    return True


def _last(conn: Connection, ticket_id: TicketId, *verbs: type[Verb]) -> int | None:
    query = select(func.max(ticket_events.c.number)).where(
        ticket_events.c.ticket_id == ticket_id, ticket_events.c.verb.in_([verb.name for verb in verbs])
    )
    number: int | None = conn.execute(query).scalar()
    return number
