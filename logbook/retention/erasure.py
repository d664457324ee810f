"""Erases rows whose time is over: words go, an erasure record stays, nothing else changes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, String, cast, or_, select, update

from logbook.accounts import audit_log
from logbook.accounts.rights import Act, Person, may
from logbook.calls.calls import ERASED as ERASED_PLACE
from logbook.database import search_index
from logbook.database.tables import (
    callbacks,
    calls,
    deliveries,
    escalations,
    legs,
    recordings,
    responses,
    restricted_records,
    ticket_events,
    tickets,
    tombstones,
    turns,
)
from logbook.database.upsert import InsertInto, PerDatabase
from logbook.ids import CallId, TicketId
from logbook.outbox import deliveries as outbox
from logbook.outbox import escalations as outbox_escalations
from logbook.plain_text import plain_text
from logbook.recordings.recordings import Recording
from logbook.tickets import history
from logbook.tickets.history import Event
from logbook.tickets.portal import codes
from logbook.tickets.tickets import locked
from logbook.tickets.visibility import visible_to
from logbook.transcripts import drafts

WHO = "retention"
"""Who the audit log says did it."""
_WORDLESS = frozenset(
    {
        "anonymous", "answer_days", "answer_due_at", "answer_due_before", "assigned_id", "call_id",
        "caller", "caller_type", "category", "channel", "code", "concerned_id", "conflict",
        "conflict_ticked", "days",
        "group_id", "instead_of", "kind", "notice_days", "notice_due_at", "notice_due_before", "official_ids",
        "opening_id",
        "outcome", "recording_id", "response_id", "result", "subject_ids", "tag", "topic", "urgent", "what",
    }
)  # fmt: skip
"""Details of an event that are numbers, dates and choices; whatever else may hold somebody's words."""
_BLANK_TICKET = {
    "caller_raw": "",
    **dict.fromkeys(
        (
            "pin_digest", "caller_number", "caller_name", "caller_address", "content", "summary", "answer",
            "cause", "remedy", "transferred_to",
        )
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ErasureRecord:
    """What is left of something deleted: its kind and number, when, and by which rule; never what it said."""

    id: int
    kind: str
    subject: str
    deleted_at: datetime
    rule: str
    details: str


def _bury(insert: InsertInto) -> Any:
    new = insert(tombstones)
    kept = {name: new.excluded[name] for name in ("deleted_at", "rule", "details")}
    return new.on_conflict_do_update(index_elements=["kind", "subject"], set_=kept)


_BURY = PerDatabase(_bury)


def bury(
    conn: Connection, kind: str, subject: int, rule: str, now: datetime, details: Mapping[str, object]
) -> None:
    """Leave an erasure record; the last one of a kind and subject stands."""
    values = {
        "kind": kind,
        "subject": str(subject),
        "deleted_at": now,
        "rule": plain_text(rule, 200),
        "details": history.canonical(details),
    }
    conn.execute(_BURY.on(conn), values)


def recent(conn: Connection, person: Person, limit: int, before: int | None = None) -> list[ErasureRecord]:
    """Return the newest erasure records first; `before` is the id of the last one already shown.

    Whoever sees tickets is not shown those of tickets that are kept from them (rules B10).
    """
    query = select(tombstones).order_by(tombstones.c.id.desc()).limit(limit)
    if may(person, Act.SEE_TICKETS):
        seen = select(cast(tickets.c.id, String)).where(visible_to(person))
        query = query.where(or_(tombstones.c.kind != history.ERASED, tombstones.c.subject.in_(seen)))
    if before is not None:
        query = query.where(tombstones.c.id < before)
    return [ErasureRecord(*row) for row in conn.execute(query)]


def erased_at(conn: Connection, ticket_id: TicketId) -> datetime | None:
    """When the words of a ticket were erased last; None while they are all there."""
    stone = (tombstones.c.kind == history.ERASED) & (tombstones.c.subject == str(ticket_id))
    moment: datetime | None = conn.execute(select(tombstones.c.deleted_at).where(stone)).scalar()
    return moment


def erase_ticket(conn: Connection, ticket_id: TicketId, rule: str, now: datetime) -> None:
    """Blank who brought a ticket and every word in it and its history; the row stays for counting (B4).

    Each erased event keeps its hash; the seals of what is left stand in the erasure record, and their digest
    in the audit log, so that `history.verify` accepts this and no other change (T-23). Nobody is notified of
    it any more. Calls of the ticket follow when no other ticket of theirs is left.
    """
    ticket = locked(conn, ticket_id)
    worded = [event for event in history.of(conn, ticket_id) if _has_words(event)]
    seals = _seals_so_far(conn, ticket_id) | {event.number: history.seal(event) for event in worded}
    details = {str(number): value for number, value in seals.items()}
    bury(conn, history.ERASED, ticket_id, rule, now, {"code": ticket.code, "events": details})
    audit_log.write(conn, WHO, "erase", f"ticket:{ticket_id}", now, rule, seals=history.digest(seals))
    for event in worded:
        conn.execute(
            update(ticket_events)
            .where(ticket_events.c.ticket_id == ticket_id, ticket_events.c.number == event.number)
            .values(reason="", details="{}")
        )
    conn.execute(
        update(tickets).where(tickets.c.id == ticket_id).values(version=ticket.version + 1, **_BLANK_TICKET)
    )
    codes.forget(conn, ticket_id)
    search_index.refresh(conn, ticket_id)
    outbox_escalations.settle_all(conn, ticket_id, now=now, who=WHO)
    outbox.cancel(conn, now, ticket_id=ticket_id)
    for table in (escalations, deliveries):
        conn.execute(update(table).where(table.c.ticket_id == ticket_id).values(params="{}"))
    conn.execute(
        update(deliveries).where(deliveries.c.ticket_id == ticket_id).values(number=None, last_error=None)
    )
    if ticket.call_id is not None and not _others_need(conn, ticket.call_id):
        erase_call(conn, ticket.call_id, rule, now)


def erase_call(
    conn: Connection, call_id: CallId, rule: str, now: datetime, *, keep_number: bool = False
) -> None:
    """Blank what was said and pressed in a call and whom it rang, and the caller's number unless kept."""
    bury(conn, "call", call_id, rule, now, {})
    drafts.forget_call(conn, call_id)
    _erase_words(conn, call_id)
    conn.execute(update(callbacks).where(callbacks.c.call_id == call_id).values(note=None))
    conn.execute(update(restricted_records).where(restricted_records.c.call_id == call_id).values(note=""))
    if not keep_number:
        _erase_number(conn, call_id)


def _erase_words(conn: Connection, call_id: CallId) -> None:
    conn.execute(update(calls).where(calls.c.id == call_id).values(place=ERASED_PLACE))
    conn.execute(update(turns).where(turns.c.call_id == call_id).values(heard="null", said="[]", answer=""))
    conn.execute(update(legs).where(legs.c.call_id == call_id).values(number=""))


def erase_number_beside(conn: Connection, response_id: int, rule: str, now: datetime) -> None:
    """Blank the number of whoever gave a rating; the rating stays."""
    bury(conn, "rating", response_id, rule, now, {})
    call_id = conn.execute(select(responses.c.call_id).where(responses.c.id == response_id)).scalar()
    if call_id is not None:
        _erase_number(conn, call_id)


def recording_removed(
    conn: Connection, recording: Recording, rule: str, now: datetime, *, at_provider: bool
) -> None:
    """Record that a recording's file is gone here, and whether the provider's copy is."""
    if recording.state != "removed":
        bury(conn, "recording", recording.id, rule, now, {})
    drafts.forget(conn, recording.id)
    conn.execute(
        update(recordings)
        .where(recordings.c.id == recording.id)
        .values(
            state="removed",
            file_name=None,
            last_error=None,
            next_try_at=None,
            provider_deleted_at=recording.provider_deleted_at or (now if at_provider else None),
        )
    )


def _erase_number(conn: Connection, call_id: CallId) -> None:
    nobody = {"caller_raw": "", "caller_number": None}
    conn.execute(update(calls).where(calls.c.id == call_id).values(**nobody))
    conn.execute(update(restricted_records).where(restricted_records.c.call_id == call_id).values(**nobody))
    conn.execute(update(callbacks).where(callbacks.c.call_id == call_id).values(caller_raw="", number=None))
    for returned in _returned_for(conn, call_id):
        _erase_words(conn, CallId(returned))


def _returned_for(conn: Connection, call_id: CallId) -> list[int]:
    """The calls the line placed to return the callback of a call: what they rang is the caller's number."""
    of_call = select(callbacks.c.id).where(callbacks.c.call_id == call_id)
    found: list[int] = []
    for one in conn.execute(of_call).scalars().all():
        placed = select(calls.c.id).join(deliveries, deliveries.c.provider_sid == calls.c.sid)
        found += conn.execute(placed.where(deliveries.c.key.like(f"callback:{one}:%"))).scalars()
    return found


def _others_need(conn: Connection, call_id: CallId) -> bool:
    """Whether a ticket of this call still has its words."""
    of_call = select(tickets.c.id).where(tickets.c.call_id == call_id)
    ids = {str(one) for one in conn.execute(of_call).scalars()}
    gone = select(tombstones.c.subject).where(
        tombstones.c.kind == history.ERASED, tombstones.c.subject.in_(ids)
    )
    return ids > set(conn.execute(gone).scalars())


def _seals_so_far(conn: Connection, ticket_id: TicketId) -> dict[int, str]:
    """The seals of an earlier erasure, for a ticket that was opened again after it."""
    return history.sealed(conn, ticket_id).get(ticket_id, {})


def _has_words(event: Event) -> bool:
    try:
        details = json.loads(event.details)
    except ValueError:
        return True
    return bool(event.reason) or not isinstance(details, dict) or not details.keys() <= _WORDLESS
