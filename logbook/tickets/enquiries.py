"""What a caller asked about a dossier: four enquiries, and one that is a warning sign (002-30, 002-33)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, delete, select

from logbook.accounts import audit_log
from logbook.accounts.rights import Person
from logbook.database.tables import call_enquiries as table
from logbook.database.tables import calls
from logbook.database.upsert import InsertInto, PerDatabase
from logbook.ids import CallId


class Enquiry(StrEnum):
    """Why somebody called about a dossier; the first four are those of 002-30."""

    PROGRESS = "progress"
    PAPERS_MISSING = "papers_missing"
    SUSPENDED = "suspended"
    NOT_ELIGIBLE = "not_eligible"
    ONLINE_NOT_ACCEPTED = "online_not_accepted"

    @property
    def is_warning(self) -> bool:
        """Whether nobody should have had to call: an online dossier was not accepted in time (002-33)."""
        return self is Enquiry.ONLINE_NOT_ACCEPTED


def note(conn: Connection, call_id: CallId, enquiry: Enquiry | None, who: Person, now: datetime) -> None:
    """Note what a call was about, in the place of what was noted before; None takes it back."""
    if enquiry is None:
        conn.execute(delete(table).where(table.c.call_id == call_id))
    else:
        values = {"call_id": call_id, "kind": enquiry.value, "noted_by": who.id, "noted_at": now}
        conn.execute(_NOTE.on(conn), values)
    audit_log.write(conn, who, "note_enquiry", f"call:{call_id}", now, enquiry=enquiry and enquiry.value)


def _note(insert: InsertInto) -> Any:
    new = insert(table)
    told = {name: new.excluded[name] for name in ("kind", "noted_by", "noted_at")}
    return new.on_conflict_do_update(index_elements=["call_id"], set_=told)


_NOTE = PerDatabase(_note)


def of_call(conn: Connection, call_id: CallId) -> Enquiry | None:
    """Return what was noted beside a call, or None."""
    kind = conn.execute(select(table.c.kind).where(table.c.call_id == call_id)).scalar()
    return None if kind is None else Enquiry(kind)


def between(conn: Connection, begins: datetime, ends: datetime) -> dict[Enquiry, list[int]]:
    """Return the calls that began in a period by what they were about, each kind with its calls in order."""
    found: dict[Enquiry, list[int]] = {one: [] for one in Enquiry}
    query = (
        select(table.c.kind, table.c.call_id)
        .join(calls, calls.c.id == table.c.call_id)
        .where(calls.c.started_at >= begins, calls.c.started_at < ends)
        .order_by(calls.c.started_at, calls.c.id)
    )
    for row in conn.execute(query):
        found[Enquiry(row.kind)].append(row.call_id)
    return found
