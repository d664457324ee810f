"""Internal checks: what was found about one official and what came of it; leaders only (002-18).

Whoever was checked does not read it, whatever their role (rules B10). Every reading stands in the audit log,
without a word of the finding. Nothing of it leaves this module for a report, an export or a public page.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from logbook.accounts import audit_log
from logbook.accounts.rights import Person
from logbook.clock import local
from logbook.database.tables import internal_checks as checks
from logbook.database.tables import officials, people
from logbook.database.upsert import InsertInto, PerDatabase
from logbook.plain_text import is_sentence, whole_text

LONGEST_SUBJECT, LONGEST_TEXT = 300, 4000


class CheckOutcome(StrEnum):
    """What came of a check (002-18: "phê bình và xử lý nghiêm")."""

    NONE = "none"
    REMINDED = "reminded"
    CRITICISED = "criticised"
    DISCIPLINED = "disciplined"
    OPEN = "open"


class InternalCheckRefusedError(Exception):
    """A check that cannot be kept; `args[0]` is a text key of the console."""


class CheckChangedMeanwhileError(Exception):
    """Somebody else wrote the record since the page was opened."""


@dataclass(frozen=True, slots=True)
class InternalCheck:
    """A record as it stands or stood: the how-many-eth version, about whom, and by whom it was written."""

    id: int
    record: str
    number: int
    official_id: int
    official: str
    checked_on: date
    subject: str
    finding: str
    outcome: CheckOutcome
    measure: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TypedCheck:
    """A record as it was typed; `official_id` is None where nobody was chosen."""

    official_id: int | None
    checked_on: date | None
    subject: str
    finding: str
    outcome: str
    measure: str


def _insert(insert: InsertInto) -> Any:
    return insert(checks).on_conflict_do_nothing(index_elements=["record", "number"]).returning(checks.c.id)


_INSERT = PerDatabase(_insert)


def enter(conn: Connection, typed: TypedCheck, person: Person, now: datetime) -> str:
    """Enter a check and return the name of its record. InternalCheckRefusedError; TooLongError."""
    record = secrets.token_hex(16)
    entered = _write(conn, record, 1, typed, person, now)
    audit_log.write(conn, person, "enter_internal_check", f"internal_check:{entered}", now)
    return record


def change(
    conn: Connection, record: str, seen: int, typed: TypedCheck, person: Person, now: datetime
) -> None:
    """Write the next version of a record, the earlier ones stay. CheckChangedMeanwhileError; refused ones."""
    found = _standing(conn, person, record)
    if found is None:
        raise InternalCheckRefusedError("internal_gone")
    if found.number != seen:
        raise CheckChangedMeanwhileError
    entered = _write(conn, record, seen + 1, typed, person, now)
    audit_log.write(conn, person, "change_internal_check", f"internal_check:{entered}", now)


def _write(
    conn: Connection, record: str, number: int, typed: TypedCheck, person: Person, now: datetime
) -> int:
    values = _values(conn, typed, person, now) | {"record": record, "number": number}
    entered: int | None = conn.execute(_INSERT.on(conn), values).scalar()
    if entered is None:
        raise CheckChangedMeanwhileError
    return entered


def _values(conn: Connection, typed: TypedCheck, person: Person, now: datetime) -> dict[str, Any]:
    subject = whole_text(typed.subject, LONGEST_SUBJECT)
    finding, measure = whole_text(typed.finding, LONGEST_TEXT), whole_text(typed.measure, LONGEST_TEXT)
    about = select(officials.c.id, officials.c.login).where(officials.c.id == (typed.official_id or 0))
    official = conn.execute(about).first()
    if official is None or not subject or typed.outcome not in set(CheckOutcome):
        raise InternalCheckRefusedError("internal_lacks")
    if official.login == person.login:
        raise InternalCheckRefusedError("internal_own")
    if not is_sentence(finding):
        raise InternalCheckRefusedError("internal_no_sentence")
    if typed.checked_on is None or not date(2000, 1, 1) <= typed.checked_on <= local(now).date():
        raise InternalCheckRefusedError("internal_day_wrong")
    return {
        "official_id": official.id,
        "checked_on": typed.checked_on,
        "subject": subject,
        "finding": finding,
        "outcome": typed.outcome,
        "measure": measure,
        "written_by": person.id,
        "written_at": now,
    }


def read_list(
    conn: Connection, person: Person, now: datetime, limit: int, before: int | None = None
) -> list[InternalCheck]:
    """Return the records `person` may read, the newest first, and note the reading in the audit log."""
    newest = select(func.max(checks.c.id)).group_by(checks.c.record)
    query = _query(person).where(checks.c.id.in_(newest)).order_by(checks.c.id.desc())
    if before is not None:
        query = query.where(checks.c.id < before)
    found = [_check(row) for row in conn.execute(query.limit(limit))]
    audit_log.write(conn, person, "read_internal_checks", "internal_checks", now, shown=len(found))
    return found


def read_one(conn: Connection, person: Person, record: str, now: datetime) -> list[InternalCheck]:
    """Return a record with all its versions, the newest first; empty where it is none of theirs to read."""
    query = _query(person).where(checks.c.record == record).order_by(checks.c.number.desc())
    found = [_check(row) for row in conn.execute(query)]
    if found:
        audit_log.write(conn, person, "read_internal_check", f"internal_check:{found[0].id}", now)
    return found


def _standing(conn: Connection, person: Person, record: str) -> InternalCheck | None:
    query = _query(person).where(checks.c.record == record).order_by(checks.c.number.desc()).limit(1)
    row = conn.execute(query).first()
    return None if row is None else _check(row)


def _query(person: Person) -> Any:
    names = ("id", "record", "number", "official_id", "checked_on", "subject", "finding", "outcome")
    columns = [checks.c[name] for name in (*names, "measure", "written_at")]
    return (
        select(*columns, officials.c.name.label("official"), people.c.name.label("by"))
        .join_from(checks, officials, officials.c.id == checks.c.official_id)
        .join(people, people.c.id == checks.c.written_by)
        .where(_not_about(person))
    )


def _not_about(person: Person) -> ColumnElement[bool]:
    """A record that in any version was about this person is kept from them."""
    theirs = select(checks.c.record).join(officials, officials.c.id == checks.c.official_id)
    return checks.c.record.not_in(theirs.where(officials.c.login == person.login))


def _check(row: Any) -> InternalCheck:
    return InternalCheck(
        row.id,
        row.record,
        row.number,
        row.official_id,
        row.official,
        row.checked_on,
        row.subject,
        row.finding,
        CheckOutcome(row.outcome),
        row.measure,
        row.by,
        row.written_at,
    )
