"""The desk's month end: meeting, remedies, and a review that leaves nothing unexplained."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, or_, select, update

from logbook.accounts import audit_log
from logbook.accounts.rights import Person
from logbook.clock import local
from logbook.database.tables import desk_meetings, desk_remedies, dossier_reviews, people
from logbook.database.upsert import InsertInto, PerDatabase
from logbook.dossiers import lists
from logbook.dossiers.months import Month
from logbook.dossiers.remarks import NotTakenError
from logbook.plain_text import is_sentence, whole_text

LONGEST, LONGEST_OWNER = 5000, 120


@dataclass(frozen=True, slots=True)
class Review:
    """The closed review of a month: the leader's conclusion, and who is responsible for what (002-22)."""

    figures: Mapping[str, Any]
    conclusion: str
    responsibility: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Meeting:
    """The record of the desk's monthly meeting (003-07)."""

    held_on: date
    present: str
    summary: str
    by: str
    at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class Remedy:
    """What is to be put right, by whom; carried over until it is done (003-09)."""

    id: int
    month: str
    text: str
    owner: str
    due_on: date | None
    done_at: datetime | None
    result: str | None


def close(
    conn: Connection,
    month: Month,
    figures: Mapping[str, Any],
    conclusion: str,
    responsibility: str,
    who: Person,
    now: datetime,
) -> bool:
    """Close the review of a month with the figures it was closed on; False when it was closed before.

    NotTakenError while the month runs, while a late dossier has no owner, cause and remedy, or without a
    conclusion (002-22).
    """
    if now < month.ends and Month.of(now) != month:
        raise NotTakenError("dossier_review_too_early")
    _, unexplained = lists.late_counted(conn, month.begins, month.ends, now)
    if unexplained:
        raise NotTakenError("dossier_review_unexplained")
    words = whole_text(conclusion, LONGEST)
    if not is_sentence(words):
        raise NotTakenError("dossier_review_conclusion_missing")
    values = {
        "month": str(month),
        "figures": json.dumps(figures, ensure_ascii=False, sort_keys=True),
        "conclusion": words,
        "responsibility": whole_text(responsibility, LONGEST),
        "closed_by": who.id,
        "closed_at": now,
    }
    done = conn.execute(_CLOSE.on(conn), values).first() is not None
    if done:
        audit_log.write(conn, who, "close_dossier_review", f"dossiers:{month}", now)
    return done


def _close(insert: InsertInto) -> Any:
    return insert(dossier_reviews).on_conflict_do_nothing().returning(dossier_reviews.c.month)


_CLOSE = PerDatabase(_close)


def review(conn: Connection, month: Month) -> Review | None:
    """Return the closed review of a month, or None."""
    table = dossier_reviews
    query = select(
        table.c.figures, table.c.conclusion, table.c.responsibility, people.c.name, table.c.closed_at
    ).join(people, people.c.id == table.c.closed_by)
    row = conn.execute(query.where(table.c.month == str(month))).first()
    return None if row is None else Review(json.loads(row[0]), *row[1:])


def _keep(insert: InsertInto) -> Any:
    new = insert(desk_meetings)
    words = ("held_on", "present", "summary", "written_by", "written_at")
    details: dict[str, Any] = {name: new.excluded[name] for name in words}
    details["version"] = desk_meetings.c.version + 1
    return new.on_conflict_do_update(index_elements=["month"], set_=details)


_KEEP = PerDatabase(_keep)


def record_meeting(
    conn: Connection, month: Month, held_on: date, present: str, summary: str, who: Person, now: datetime
) -> None:
    """Keep the record of a month's meeting; written again, the last words count.

    NotTakenError for a day to come, without names or without words.
    """
    if held_on > local(now).date():
        raise NotTakenError("dossier_meeting_day_wrong")
    names, words = whole_text(present, LONGEST), whole_text(summary, LONGEST)
    if len(names) < 2:
        raise NotTakenError("dossier_meeting_present_missing")
    if not is_sentence(words):
        raise NotTakenError("dossier_meeting_summary_missing")
    values = {
        "month": str(month),
        "held_on": held_on,
        "present": names,
        "summary": words,
        "written_by": who.id,
        "written_at": now,
        "version": 1,
    }
    conn.execute(_KEEP.on(conn), values)
    audit_log.write(conn, who, "record_desk_meeting", f"dossiers:{month}", now, "", summary=words)


def meeting(conn: Connection, month: Month) -> Meeting | None:
    """Return the record of a month's meeting, or None."""
    table = desk_meetings
    columns = (table.c.held_on, table.c.present, table.c.summary, people.c.name)
    query = select(*columns, table.c.written_at, table.c.version)
    joined = query.join(people, people.c.id == table.c.written_by)
    row = conn.execute(joined.where(table.c.month == str(month))).first()
    return None if row is None else Meeting(*row)


def add_remedy(
    conn: Connection, month: Month, text: str, owner: str, due_on: date | None, who: Person, now: datetime
) -> int:
    """Enter what is to be put right after a month; NotTakenError without words or without an owner."""
    words, name = whole_text(text, LONGEST), whole_text(owner, LONGEST_OWNER)
    if not is_sentence(words):
        raise NotTakenError("dossier_remedy_text_missing")
    if len(name) < 2:
        raise NotTakenError("dossier_explain_owner_missing")
    values = {"month": str(month), "text": words, "owner": name, "due_on": due_on}
    made = desk_remedies.insert().values(**values, raised_by=who.id, raised_at=now)
    number = int(conn.execute(made.returning(desk_remedies.c.id)).scalar_one())
    audit_log.write(conn, who, "add_remedy", f"remedy:{number}", now)
    return number


def remedy_done(conn: Connection, remedy_id: int, result: str, who: Person, now: datetime) -> bool:
    """Record what came of a remedy; False when it is not there or was done. NotTakenError without words."""
    words = whole_text(result, LONGEST)
    if not is_sentence(words):
        raise NotTakenError("dossier_remedy_result_missing")
    table = desk_remedies
    query = update(table).where(table.c.id == remedy_id, table.c.done_at.is_(None))
    done = conn.execute(query.values(done_by=who.id, done_at=now, result=words)).rowcount > 0
    if done:
        audit_log.write(conn, who, "remedy_done", f"remedy:{remedy_id}", now)
    return done


def remedies(conn: Connection, month: Month) -> list[Remedy]:
    """Return the remedies of a month: raised by then, and open at its beginning or done in it (003-09)."""
    table = desk_remedies
    names = ("id", "month", "text", "owner", "due_on", "done_at", "result")
    query = select(*(table.c[name] for name in names)).where(
        table.c.month <= str(month), or_(table.c.done_at.is_(None), table.c.done_at >= month.begins)
    )
    return [Remedy(*row) for row in conn.execute(query.order_by(table.c.month, table.c.id))]
