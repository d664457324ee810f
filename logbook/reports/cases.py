"""Lists the cases behind a figure, as far as the reader may see them (ASK-30)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select

from logbook.accounts.rights import Act, Person, may
from logbook.database.tables import calls, dossiers, escalations, openings, tickets
from logbook.reports import cases_of_team as of_team
from logbook.reports.cases_of_team import FormCase, PresenceCase, SlipCase
from logbook.reports.entry_cases import ENTRIES, EntryCase, entries_of
from logbook.reports.figures import (
    CALL,
    DOSSIER,
    ESCALATION,
    FORM,
    OPENING,
    PRESENCE,
    SLIP,
    Figure,
    LateCase,
)
from logbook.search import calls as call_search
from logbook.tickets.visibility import visible_to

AT_ONCE = 500
"""Values of one query; SQLite and PostgreSQL take many more."""


@dataclass(frozen=True, slots=True)
class TicketCase:
    """One ticket in the list behind a figure."""

    code: str
    opened_at: datetime
    kind: str
    topic: str | None
    state: str


@dataclass(frozen=True, slots=True)
class CallCase:
    """One call in the list behind a figure."""

    id: int
    started_at: datetime
    caller_number: str | None
    purpose: str | None


@dataclass(frozen=True, slots=True)
class EscalationCase:
    """One escalation of a ticket; `opened_at` is when it began, the rest is the ticket's."""

    id: int
    opened_at: datetime
    code: str
    kind: str
    topic: str | None
    state: str


@dataclass(frozen=True, slots=True)
class OpeningCase:
    """One opening of the letter box or the book in the list behind a figure."""

    id: int
    channel: str
    opened_on: date
    opened_by: str
    found: int


@dataclass(frozen=True, slots=True)
class DossierCase:
    """One dossier of the one-stop desk in the list behind a figure."""

    id: int
    reference: str
    official: str
    due_at: datetime | None
    finished_at: datetime | None


Case = (
    TicketCase
    | CallCase
    | EscalationCase
    | OpeningCase
    | DossierCase
    | SlipCase
    | FormCase
    | PresenceCase
    | EntryCase
)


def tickets_of(conn: Connection, codes: Sequence[str], person: Person) -> list[TicketCase]:
    """Return those of these tickets that `person` may see, the oldest first."""
    columns = [tickets.c[name] for name in TicketCase.__slots__]
    found: list[TicketCase] = []
    for some in _chunks(codes):
        query = select(*columns).where(tickets.c.code.in_(some), visible_to(person))
        found += [TicketCase(*row) for row in conn.execute(query)]
    return sorted(found, key=lambda one: (one.opened_at, one.code))


def calls_of(conn: Connection, ids: Sequence[str], person: Person) -> list[CallCase]:
    """Return those of these calls that `person` may open, the oldest first."""
    if not may(person, Act.SEE_CALLS):
        return []
    columns = [calls.c[name] for name in CallCase.__slots__]
    found: list[CallCase] = []
    for some in _chunks(ids):
        numbers = [int(one) for one in some]
        rows = [CallCase(*row) for row in conn.execute(select(*columns).where(calls.c.id.in_(numbers)))]
        seals = call_search.seals(conn, numbers)
        found += [row for row in rows if seals[row.id].opens_for(person, Act.SEE_TICKETS)]
    return sorted(found, key=lambda one: (one.started_at, one.id))


def escalations_of(conn: Connection, ids: Sequence[str], person: Person) -> list[EscalationCase]:
    """Return those of these escalations whose ticket `person` may see, the oldest first."""
    escalation, ticket = escalations.c, tickets.c
    columns = (escalation.id, escalation.opened_at, ticket.code, ticket.kind, ticket.topic, ticket.state)
    found: list[EscalationCase] = []
    for some in _chunks(ids):
        query = select(*columns).join_from(escalations, tickets, ticket.id == escalation.ticket_id)
        query = query.where(escalation.id.in_([int(one) for one in some]), visible_to(person))
        found += [EscalationCase(*row) for row in conn.execute(query)]
    return sorted(found, key=lambda one: (one.opened_at, one.id))


def openings_of(conn: Connection, ids: Sequence[str], person: Person) -> list[OpeningCase]:
    """Return these openings, where `person` may see openings, in the order of their days."""
    if not may(person, Act.SEE_OPENINGS):
        return []
    columns = [openings.c[name] for name in OpeningCase.__slots__]
    found: list[OpeningCase] = []
    for some in _chunks(ids):
        query = select(*columns).where(openings.c.id.in_([int(one) for one in some]))
        found += [OpeningCase(*row) for row in conn.execute(query)]
    return sorted(found, key=lambda one: (one.opened_on, one.id))


def dossiers_of(conn: Connection, ids: Sequence[str], person: Person) -> list[DossierCase]:
    """Return these dossiers, where `person` may see dossiers, by their references."""
    if not may(person, Act.SEE_DOSSIERS):
        return []
    columns = [dossiers.c[name] for name in DossierCase.__slots__]
    found: list[DossierCase] = []
    for some in _chunks(ids):
        query = select(*columns).where(dossiers.c.id.in_([int(one) for one in some]))
        found += [DossierCase(*row) for row in conn.execute(query)]
    return sorted(found, key=lambda one: one.reference)


def behind(conn: Connection, figure: Figure, person: Person) -> Sequence[Case]:
    """Return the cases of a figure that `person` may see."""
    if figure.what == CALL:
        return calls_of(conn, figure.cases, person)
    if figure.what == ESCALATION:
        return escalations_of(conn, figure.cases, person)
    if figure.what == OPENING:
        return openings_of(conn, figure.cases, person)
    if figure.what == DOSSIER:
        return dossiers_of(conn, figure.cases, person)
    if figure.what in (SLIP, FORM, PRESENCE):
        return _of_team(conn, figure, person)
    if figure.what in ENTRIES:
        return entries_of(conn, figure.what, figure.cases, person)
    return tickets_of(conn, figure.cases, person)


def _of_team(conn: Connection, figure: Figure, person: Person) -> list[Case]:
    found: list[Case] = []
    for some in _chunks(figure.cases):
        if figure.what == PRESENCE:
            found += of_team.presences_of(conn, some, person)
        elif figure.what == SLIP:
            found += of_team.slips_of(conn, [int(one) for one in some], person)
        else:
            found += of_team.forms_of(conn, [int(one) for one in some], person)
    return found


def hidden_late(conn: Connection, late: Iterable[LateCase], person: Person) -> frozenset[str]:
    """Return the codes of late tickets that `person` may not see now, whatever was so when it was made."""
    codes = [case.code for case in late]
    return frozenset(codes) - {case.code for case in tickets_of(conn, codes, person)}


def _chunks(values: Sequence[str]) -> Iterator[list[str]]:
    unique = list(dict.fromkeys(values))
    for first in range(0, len(unique), AT_ONCE):
        yield unique[first : first + AT_ONCE]
