"""Restricted records: calls about khiếu nại or tố cáo, guided, kept apart from all tickets (rules.md B1)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from logbook.calls import Call
from logbook.per_database import PerDatabase
from logbook.plain_text import plain_text
from logbook.tables import restricted_records

KIND = "formal_complaint_or_denunciation"


@dataclass(frozen=True, slots=True)
class RestrictedRecord:
    """One row of `restricted_records`: that somebody was guided, never what about."""

    id: int
    call_id: int
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
    """Keep that this caller was told where a khiếu nại or tố cáo is received; once per call."""
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


def of_call(conn: Connection, call_id: int) -> RestrictedRecord | None:
    """Return the record of one call, or None; only named viewers may see it."""
    query = select(restricted_records).where(restricted_records.c.call_id == call_id)
    row = conn.execute(query).first()
    return None if row is None else RestrictedRecord(*row)
