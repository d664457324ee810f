"""Reads the audit log as far as a person may: lines about cases kept from them stay hidden."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, Connection, or_, select

from logbook.accounts import audit_log
from logbook.accounts.audit_log import AuditEntry
from logbook.accounts.rights import Act, Case, Person, may
from logbook.database.tables import callback_calls, people, tickets
from logbook.ids import RecordingId
from logbook.plain_text import SMALL
from logbook.tickets import tickets as book
from logbook.tickets.lifecycle import is_guided
from logbook.tickets.tickets import case_of
from logbook.tickets.verbs import instruct

_BOOK = frozenset({"ticket", "recording", "call", "callback"})


def readable(conn: Connection, person: Person, entries: Sequence[AuditEntry]) -> list[AuditEntry]:
    """The lines `person` may read, in the same order.

    A line about a ticket (or its call, recording or callback) that the person may not see is left out:
    whoever is complained about does not learn of the case here (rules B10; khiếu nại and tố cáo, B1).
    Roles that see no tickets at all read that something was done, without the reason and the details.
    """
    cases = {subject: _cases(conn, subject) for subject in {entry.subject for entry in entries}}
    sees_tickets = may(person, Act.SEE_TICKETS)
    shown: list[AuditEntry] = []
    for entry in entries:
        about = cases[entry.subject]
        if not sees_tickets:
            kept_from = any(person.id in case.subject_ids for case in about)
            bare = replace(entry, reason="", details="{}") if _kind(entry.subject) in _BOOK else entry
            shown += [] if kept_from else [bare]
        elif all(may(person, Act.SEE_TICKETS, case) for case in about):
            shown.append(entry)
    return shown


def page(
    conn: Connection,
    person: Person,
    size: int,
    before: int | None,
    *,
    act: str | None = None,
    who: str | None = None,
    subjects: Collection[str] | None = None,
) -> tuple[list[AuditEntry], int | None]:
    """One page, newest first, and the number to go on from with `before` (None: nothing is older)."""
    found = audit_log.recent(conn, size + 1, before, subjects=subjects, act=act, who=who)
    older = found[size - 1].number if len(found) > size else None
    return readable(conn, person, found[:size]), older


def details(entry: AuditEntry) -> list[tuple[str, str]]:
    """Further details of a line, as names and values; one that is no longer JSON is shown as it stands."""
    try:
        values = json.loads(entry.details)
    except ValueError:
        return [("?", entry.details)]
    if not isinstance(values, dict):
        return [("?", entry.details)]
    return [
        (name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        for name, value in values.items()
    ]


def names(conn: Connection, person: Person, entries: Iterable[AuditEntry]) -> Mapping[str, str]:
    """What people call a subject where they do not say its row's number: a ticket's code, a login.

    The lines are those the person may read; a role that sees no tickets keeps the number.
    """
    subjects = {entry.subject for entry in entries}
    ids = {kind: [int(name) for name in _numbers(subjects, kind)] for kind in ("ticket", "person")}
    found = {
        f"person:{row.id}": row.login
        for row in conn.execute(select(people.c.id, people.c.login).where(people.c.id.in_(ids["person"])))
    }
    if may(person, Act.SEE_TICKETS):
        query = select(tickets.c.id, tickets.c.code).where(tickets.c.id.in_(ids["ticket"]))
        found |= {f"ticket:{row.id}": row.code for row in conn.execute(query)}
    return found


def subjects(conn: Connection, person: Person, text: str, kinds: Mapping[str, str]) -> Collection[str]:
    """The subjects meant by what somebody typed, `kinds` being what people call each kind of subject.

    A ticket's code stands for the ticket, its call and its recording; a login for the account; else it is
    a line's own words, as "cuộc gọi số 5". A ticket that is not theirs is not there (rules B10).
    """
    by_name = sorted(kinds.items(), key=lambda pair: -len(pair[1]))
    kind, name = next(
        ((kind, text[len(said) :].strip()) for kind, said in by_name if _begins(text, said)), ("", text)
    )
    if kind in ("", "ticket"):
        found = book.find(conn, name)
        if found is not None and may(person, Act.SEE_TICKETS, case_of(found)):
            own = (("ticket", found.id), ("call", found.call_id), ("recording", found.recording_id))
            return [f"ticket:{found.code}", *(f"{each}:{number}" for each, number in own if number)]
    if kind in ("", "person"):
        number = conn.execute(select(people.c.id).where(people.c.login == name)).scalar()
        if number is not None:
            return [f"person:{number}"]
    return [f"{kind}:{name}" if kind and name else kind or text]


def _begins(text: str, said: str) -> bool:
    return f"{text} ".casefold().startswith(f"{said} ".casefold())


def _numbers(subjects: Iterable[str], kind: str) -> list[str]:
    parts = (subject.partition(":") for subject in subjects)
    return [
        name
        for each, _, name in parts
        if each == kind and name.isascii() and name.isdigit() and len(name) < 10
    ]


def _kind(subject: str) -> str:
    return subject.partition(":")[0]


def _cases(conn: Connection, subject: str) -> list[Case]:
    """The tickets a line is about: by id or code, by their call or by their recording."""
    kind, _, name = subject.partition(":")
    which: list[ColumnElement[bool]] = []
    number = int(name) if name.isascii() and name.isdigit() and len(name) < 10 else SMALL
    match kind:
        case "ticket":
            which = [tickets.c.id == number, tickets.c.code == name[:6]]
        case "recording":
            which = [
                tickets.c.recording_id == number,
                tickets.c.id.in_(instruct.tickets_of(conn, RecordingId(number))),
            ]
        case "call":
            which = [tickets.c.call_id == number]
        case "callback":
            theirs = select(callback_calls.c.call_id).where(callback_calls.c.callback_id == number)
            which = [tickets.c.call_id.in_(theirs)]
        case _:
            return []
    columns = (
        tickets.c.subject_ids,
        tickets.c.conflict,
        tickets.c.kind,
        tickets.c.state,
        tickets.c.assigned_id,
    )
    return [
        Case(row.subject_ids, row.conflict, is_guided(row.state, row.kind), row.assigned_id)
        for row in conn.execute(select(*columns).where(or_(*which)))
    ]
