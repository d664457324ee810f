"""What waits until whoever is signed in says they know of it, and what they answer (000-13, users-ask 27)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from logbook import escalations, handling, journal, ladders
from logbook.book import Ticket, case_of
from logbook.console import told_lines
from logbook.console.told_lines import Told
from logbook.escalations import Escalation
from logbook.rights import Act, Person, may
from logbook.settings import Settings
from logbook.tables import tickets
from logbook.transitions import TransitionRefused

NOT_BY_CLICK = frozenset({"report"})
"""Kinds that are settled on a page of their own: a report by its conclusion (004-18)."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One matter that somebody may acknowledge, its ticket where it has one, and what was told already."""

    row: Escalation
    ticket: Ticket | None
    told: tuple[Told, ...]


def of_person(conn: Connection, person: Person, settings: Settings) -> list[Waiting]:
    """Return what `person` may acknowledge, urgent ones first, the oldest first.

    Whatever concerns them, and whatever goes round the chairman, is not among it (rules, trap 1).
    """
    if not may(person, Act.ACKNOWLEDGE) or not ladders.officials_of(settings.telling, person):
        return []
    rows = [row for row in escalations.open_for(conn, person, settings) if row.kind not in NOT_BY_CLICK]
    known = _tickets(conn, [row.ticket_id for row in rows if row.ticket_id is not None])
    kept = [row for row in rows if _may(person, Act.ACKNOWLEDGE, row, known)]
    told = told_lines.of_escalations(conn, kept, settings.telling)
    return [Waiting(row, known.get(row.ticket_id or 0), told[row.id]) for row in kept]


def find(conn: Connection, person: Person, settings: Settings, matter_id: int) -> Waiting | None:
    """Return the matter of that number among what `person` may acknowledge, or None."""
    return next((one for one in of_person(conn, person, settings) if one.row.id == matter_id), None)


def acknowledge(conn: Connection, one: Waiting, person: Person, now: datetime) -> bool:
    """Settle a matter by a click and write it into the journal; False when it was settled before."""
    done = escalations.acknowledge(
        conn, one.row.id, how="click", who=person.login, now=now, person_id=person.id
    )
    if done:
        journal.write(conn, person, "acknowledge", subject(one), now, kind=one.row.kind)
    return done


def instruct(conn: Connection, one: Waiting, person: Person, text: str, now: datetime) -> None:
    """Write an instruction into the ticket's history; whoever instructs has acknowledged.

    TransitionRefused for an empty text, for a ticket that takes none, and where there is no ticket.
    """
    if one.ticket is None:
        raise TransitionRefused("an instruction is about a ticket", "other")
    handling.apply(conn, one.ticket.id, "instruct", actor=person.login, now=now, instruction=text)
    journal.write(conn, person, "instruct", subject(one), now)
    acknowledge(conn, one, person, now)


def hand_on(conn: Connection, one: Waiting, person: Person, settings: Settings, now: datetime) -> bool:
    """Hand a matter to the vice-chairman, or to whoever comes next; False when nobody is left to have it."""
    told = [step.official for step in ladders.steps(settings.telling, one.row.ladder)]
    own = [each.id for each in ladders.officials_of(settings.telling, person) if each.id in told]
    if not own:
        return False
    to = escalations.hand_on(
        conn, one.row, by=own[0], settings=settings, now=now, who=person.login, person_id=person.id
    )
    if to is not None:
        journal.write(conn, person, "hand_on", subject(one), now, kind=one.row.kind, to=to.id)
    return to is not None


def subject(one: Waiting) -> str:
    """What the journal calls it: the ticket, so that whom it concerns does not read of it there either."""
    return f"escalation:{one.row.id}" if one.row.ticket_id is None else f"ticket:{one.row.ticket_id}"


def _tickets(conn: Connection, ids: list[int]) -> Mapping[int, Ticket]:
    return {row.id: Ticket(*row) for row in conn.execute(select(tickets).where(tickets.c.id.in_(ids)))}


def _may(person: Person, act: Act, row: Escalation, known: Mapping[int, Ticket]) -> bool:
    return may(person, act, None if row.ticket_id is None else case_of(known[row.ticket_id]))
