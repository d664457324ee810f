"""Opens tickets by hand: at the counter, from the letter box, the suggestion book, the phone, the mail."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from logbook import phone_numbers
from logbook.database import search_index
from logbook.database.tables import people, ticket_events, tickets
from logbook.database.upsert import InsertInto, PerDatabase
from logbook.ids import CallId, TicketId
from logbook.plain_text import plain_text, whole_text
from logbook.tickets import history, notifications, openings
from logbook.tickets.lifecycle import BroughtBy, CameBy, TicketKind, TicketState
from logbook.tickets.open_by_phone import NO_DAYS, OpenedTicket, derived_pin, pin_digest, six_digits
from logbook.tickets.tickets import Ticket, of_id
from logbook.tickets.verbs.verb import CONTENT_LIMIT

CHANNELS = tuple(way for way in CameBy if way.is_written_down)
"""Ways in besides the hotline itself (002-24)."""
OPENED_BY_MINUTES = openings.CHANNELS
TWICE = timedelta(minutes=1)
"""A form sent twice within this time opens one ticket."""
_DRAWS = 200
_EVENT_FIELDS = (
    *("code", "channel", "caller_type", "call_id", "anonymous", "content", "opening_id"),
    "answer_due_at",
)
"""What the first event of the history says."""


class EntryRefusedError(Exception):
    """Something the form needs is missing or wrong; `problems` maps a field's name to one word for it."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        """Keep every problem, not only the first."""
        super().__init__(str(dict(problems)))
        self.problems = dict(problems)


@dataclass(frozen=True, slots=True)
class ManualEntry:
    """What a clerk writes down for somebody; `number` as typed, `call_id` when it came by a call.

    `opening_id` is the opening of the box or book it lay in, whose minutes it need not repeat.
    """

    channel: str
    caller_type: str
    content: str
    summary: str = ""
    name: str = ""
    address: str = ""
    number: str = ""
    anonymous: bool = False
    opening_id: int | None = None
    call_id: CallId | None = None


def problems_of(entry: ManualEntry, office: Container[str] = ()) -> dict[str, str]:
    """Return what is wrong, field by field: missing, bad or ours; empty when it can be entered.

    `office` are the office's own numbers, at which no citizen is called or proves who they are.

    NĐ 20/2008 Art 7 asks for name and address or telephone; whoever gives neither is entered as
    anonymous on purpose, never by leaving fields blank.
    """
    problems = {}
    if entry.channel not in CHANNELS:
        problems["channel"] = "missing"
    if entry.caller_type not in list(BroughtBy):
        problems["caller_type"] = "missing"
    if not plain_text(entry.content, CONTENT_LIMIT).strip():
        problems["content"] = "missing"
    if not entry.anonymous:
        if not entry.name.strip():
            problems["name"] = "missing"
        given = phone_numbers.parse(entry.number).e164
        if entry.number.strip() and given is None:
            problems["number"] = "bad"
        elif given in office:
            problems["number"] = "ours"
        elif not entry.number.strip() and not entry.address.strip():
            problems["address"] = "missing"
    return problems


def _problem_of_opening(conn: Connection, entry: ManualEntry) -> dict[str, str]:
    """A letter lay in a box that somebody opened; the opening is recorded once, with its minutes (002-24)."""
    if entry.channel not in OPENED_BY_MINUTES:
        return {}
    chosen = entry.opening_id
    if chosen is None or openings.takes(conn, chosen, entry.channel) is None:
        return {"opening": "missing"}
    return {}


def _insert(insert: InsertInto) -> Any:
    return insert(tickets).on_conflict_do_nothing().returning(tickets.c.id)


_INSERT = PerDatabase(_insert)


def enter(
    conn: Connection,
    entry: ManualEntry,
    *,
    actor: str,
    notice_due_at: datetime,
    answer_due_at: datetime,
    days: Mapping[str, int] = NO_DAYS,
    now: datetime,
    secret: str,
    office: Container[str] = (),
    draw: Callable[[], str] = six_digits,
) -> OpenedTicket:
    """Open a ticket for what was recorded; EntryRefusedError when something is missing.

    `days` are as in `intake.open_by_phone`.

    Without a telephone number it gets a PIN, printed on the receipt and stored as a digest. The same form
    sent twice within a minute gives the ticket of the first time. RuntimeError when no code is left.
    """
    if problems := problems_of(entry, office) | _problem_of_opening(conn, entry):
        raise EntryRefusedError(problems)
    values = _values(entry, notice_due_at, answer_due_at, now)
    if twin := _entered_just_now(conn, values, actor):
        return OpenedTicket(twin, twin.code, pin_of(twin, secret))
    for _ in range(_DRAWS):
        code = draw()
        values["code"] = code
        if values["caller_number"] is None:
            values["pin_digest"] = pin_digest(secret, code, derived_pin(secret, f"entry:{code}"))
        ticket_id = conn.execute(_INSERT.on(conn), values).scalar()
        if ticket_id is not None:
            ticket = _begun(conn, ticket_id, values, days, actor)
            return OpenedTicket(ticket, code, pin_of(ticket, secret))
    raise RuntimeError("no free ticket code is left")


def pin_of(ticket: Ticket, secret: str) -> str | None:
    """Return the PIN of a ticket entered by hand, for its receipt; None when it has none of this kind."""
    if ticket.pin_digest is None or ticket.channel not in CHANNELS:
        return None
    return derived_pin(secret, f"entry:{ticket.code}")


def entered_by(conn: Connection, ticket_id: TicketId) -> str | None:
    """Return the login of whoever entered a ticket; "hotline" for one opened by a call."""
    query = select(ticket_events.c.actor).where(
        ticket_events.c.ticket_id == ticket_id, ticket_events.c.number == 1
    )
    actor: str | None = conn.execute(query).scalar()
    return actor


def _values(
    entry: ManualEntry, notice_due_at: datetime, answer_due_at: datetime, now: datetime
) -> dict[str, Any]:
    known = not entry.anonymous
    parsed = phone_numbers.parse(entry.number) if known else phone_numbers.parse("")
    return {
        "kind": TicketKind.UNCLASSIFIED,
        "channel": entry.channel,
        "caller_type": entry.caller_type,
        "caller_raw": plain_text(parsed.raw, 128),
        "caller_number": parsed.e164,
        "call_id": entry.call_id if known else None,
        "pin_digest": None,
        "state": "new",
        "opened_at": now,
        "notice_due_at": notice_due_at,
        "answer_due_at": answer_due_at,
        "content": whole_text(entry.content, CONTENT_LIMIT),
        "summary": whole_text(entry.summary, 200) or None,
        "anonymous": entry.anonymous,
        "caller_name": (whole_text(entry.name, 200) or None) if known else None,
        "caller_address": (whole_text(entry.address, 500) or None) if known else None,
        "opening_id": entry.opening_id if entry.channel in OPENED_BY_MINUTES else None,
        "version": 1,
        "events": 0,
        "head_hash": history.FIRST,
    }


def _entered_just_now(conn: Connection, values: Mapping[str, Any], actor: str) -> Ticket | None:
    # One entry of a person at a time, so that two clicks cannot race past each other.
    conn.execute(select(people.c.id).where(people.c.login == actor).with_for_update())
    same = [tickets.c[name] == values[name] for name in ("channel", "content", "caller_type", "anonymous")]
    maybe = ("caller_number", "caller_name", "opening_id")
    same += [tickets.c[name].is_not_distinct_from(values[name]) for name in maybe]
    query = (
        select(*Ticket.columns())
        .join(ticket_events, ticket_events.c.ticket_id == tickets.c.id)
        .where(*same, ticket_events.c.number == 1, ticket_events.c.actor == plain_text(actor, 128))
        .where(tickets.c.opened_at > values["opened_at"] - TWICE, tickets.c.state == TicketState.NEW)
        .order_by(tickets.c.id.desc())
        .limit(1)
    )
    row = conn.execute(query).first()
    return None if row is None else Ticket.of_row(row)


def _begun(
    conn: Connection, ticket_id: TicketId, values: Mapping[str, Any], days: Mapping[str, int], actor: str
) -> Ticket:
    """Write the first event; who complains is in the ticket alone, the history is read by more people."""
    head = history.add(
        conn,
        ticket_id=ticket_id,
        number=1,
        at=values["opened_at"],
        verb="open",
        actor=actor,
        reason="",
        details={name: values[name] for name in _EVENT_FIELDS if values[name] is not None} | dict(days),
        from_state=None,
        to_state="new",
        previous_hash=history.FIRST,
    )
    conn.execute(tickets.update().where(tickets.c.id == ticket_id).values(events=1, head_hash=head))
    search_index.refresh(conn, ticket_id)
    begun = of_id(conn, ticket_id)
    notifications.opened(conn, begun)
    return begun
