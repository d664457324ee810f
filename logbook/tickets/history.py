"""The tickets' history as a hash chain, so that an edited or deleted event is found (T-23).

The chain finds what was changed by somebody who did not recompute it from there on; whoever can
rewrite every later hash and the ticket's own head leaves no trace inside this database.

Words whose time is over are erased by rule (B4). The event then keeps its hash, and a erasure record keeps a
seal over everything that is left; the audit log holds the digest of the seals (docs/decisions/0008).
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

from sqlalchemy import Connection, select

from logbook.database.tables import deliveries, escalations, journal, ticket_events, tickets, tombstones
from logbook.ids import TicketId
from logbook.plain_text import plain_text

FIRST = "0" * 64
"""What stands as previous hash before a ticket's first event."""

ERASED = "ticket"
"""The kind of erasure record that says that words of a ticket and of its history were erased."""
SAMPLES_REMOVED = "demo_remove"
"""The line of the audit log that names the tickets that were samples and went with the sample month."""
_ADD = ticket_events.insert()
Seals = Mapping[int, str]
"""By the event's number: the hash over what is left of it without its words."""


@dataclass(frozen=True, slots=True)
class Event:
    """One row of a ticket's history; `details` is canonical JSON."""

    ticket_id: TicketId
    number: int
    at: datetime
    verb: str
    actor: str
    reason: str
    details: str
    from_state: str | None
    to_state: str
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """The first place where the history is not what was written; `number` None means the ticket's own row."""

    ticket_id: TicketId
    number: int | None
    why: str


def canonical(value: Mapping[str, object]) -> str:
    """Return `value` as JSON with sorted names and no spaces; instants as ISO 8601 UTC."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_spelt)


def _spelt(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value)


def link(event: Mapping[str, object]) -> str:
    """Return the SHA-256, in hex, over everything of an event but its own hash."""
    details = {name: value for name, value in event.items() if name != "hash"}
    return hashlib.sha256(canonical(details).encode()).hexdigest()


def add(
    conn: Connection,
    *,
    ticket_id: TicketId,
    number: int,
    at: datetime,
    verb: str,
    actor: str,
    reason: str,
    details: Mapping[str, object],
    from_state: str | None,
    to_state: str,
    previous_hash: str,
) -> str:
    """Add event `number` to a ticket and return its hash, the ticket's new head."""
    event: dict[str, object] = {
        "ticket_id": ticket_id,
        "number": number,
        "at": at,
        "verb": verb,
        "actor": plain_text(actor, 128),
        "reason": plain_text(reason, 10_000),
        "details": plain_text(canonical(details), 100_000),
        "from_state": from_state,
        "to_state": to_state,
        "previous_hash": previous_hash,
    }
    event["hash"] = link(event)
    conn.execute(_ADD, event)
    return str(event["hash"])


def seal(event: Event) -> str:
    """Return what `link` gives for this event once its words are gone."""
    details = {name: getattr(event, name) for name in Event.__dataclass_fields__}
    return link(details | {"reason": "", "details": "{}"})


def digest(seals: Seals) -> str:
    """Return the SHA-256, in hex, over a ticket's seals, as the audit log keeps it."""
    details = canonical({str(number): value for number, value in seals.items()})
    return hashlib.sha256(details.encode()).hexdigest()


def sealed(conn: Connection, ticket_id: TicketId | None = None) -> dict[int, dict[int, str]]:
    """Return the seals of erased events by ticket; only those whose digest stands in the audit log."""
    stones = select(tombstones.c.subject, tombstones.c.details).where(tombstones.c.kind == ERASED)
    lines = select(journal.c.subject, journal.c.details).where(journal.c.act == "erase")
    if ticket_id is not None:
        stones = stones.where(tombstones.c.subject == str(ticket_id))
        lines = lines.where(journal.c.subject == f"ticket:{ticket_id}")
    witnessed = {(row.subject, _read(row.details).get("seals")) for row in conn.execute(lines)}
    found = {}
    for row in conn.execute(stones):
        details = _read(row.details).get("events")
        named = details.items() if isinstance(details, dict) else ()
        seals = {int(number): str(value) for number, value in named if number.isdecimal()}
        if row.subject.isdecimal() and (f"ticket:{row.subject}", digest(seals)) in witnessed:
            found[int(row.subject)] = seals
    return found


def _read(details: str) -> dict[str, object]:
    try:
        values = json.loads(details)
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}


def of(conn: Connection, ticket_id: TicketId) -> list[Event]:
    """Return a ticket's events in order."""
    query = select(ticket_events).where(ticket_events.c.ticket_id == ticket_id)
    return [Event(*row) for row in conn.execute(query.order_by(ticket_events.c.number))]


def verify(conn: Connection) -> BrokenLink | None:
    """Walk every ticket's history and return the first broken link, or None when all of it holds."""
    heads = {
        row.id: (row.events, row.head_hash, row.state)
        for row in conn.execute(
            select(tickets.c.id, tickets.c.events, tickets.c.head_hash, tickets.c.state).order_by(
                tickets.c.id
            )
        )
    }
    known, erased = set(heads), sealed(conn)
    query = select(ticket_events).order_by(ticket_events.c.ticket_id, ticket_events.c.number)
    with conn.execute(query, execution_options={"yield_per": 1000}) as rows:
        for ticket_id, events in groupby((Event(*row) for row in rows), key=lambda event: event.ticket_id):
            head = heads.pop(ticket_id, None)
            if head is None:
                return BrokenLink(ticket_id, None, "events without their ticket")
            if broken := _walk(ticket_id, events, *head, erased.get(ticket_id, {})):
                return broken
    for ticket_id in heads:
        return BrokenLink(ticket_id, 1, "no event is left")
    for ticket_id in sorted(_spoken_of(conn) - known - _samples_removed(conn)):
        return BrokenLink(ticket_id, None, "the ticket itself is gone")
    return None


def _spoken_of(conn: Connection) -> set[TicketId]:
    """The tickets that audit log and deliveries refer to; none of them is ever deleted as a row."""
    lines = select(journal.c.subject).where(journal.c.subject.startswith("ticket:")).distinct()
    named = (subject.removeprefix("ticket:") for subject in conn.execute(lines).scalars())
    found = {TicketId(int(number)) for number in named if number.isdecimal()}
    for table in (escalations, deliveries):
        found |= set(conn.execute(select(table.c.ticket_id).distinct()).scalars()) - {None}
    return found


def _samples_removed(conn: Connection) -> set[TicketId]:
    """Return the tickets that were samples, by the audit log: they alone are ever deleted as rows."""
    lines = conn.execute(select(journal.c.details).where(journal.c.act == SAMPLES_REMOVED)).scalars()
    named = (number for details in lines for number in _listed(_read(details).get("tickets")))
    return {TicketId(int(number)) for number in named if number.isdecimal()}


def _listed(details: object) -> list[str]:
    return [str(one) for one in details] if isinstance(details, list) else []


def verify_ticket(conn: Connection, ticket_id: TicketId) -> BrokenLink | None:
    """Walk one ticket's history and return its first broken link, or None when it holds."""
    query = select(tickets.c.events, tickets.c.head_hash, tickets.c.state).where(tickets.c.id == ticket_id)
    head = conn.execute(query).one()
    seals = sealed(conn, ticket_id).get(ticket_id, {})
    return _walk(ticket_id, iter(of(conn, ticket_id)), *head, seals)


def _walk(
    ticket_id: TicketId, events: Iterator[Event], count: int, head_hash: str, state: str, seals: Seals
) -> BrokenLink | None:
    expected, previous, last_state = 1, FIRST, ""
    for event in events:
        if event.number != expected:
            return BrokenLink(ticket_id, expected, "event missing")
        details = {name: getattr(event, name) for name in Event.__dataclass_fields__}
        if event.previous_hash != previous or link(details) not in (event.hash, seals.get(event.number)):
            return BrokenLink(ticket_id, expected, "event changed")
        expected, previous, last_state = expected + 1, event.hash, event.to_state
    if expected - 1 != count:
        return BrokenLink(ticket_id, min(expected, count + 1), "event missing or added at the end")
    if previous != head_hash:
        return BrokenLink(ticket_id, count, "the ticket's own head differs")
    if last_state != state:
        return BrokenLink(ticket_id, None, "the ticket's state is not what its history says")
    return None
