"""What people may add to a dossier: explanation, apology, request for papers, difference to paper.

The desk's software stays the record: nothing here changes what it says.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, select, update

from logbook.accounts import audit_log
from logbook.accounts.rights import Person
from logbook.database.tables import (
    dossier_apologies,
    dossier_explanations,
    dossier_mismatches,
    dossier_supplements,
    people,
)
from logbook.database.upsert import InsertInto, PerDatabase
from logbook.plain_text import is_sentence, whole_text

LONGEST, LONGEST_OWNER, LONGEST_DOCUMENT = 2000, 120, 100


class OnPaper(StrEnum):
    """What the paper dossier says that the software does not."""

    FINISHED = "finished"
    RUNNING = "running"
    SUSPENDED = "suspended"
    MISSING = "missing"
    OTHER = "other"


class NotTakenError(ValueError):
    """A form that says too little: the key of the sentence that says what is missing."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a dossier is late: who answers for it, the cause and the remedy (002-22, 002-34)."""

    owner: str
    cause: str
    remedy: str
    by: str
    at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class ApologyLetter:
    """A letter of apology: the new date, and when it was sent (002-16)."""

    new_date: date
    at: datetime
    sent_on: date | None


@dataclass(frozen=True, slots=True)
class Supplement:
    """One request for missing papers, in writing (002-15)."""

    document: str
    asked_on: date


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Paper and software say different things (002-35); open until settled."""

    id: int
    on_paper: str
    note: str
    marked_at: datetime
    settled_at: datetime | None
    settlement: str | None


def _sentence(text: str, key: str) -> str:
    words = whole_text(text, LONGEST)
    if not is_sentence(words):
        raise NotTakenError(key)
    return words


def _explain(insert: InsertInto) -> Any:
    new = insert(dossier_explanations)
    words = ("owner", "cause", "remedy", "written_by", "written_at")
    details: dict[str, Any] = {name: new.excluded[name] for name in words}
    details["version"] = dossier_explanations.c.version + 1
    return new.on_conflict_do_update(index_elements=["dossier_id"], set_=details)


_EXPLAIN = PerDatabase(_explain)


def explain(
    conn: Connection, dossier_id: int, owner: str, cause: str, remedy: str, who: Person, now: datetime
) -> None:
    """Explain why a dossier is late; the last explanation counts, the audit log keeps that there were others.

    NotTakenError without a name, or where cause or remedy is no sentence: one letter is no cause (002-34).
    """
    name = whole_text(owner, LONGEST_OWNER)
    if len(name) < 2:
        raise NotTakenError("dossier_explain_owner_missing")
    values = {
        "dossier_id": dossier_id,
        "owner": name,
        "cause": _sentence(cause, "dossier_explain_cause_missing"),
        "remedy": _sentence(remedy, "dossier_explain_remedy_missing"),
        "written_by": who.id,
        "written_at": now,
        "version": 1,
    }
    conn.execute(_EXPLAIN.on(conn), values)
    details = {name: values[name] for name in ("owner", "cause", "remedy")}
    audit_log.write(conn, who, "explain_dossier", f"dossier:{dossier_id}", now, "", **details)


def explanation(conn: Connection, dossier_id: int) -> Explanation | None:
    """Return why the dossier is late, where somebody said so."""
    table = dossier_explanations
    query = select(
        table.c.owner, table.c.cause, table.c.remedy, people.c.name, table.c.written_at, table.c.version
    ).join(people, people.c.id == table.c.written_by)
    row = conn.execute(query.where(table.c.dossier_id == dossier_id)).first()
    return None if row is None else Explanation(*row)


def _apologise(insert: InsertInto) -> Any:
    new = insert(dossier_apologies)
    details = {name: new.excluded[name] for name in ("new_date", "written_by", "written_at")}
    again = {**details, "sent_on": None, "sent_by": None}
    return new.on_conflict_do_update(index_elements=["dossier_id"], set_=again)


_APOLOGISE = PerDatabase(_apologise)


def apologise(
    conn: Connection, dossier_id: int, new_date: date, today: date, who: Person, now: datetime
) -> None:
    """Write an apology with a new date; another date is another letter, not sent yet. NotTakenError: past."""
    if new_date < today:
        raise NotTakenError("dossier_apology_date_past")
    values = {"dossier_id": dossier_id, "new_date": new_date, "written_by": who.id, "written_at": now}
    conn.execute(_APOLOGISE.on(conn), values)
    audit_log.write(conn, who, "apologise_dossier", f"dossier:{dossier_id}", now, new_date=str(new_date))


def apology_sent(conn: Connection, dossier_id: int, day: date, who: Person, now: datetime) -> bool:
    """Record on which day the letter was sent; False where there is none, or it was sent before."""
    table = dossier_apologies
    query = update(table).where(table.c.dossier_id == dossier_id, table.c.sent_on.is_(None))
    done = conn.execute(query.values(sent_on=day, sent_by=who.id)).rowcount > 0
    if done:
        audit_log.write(conn, who, "send_apology", f"dossier:{dossier_id}", now, day=str(day))
    return done


def apology(conn: Connection, dossier_id: int) -> ApologyLetter | None:
    """Return the letter of apology of a dossier, or None."""
    table = dossier_apologies
    query = select(table.c.new_date, table.c.written_at, table.c.sent_on)
    row = conn.execute(query.where(table.c.dossier_id == dossier_id)).first()
    return None if row is None else ApologyLetter(*row)


def ask_papers(
    conn: Connection, dossier_id: int, document: str, day: date, who: Person, now: datetime
) -> bool:
    """Record a request for missing papers by its document's number; False for one already there.

    A second one is recorded too: the page shows it as a breach (002-15). NotTakenError without
    a number: a request is made in writing.
    """
    number = whole_text(document, LONGEST_DOCUMENT)
    if not any(sign.isalnum() for sign in number):
        raise NotTakenError("dossier_document_missing")
    values = {
        "dossier_id": dossier_id,
        "document": number,
        "asked_on": day,
        "written_by": who.id,
        "written_at": now,
    }
    made = conn.execute(_ASK.on(conn), values).first() is not None
    if made:
        audit_log.write(conn, who, "ask_papers", f"dossier:{dossier_id}", now, document=number)
    return made


def _ask(insert: InsertInto) -> Any:
    new = insert(dossier_supplements)
    return new.on_conflict_do_nothing(index_elements=["dossier_id", "document"]).returning(
        dossier_supplements.c.id
    )


_ASK = PerDatabase(_ask)


def supplements(conn: Connection, dossier_id: int) -> list[Supplement]:
    """Return the requests for papers that were recorded, the first one first."""
    table = dossier_supplements
    query = select(table.c.document, table.c.asked_on).where(table.c.dossier_id == dossier_id)
    return [Supplement(*row) for row in conn.execute(query.order_by(table.c.asked_on, table.c.id))]


def mark_mismatch(
    conn: Connection, dossier_id: int, on_paper: str, note: str, who: Person, now: datetime
) -> bool:
    """Mark that paper and software differ; False while one is open. NotTakenError without words."""
    if on_paper not in set(OnPaper):
        raise NotTakenError("dossier_mismatch_state_missing")
    values = {
        "dossier_id": dossier_id,
        "on_paper": on_paper,
        "note": _sentence(note, "dossier_mismatch_note_missing"),
        "marked_by": who.id,
        "marked_at": now,
    }
    made = conn.execute(_MARK.on(conn), values).first() is not None
    if made:
        audit_log.write(conn, who, "mark_mismatch", f"dossier:{dossier_id}", now)
    return made


def _mark(insert: InsertInto) -> Any:
    return insert(dossier_mismatches).on_conflict_do_nothing().returning(dossier_mismatches.c.id)


_MARK = PerDatabase(_mark)


def settle_mismatch(conn: Connection, dossier_id: int, settlement: str, who: Person, now: datetime) -> bool:
    """Record how paper and software were made equal; False when none is open. NotTakenError without words."""
    words = _sentence(settlement, "dossier_mismatch_note_missing")
    table = dossier_mismatches
    query = update(table).where(table.c.dossier_id == dossier_id, table.c.settled_at.is_(None))
    done = conn.execute(query.values(settled_by=who.id, settled_at=now, settlement=words)).rowcount > 0
    if done:
        audit_log.write(conn, who, "settle_mismatch", f"dossier:{dossier_id}", now)
    return done


def mismatches(conn: Connection, dossier_id: int) -> list[Mismatch]:
    """Return the differences that were marked, the newest first."""
    table = dossier_mismatches
    names = ("id", "on_paper", "note", "marked_at", "settled_at", "settlement")
    query = select(*(table.c[name] for name in names)).where(table.c.dossier_id == dossier_id)
    return [Mismatch(*row) for row in conn.execute(query.order_by(table.c.id.desc()))]
