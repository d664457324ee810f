"""Changes of what the line says and offers: every version is a row that stays, the newest one counts.

A subject is `sentence:vi:menu_guidance`, `menu` or `procedures`. A value of None is what the program, or
config.yaml, brings.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import IntegrityError

from logbook.accounts.rights import Person
from logbook.database.errors import StaleVersionError
from logbook.database.tables import line_edits, people

MENU, PROCEDURES = "menu", "procedures"


@dataclass(frozen=True, slots=True)
class LineEdit:
    """One version of one subject, by whom and when (aware)."""

    subject: str
    version: int
    value: str | None
    by: str
    at: datetime


def sentence(language: str, key: str) -> str:
    """The subject of a sentence."""
    return f"sentence:{language}:{key}"


def newest(conn: Connection) -> dict[str, str]:
    """The value that counts of every subject that was changed, without those taken back."""
    rows = conn.execute(select(line_edits.c.subject, line_edits.c.value).order_by(line_edits.c.version))
    last = {row.subject: row.value for row in rows}
    return {subject: value for subject, value in last.items() if value is not None}


def history(conn: Connection, subject: str) -> list[LineEdit]:
    """All versions of a subject, the newest first."""
    rows = conn.execute(
        select(line_edits, people.c.name)
        .join(people, people.c.id == line_edits.c.made_by)
        .where(line_edits.c.subject == subject)
        .order_by(line_edits.c.version.desc())
    )
    return [LineEdit(row.subject, row.version, row.value, row.name, row.made_at) for row in rows]


def version(conn: Connection, subject: str) -> int:
    """The number of the newest version; 0 where nothing was changed."""
    query = select(func.max(line_edits.c.version)).where(line_edits.c.subject == subject)
    return conn.execute(query).scalar() or 0


def change(
    conn: Connection, subject: str, value: str | None, seen: int, person: Person, now: datetime
) -> None:
    """Write the next version of a subject, for somebody who saw version `seen` (StaleVersionError)."""
    if version(conn, subject) != seen:
        raise StaleVersionError(subject)
    try:
        with conn.begin_nested():
            conn.execute(
                insert(line_edits).values(
                    subject=subject, version=seen + 1, value=value, made_by=person.id, made_at=now
                )
            )
    except IntegrityError as taken:
        raise StaleVersionError(subject) from taken
