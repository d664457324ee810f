"""Opens tickets from telephone calls, gives them their code and PIN, and checks who asks for one."""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, bindparam, select

from logbook.calls.calls import Call
from logbook.database import search_index
from logbook.database.tables import calls as calls_table
from logbook.database.tables import recordings
from logbook.database.tables import tickets as table
from logbook.database.upsert import InsertInto, PerDatabase
from logbook.ids import CallId, RecordingId, TicketId
from logbook.tickets import history, notifications
from logbook.tickets.lifecycle import CameBy, TicketKind
from logbook.tickets.tickets import Ticket, of_call

NO_DAYS: Mapping[str, int] = MappingProxyType({})
_DRAWS = 200
"""Draws before giving up: with half of all codes in use, 200 misses in a row do not happen."""


@dataclass(frozen=True, slots=True)
class OpenedTicket:
    """A ticket with what the caller hears: the code, and the PIN when the number is withheld."""

    ticket: Ticket
    code: str
    pin: str | None


def six_digits() -> str:
    """Draw a code nobody can guess (T-12)."""
    return f"{secrets.randbelow(1_000_000):06d}"


def _open(insert: InsertInto) -> Any:
    # No conflict target: a code drawn twice and a recording reported twice both end in "nothing written".
    return insert(table).on_conflict_do_nothing().returning(table.c.id)


_OPEN = PerDatabase(_open)


def open_by_phone(
    conn: Connection,
    *,
    call: Call,
    recording_id: RecordingId | None,
    caller_type: str | None,
    response_id: int | None = None,
    notice_due_at: datetime,
    answer_due_at: datetime,
    days: Mapping[str, int] = NO_DAYS,
    now: datetime,
    secret: str,
    draw: Callable[[], str] = six_digits,
) -> OpenedTicket:
    """Open a ticket for a call, or return the one opened before with the same code and PIN (T-02).

    `days` are the working days behind the ends of its deadlines (notice_days, answer_days), by which they
    follow a changed calendar; without them they stay where they are. One recording makes one ticket; without
    a recording it is one ticket per call and response. A caller without a number gets a four-digit PIN
    derived from `secret`, so that it can be said again but is stored only as a digest. RuntimeError when no
    free code is left.
    """
    conn.execute(select(calls_table.c.id).where(calls_table.c.id == call.id).with_for_update())
    seed = _seed(conn, call, recording_id)
    pin = None if call.caller_number else derived_pin(secret, seed)
    for _ in range(_DRAWS):
        if existing := _opened_before(conn, call.id, recording_id, response_id):
            return OpenedTicket(existing, existing.code, pin if existing.pin_digest else None)
        code = draw()
        values = {
            "code": code,
            "pin_digest": pin and pin_digest(secret, code, pin),
            "kind": TicketKind.UNCLASSIFIED,
            "channel": CameBy.HOTLINE,
            "caller_type": caller_type,
            "caller_raw": call.caller_raw,
            "caller_number": call.caller_number,
            "call_id": call.id,
            "recording_id": recording_id,
            "response_id": response_id,
            "state": "new",
            "opened_at": now,
            "notice_due_at": notice_due_at,
            "answer_due_at": answer_due_at,
            "version": 1,
            "events": 0,
            "head_hash": history.FIRST,
            "search_text": search_index.of(code, None, None, None, call.caller_number),
        }
        ticket_id = conn.execute(_OPEN.on(conn), values).scalar()
        if ticket_id is not None:
            return OpenedTicket(_begun(conn, ticket_id, values, days, now), code, pin)
    raise RuntimeError("no free ticket code is left")


def proves(ticket: Ticket, digits: str, secret: str) -> bool:
    """Whether `digits` are the last four of the caller's number, or the PIN (T-11, T-12); constant time."""
    if ticket.caller_number is not None:
        expected = ticket.caller_number[-4:]
        return hmac.compare_digest(expected.encode(), digits.encode(errors="replace"))
    if ticket.pin_digest is None:
        return False
    return hmac.compare_digest(ticket.pin_digest, pin_digest(secret, ticket.code, digits))


def replace_recording(conn: Connection, call_id: CallId, recording_id: RecordingId, now: datetime) -> None:
    """Give the newest ticket of a call what its caller said last; the history keeps the earlier recording.

    A caller who is cut off while speaking once more may be gone before that recording is heard of (F-04).
    Nothing happens when the call has no ticket, or one without a recording.
    """
    conn.execute(select(calls_table.c.id).where(calls_table.c.id == call_id).with_for_update())
    ticket = next(reversed(of_call(conn, call_id)), None)
    if ticket is None or ticket.recording_id in (None, recording_id):
        return
    head = history.add(
        conn,
        ticket_id=ticket.id,
        number=ticket.events + 1,
        at=now,
        verb="replace_recording",
        actor="hotline",
        reason="",
        details={"recording_id": recording_id, "instead_of": ticket.recording_id},
        from_state=ticket.state,
        to_state=ticket.state,
        previous_hash=ticket.head_hash,
    )
    changed = {"version": ticket.version + 1, "events": ticket.events + 1, "head_hash": head}
    conn.execute(table.update().where(table.c.id == ticket.id).values(recording_id=recording_id, **changed))


_BEGUN = (
    table.update()
    .where(table.c.id == bindparam("ticket_id"))
    .values(events=1, head_hash=bindparam("head"))
    .returning(*Ticket.columns())
)


def _begun(
    conn: Connection, ticket_id: TicketId, values: dict[str, Any], days: Mapping[str, int], now: datetime
) -> Ticket:
    head = history.add(
        conn,
        ticket_id=ticket_id,
        number=1,
        at=now,
        verb="open",
        actor="hotline",
        reason="",
        details={
            name: values[name]
            for name in ("code", "caller_type", "call_id", "recording_id", "response_id", "answer_due_at")
        }
        | dict(days),
        from_state=None,
        to_state="new",
        previous_hash=history.FIRST,
    )
    search_index.put(conn, ticket_id, values["search_text"])
    begun = Ticket.of_row(conn.execute(_BEGUN, {"ticket_id": ticket_id, "head": head}).one())
    notifications.opened(conn, begun)
    return begun


def _opened_before(
    conn: Connection, call_id: CallId, recording_id: RecordingId | None, response_id: int | None
) -> Ticket | None:
    query = select(*Ticket.columns())
    if recording_id is not None:
        query = query.where(table.c.recording_id == recording_id)
    else:
        query = query.where(
            table.c.call_id == call_id,
            table.c.recording_id.is_(None),
            table.c.response_id.is_(None) if response_id is None else table.c.response_id == response_id,
        )
    row = conn.execute(query).first()
    return None if row is None else Ticket.of_row(row)


def _seed(conn: Connection, call: Call, recording_id: RecordingId | None) -> str:
    if recording_id is None:
        return call.sid
    return str(conn.execute(select(recordings.c.sid).where(recordings.c.id == recording_id)).scalar_one())


def derived_pin(secret: str, seed: str) -> str:
    """Return the four-digit PIN that belongs to `seed`; the same each time, unguessable without `secret`."""
    return f"{int.from_bytes(_mac(secret, 'pin', seed)) % 10_000:04d}"


def pin_digest(secret: str, code: str, pin: str) -> str:
    """Return what is stored of a PIN."""
    return _mac(secret, "pin-digest", f"{code}:{pin}").hex()


def _mac(secret: str, use: str, text: str) -> bytes:
    return hmac.new(secret.encode(), f"{use}:{text}".encode(errors="replace"), hashlib.sha256).digest()
