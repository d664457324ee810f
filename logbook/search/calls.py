"""Finds calls by purpose, outcome, day and number, as far as a person may see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, or_, select

from logbook import phone_numbers, typed
from logbook.accounts.rights import Act, Case, Person, may
from logbook.calls import talks
from logbook.calls.history import CallSummary, summaries
from logbook.database.tables import callback_calls, calls, deliveries, legs, restricted_records, tickets
from logbook.outbox.deliveries import CITIZEN
from logbook.tickets.lifecycle import is_guided

PURPOSES = ("guidance", "complaint", "status", "rating", "clerk")
OUTCOMES = ("goodbye", "hung_up", "lost")


@dataclass(frozen=True, slots=True)
class CallFilters:
    """What is looked for; `begins` and `ends` are aware instants, the end not included.

    `number` is a whole number or its last digits, at least three.
    """

    purpose: str = ""
    outcome: str = ""
    missed: bool = False
    begins: datetime | None = None
    ends: datetime | None = None
    number: str = ""


def find(conn: Connection, wanted: CallFilters, limit: int, before: int | None = None) -> list[CallSummary]:
    """Return the newest fitting calls first; `before` is the id of the last one already shown."""
    query = summaries().limit(limit)
    if before is not None:
        query = query.where(calls.c.id < before)
    if wanted.purpose:
        query = query.where(calls.c.purpose == wanted.purpose)
    if wanted.outcome:
        query = query.where(calls.c.outcome == wanted.outcome)
    if wanted.begins is not None:
        query = query.where(calls.c.started_at >= wanted.begins)
    if wanted.ends is not None:
        query = query.where(calls.c.started_at < wanted.ends)
    if wanted.missed:
        query = query.where(is_missed())
    if wanted.number:
        query = query.where(_has_number(wanted.number))
    return [CallSummary(**row) for row in conn.execute(query).mappings()]


def is_missed() -> ColumnElement[bool]:
    """Somebody was to be reached and nobody was: rung in vain, or with a callback for it (000-10)."""
    called = select(legs.c.turn).where(legs.c.call_id == calls.c.id)
    reached = called.where(talks.talked())
    owed = select(callback_calls.c.call_id).where(
        callback_calls.c.call_id == calls.c.id, callback_calls.c.reason == "missed"
    )
    return or_(owed.exists(), and_(called.exists(), ~reached.exists()))


def missed_among(conn: Connection, call_ids: Iterable[int]) -> frozenset[int]:
    """Return which of these calls were missed."""
    query = select(calls.c.id).where(calls.c.id.in_(list(call_ids)), is_missed())
    return frozenset(conn.execute(query).scalars())


def _has_number(text: str) -> ColumnElement[bool]:
    typed_digits = typed.digits(text.replace("+", "")) or ""
    e164 = phone_numbers.parse(f"+{typed_digits}" if "+" in text else typed_digits or text).e164
    if e164 is not None:
        return calls.c.caller_number == e164
    digits = typed_digits.removeprefix("0")
    if len(digits) < 3:
        return calls.c.id < 0
    return calls.c.caller_number.like(f"%{digits}")


@dataclass(frozen=True, slots=True)
class CallVisibility:
    """What rights must know of a call: the cases it brought or was placed for, and a restricted record."""

    cases: tuple[Case, ...]
    restricted: bool

    def opens_for(self, person: Person, act: Act) -> bool:
        """Whether `person` may do `act` to this call; somebody complained about never may (rules B10)."""
        if self.restricted and not may(person, Act.SEE_RESTRICTED):
            return False
        return self.lets_call_back(person) and all(may(person, act, case) for case in self.cases)

    def lets_call_back(self, person: Person) -> bool:
        """Whether `person` may deal with this caller at all: whoever was only guided is still called back."""
        return all(may(person, Act.SEE_TICKETS, replace(case, guided=False)) for case in self.cases)


OPEN = CallVisibility((), restricted=False)


def seals(conn: Connection, call_ids: Iterable[int]) -> Mapping[int, CallVisibility]:
    """Return the seal of each of these calls; OPEN stands for a call of which nothing came."""
    ids = list(call_ids)
    cases: dict[int, list[Case]] = {}
    for row in (*conn.execute(_brought(ids)), *conn.execute(_placed_for(ids))):
        guided = is_guided(row.state, row.kind)
        case = Case(row.subject_ids, row.conflict, guided, row.assigned_id)
        cases.setdefault(row.call_id, []).append(case)
    query = select(restricted_records.c.call_id).where(restricted_records.c.call_id.in_(ids))
    restricted = frozenset(conn.execute(query).scalars())
    return {one: CallVisibility(tuple(cases.get(one, ())), one in restricted) for one in ids}


def seals_together(conn: Connection, call_ids: Iterable[int]) -> CallVisibility:
    """Return one seal over several calls of one person: it opens for whoever may open each of them."""
    each = seals(conn, call_ids).values()
    cases = tuple(case for seal in each for case in seal.cases)
    return CallVisibility(cases, restricted=any(seal.restricted for seal in each))


def tickets_spoken_of(conn: Connection, call_ids: Iterable[int]) -> Mapping[int, str]:
    """Return the code of the ticket a citizen was called about, by the call; nothing for a caller's call."""
    return {row.call_id: row.code for row in conn.execute(_placed_for(list(call_ids)))}


_CASE = (
    tickets.c.code,
    tickets.c.state,
    tickets.c.kind,
    tickets.c.subject_ids,
    tickets.c.conflict,
    tickets.c.assigned_id,
)


def _brought(call_ids: list[int]) -> Select[Any]:
    return select(tickets.c.call_id, *_CASE).where(tickets.c.call_id.in_(call_ids))


def _placed_for(call_ids: list[int]) -> Select[Any]:
    placed = calls.join(deliveries, deliveries.c.provider_sid == calls.c.sid)
    return (
        select(calls.c.id.label("call_id"), *_CASE)
        .select_from(placed.join(tickets, tickets.c.id == deliveries.c.ticket_id))
        .where(calls.c.id.in_(call_ids), deliveries.c.recipient == CITIZEN)
    )
