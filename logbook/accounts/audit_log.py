"""The audit log of views, listening, exports and changes; append-only and hash-chained (T-23)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, select, update

from logbook.accounts.rights import Person
from logbook.database.tables import journal, journal_head
from logbook.ids import PersonId
from logbook.plain_text import plain_text, whole_text

FIRST = "0" * 64


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the audit log; `details` is canonical JSON, `subject` is e.g. "ticket:12"."""

    number: int
    at: datetime
    person_id: PersonId | None
    who: str
    act: str
    subject: str
    reason: str
    details: str
    previous_hash: str
    hash: str


def write(
    conn: Connection,
    who: Person | str,
    act: str,
    subject: str,
    now: datetime,
    reason: str = "",
    **details: object,
) -> int:
    """Write one line in the caller's transaction and return its number (B4: who, when, why).

    `who` is the person signed in, or a name for something done without one ("cli", a failed sign-in).
    """
    locked = select(journal_head).with_for_update()
    head = conn.execute(locked).one()
    number = int(head.number) + 1
    entry: dict[str, object] = {
        "number": number,
        "at": now,
        "person_id": who.id if isinstance(who, Person) else None,
        "who": plain_text(who.login if isinstance(who, Person) else who, 128),
        "act": act,
        "subject": plain_text(subject, 64),
        "reason": whole_text(reason, 10_000),
        "details": plain_text(json.dumps(details, ensure_ascii=False, sort_keys=True, default=str), 100_000),
        "previous_hash": head.hash,
    }
    entry["hash"] = _link(entry)
    conn.execute(journal.insert().values(**entry))
    conn.execute(update(journal_head).values(number=number, hash=entry["hash"]))
    return number


def _link(entry: dict[str, object]) -> str:
    details = {name: value for name, value in entry.items() if name != "hash"}
    at = details["at"]
    details["at"] = at.astimezone(UTC).isoformat() if isinstance(at, datetime) else str(at)
    text = json.dumps(details, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def recent(
    conn: Connection,
    limit: int,
    before: int | None = None,
    subject: str | None = None,
    act: str | None = None,
    who: str | None = None,
    subjects: Collection[str] | None = None,
) -> list[AuditEntry]:
    """The newest lines first; `before` is the number of the last one already shown (keyset paging).

    `subjects` looks for lines about any of them.
    """
    query = select(journal).order_by(journal.c.number.desc()).limit(limit)
    if before is not None:
        query = query.where(journal.c.number < before)
    if subject:
        query = query.where(journal.c.subject == subject)
    if subjects is not None:
        query = query.where(journal.c.subject.in_(subjects))
    if act:
        query = query.where(journal.c.act == act)
    if who:
        query = query.where(journal.c.who == who)
    return [AuditEntry(*row) for row in conn.execute(query)]


def verify(conn: Connection) -> int | None:
    """The number of the first line that is not what was written, or None (T-23)."""
    previous, expected = FIRST, 1
    query = select(journal).order_by(journal.c.number)
    with conn.execute(query, execution_options={"yield_per": 1000}) as rows:
        for row in rows.mappings():
            links = row["number"] == expected and row["previous_hash"] == previous
            if not links or row["hash"] != _link(dict(row)):
                return expected
            previous, expected = row["hash"], expected + 1
    head = conn.execute(select(journal_head)).first()
    return None if head is not None and (head.number, head.hash) == (expected - 1, previous) else expected
