"""Groups of tickets about the same thing: joined by a clerk, answered together (ASK-38)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from logbook.accounts.rights import Act, Person, may
from logbook.database.errors import StaleVersionError
from logbook.database.tables import ticket_groups, tickets
from logbook.tickets.lifecycle import TransitionRefusedError
from logbook.tickets.moves import apply
from logbook.tickets.tickets import Ticket, TicketHead, case_of, heads
from logbook.tickets.verbs.answer import GiveAnswer
from logbook.tickets.verbs.grouping import JoinGroup

LARGEST = 500
"""Members that are shown and answered at once."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of one answer for all: the codes answered, and those left out with the reason's word."""

    done: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]


def members(conn: Connection, group_id: int, person: Person) -> list[TicketHead]:
    """Return the tickets of a group this person may see, oldest first."""
    query = (
        select(*TicketHead.columns())
        .where(tickets.c.group_id == group_id)
        .order_by(tickets.c.id)
        .limit(LARGEST)
    )
    found = heads(conn, query)
    return [ticket for ticket in found if may(person, Act.SEE_TICKETS, case_of(ticket))]


def title(seen: Sequence[TicketHead]) -> str:
    """Return what a group is about in the words of the first member its reader may see.

    The row's own title is a code: the words of a member that is hidden from somebody must not name it.
    """
    details = (one.summary or _short((one.beginning or "").strip()) for one in seen)
    return next((words for words in details if words), seen[0].code if seen else "")


def _short(words: str, letters: int = 80) -> str:
    """The beginning of a long text, marked as a beginning."""
    return words if len(words) <= letters else words[: letters - 1] + "…"


def join(
    conn: Connection, ticket: Ticket, other: Ticket, person: Person, now: datetime, version: int | None
) -> int:
    """Put `ticket` (seen at `version`) and `other` into one group and return its id; one event each.

    TransitionRefusedError for a ticket with itself, for two groups, for guided ones; StaleVersionError as in
    `apply`.
    """
    if ticket.id == other.id or (ticket.group_id and other.group_id):
        raise TransitionRefusedError("these two cannot be joined", "group")
    group_id = ticket.group_id or other.group_id or _made(conn, ticket, person, now)
    for one, expected in ((ticket, version), (other, None)):
        if one.group_id is None:
            apply(
                conn,
                one.id,
                JoinGroup(group_id=group_id),
                actor=person.login,
                now=now,
                expected_version=expected,
            )
    return group_id


def answer_all(
    conn: Connection, group_id: int, person: Person, answer: str, now: datetime, seen: Mapping[int, int]
) -> Answered:
    """Give every open member the same answer, one event each (ASK-38).

    `seen` maps a ticket's id to the version that was shown; a member changed since, joined since, or not
    in a state to be answered is left out and named. TransitionRefusedError when the answer itself is no good.
    """
    done, left_out = [], []
    for ticket in members(conn, group_id, person):
        if ticket.state.is_final:
            continue
        if not may(person, Act.ANSWER, case_of(ticket)):
            left_out.append((ticket.code, "assignee"))
            continue
        try:
            apply(
                conn,
                ticket.id,
                GiveAnswer(answer=answer),
                actor=person.login,
                now=now,
                expected_version=seen.get(ticket.id, 0),
            )
            done.append(ticket.code)
        except StaleVersionError:
            left_out.append((ticket.code, "outdated"))
        except TransitionRefusedError as refused:
            if refused.why != "state":
                raise
            left_out.append((ticket.code, refused.why))
    return Answered(tuple(done), tuple(left_out))


def _made(conn: Connection, ticket: Ticket, person: Person, now: datetime) -> int:
    values = {"title": ticket.code, "made_by": person.id, "made_at": now}
    made = conn.execute(ticket_groups.insert().values(**values).returning(ticket_groups.c.id))
    return int(made.scalar_one())
