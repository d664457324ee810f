"""Restricted records: calls about khiếu nại or tố cáo, guided, apart from tickets (rules B1)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from logbook.accounts.rights import Person
from logbook.calls.calls import Call
from logbook.database.tables import restricted_records, tickets
from logbook.database.upsert import PerDatabase
from logbook.ids import CallId
from logbook.plain_text import plain_text
from logbook.tickets.tickets import guided_rows
from logbook.tickets.visibility import visible_to

KIND = "formal_complaint_or_denunciation"


@dataclass(frozen=True, slots=True)
class RestrictedRecord:
    """One row of `restricted_records`: that somebody was guided, never what about."""

    id: int
    call_id: CallId
    caller_raw: str
    caller_number: str | None
    at: datetime
    kind: str
    note: str


_GUIDED = PerDatabase(
    lambda insert: insert(restricted_records).on_conflict_do_nothing(
        index_elements=[restricted_records.c.call_id]
    )
)


def guided(conn: Connection, call: Call, now: datetime, note: str = "") -> None:
    """Record that this caller heard where to lodge a khiếu nại or tố cáo; once per call."""
    conn.execute(
        _GUIDED.on(conn),
        {
            "call_id": call.id,
            "caller_raw": call.caller_raw,
            "caller_number": call.caller_number,
            "at": now,
            "kind": KIND,
            "note": plain_text(note, 2000),
        },
    )


def recent(conn: Connection, limit: int, before: int | None = None) -> list[RestrictedRecord]:
    """The newest records first; `before` is the id of the last one already shown (keyset paging)."""
    query = select(restricted_records).order_by(restricted_records.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(restricted_records.c.id < before)
    return [RestrictedRecord(*row) for row in conn.execute(query)]


def find(conn: Connection, record_id: int) -> RestrictedRecord | None:
    """The record of that id, or None; the caller writes its opening into the audit log."""
    row = conn.execute(select(restricted_records).where(restricted_records.c.id == record_id)).first()
    return None if row is None else RestrictedRecord(*row)


@dataclass(frozen=True, slots=True)
class GuidedTicket:
    """A ticket that turned out to be a khiếu nại or tố cáo: when, which of the two, and where it stands."""

    id: int
    code: str
    opened_at: datetime
    kind: str
    state: str
    caller_number: str | None


def guided_tickets(
    conn: Connection, person: Person, limit: int, before: int | None = None
) -> list[GuidedTicket]:
    """The newest tickets of these kinds that `person` may see; `before` is the id of the last one shown."""
    columns = [tickets.c[name] for name in GuidedTicket.__slots__]
    query = select(*columns).where(visible_to(person), guided_rows())
    if before is not None:
        query = query.where(tickets.c.id < before)
    return [GuidedTicket(*row) for row in conn.execute(query.order_by(tickets.c.id.desc()).limit(limit))]


def of_call(conn: Connection, call_id: CallId) -> RestrictedRecord | None:
    """Return the record of one call, or None; only named viewers may see it."""
    query = select(restricted_records).where(restricted_records.c.call_id == call_id)
    row = conn.execute(query).first()
    return None if row is None else RestrictedRecord(*row)
