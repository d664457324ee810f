"""Stores which forms were submitted, and the words of forms that were refused before anybody read them.

A form is stored once: its key stands in the same transaction as what it did. Words of a form that was refused
before anybody read it are kept for whoever wrote them, for a few hours and for nobody else.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, or_, select, update

from logbook.database.tables import kept_forms, sent_forms
from logbook.database.upsert import InsertInto, PerDatabase
from logbook.ids import PersonId
from logbook.plain_text import plain_text

REMEMBERED = timedelta(days=1)
"""How long a form that was stored is known: a second click comes within seconds, a browser's tab may wait."""
KEPT = timedelta(hours=12)
"""How long refused words wait for their writer: longer than any lunch, no longer than a working day."""
MOST_KEPT = 10
"""Forms kept for one person; the oldest go."""
LARGEST_KEPT = 1_000_000
"""Characters of all fields of one kept form."""
Fields = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class KeptForm:
    """Words that wait for their writer: the form's own path, the page it stands on, and its fields."""

    key: str
    person_id: PersonId
    at: datetime
    path: str
    page: str
    fields: tuple[tuple[str, str], ...]

    def value(self, name: str) -> str:
        """The first value of a field, "" where it has none."""
        return next((value for field, value in self.fields if field == name), "")


# --- forms that were stored


def _claim(insert: InsertInto) -> Any:
    return insert(sent_forms).on_conflict_do_nothing().returning(sent_forms.c.key)


_CLAIM = PerDatabase(_claim)


def claim(conn: Connection, key: str, person_id: PersonId, now: datetime) -> bool:
    """Record, in the transaction of what it does, that this form is being stored; False: it was before.

    On PostgreSQL a second click waits here until the first has ended, whichever way.
    """
    conn.execute(delete(sent_forms).where(sent_forms.c.at < now - REMEMBERED))
    values = {"key": key, "person_id": person_id, "at": now, "answer": None}
    return conn.execute(_CLAIM.on(conn), values).first() is not None


def release(conn: Connection, key: str) -> None:
    """Delete the key of a form that stored nothing after all."""
    conn.execute(delete(sent_forms).where(sent_forms.c.key == key))


def answered(conn: Connection, key: str, answer: str) -> None:
    """Remember where the form's sender was redirected."""
    conn.execute(update(sent_forms).where(sent_forms.c.key == key).values(answer=answer[:500]))


def answer_of(conn: Connection, key: str) -> str | None:
    """Return where the form's first sender was redirected, or None."""
    answer: str | None = conn.execute(select(sent_forms.c.answer).where(sent_forms.c.key == key)).scalar()
    return answer


# --- words that could not be taken


def keep(
    conn: Connection, person_id: PersonId, path: str, page: str, fields: Fields, now: datetime
) -> str | None:
    """Keep the fields of a form for whoever wrote them and return the key; None when they are too long.

    The same form refused twice is kept once.
    """
    clean = [(plain_text(name, 100), plain_text(value, LARGEST_KEPT)) for name, value in fields]
    stored = json.dumps(clean, ensure_ascii=False)
    if len(stored) > LARGEST_KEPT or len(path) > 300 or len(page) > 500:
        return None
    forget_old(conn, now)
    mine = kept_forms.c.person_id == person_id
    same = (kept_forms.c.path == path) & (kept_forms.c.fields == stored)
    conn.execute(delete(kept_forms).where(mine, same))
    older = select(kept_forms.c.key).where(mine).order_by(kept_forms.c.at.desc()).offset(MOST_KEPT - 1)
    conn.execute(delete(kept_forms).where(kept_forms.c.key.in_(conn.execute(older).scalars().all())))
    key = secrets.token_hex(16)
    values = {"key": key, "person_id": person_id, "at": now, "path": path, "page": page, "fields": stored}
    conn.execute(kept_forms.insert(), values)
    return key


def kept(conn: Connection, person_id: PersonId, key: str, now: datetime) -> KeptForm | None:
    """Return a kept form to the person who wrote it; None for anybody else and once its time is over."""
    found = _read(conn, person_id, now, kept_forms.c.key == key)
    return found[0] if found else None


def waiting(conn: Connection, person_id: PersonId, now: datetime) -> list[KeptForm]:
    """Return everything kept for a person, the newest first."""
    return _read(conn, person_id, now)


def drop(conn: Connection, person_id: PersonId, key: str) -> bool:
    """Delete a kept form: its words were stored, or its writer no longer wants them."""
    which = (kept_forms.c.key == key, kept_forms.c.person_id == person_id)
    return conn.execute(delete(kept_forms).where(*which)).rowcount == 1


def forget_old(conn: Connection, now: datetime) -> int:
    """Delete kept words whose time is over and return how many (B4); a clock set back keeps none longer."""
    over = or_(kept_forms.c.at <= now - KEPT, kept_forms.c.at > now + KEPT)
    return conn.execute(delete(kept_forms).where(over)).rowcount


def _read(conn: Connection, person_id: PersonId, now: datetime, *which: Any) -> list[KeptForm]:
    query = (
        select(kept_forms)
        .where(kept_forms.c.person_id == person_id, kept_forms.c.at > now - KEPT, *which)
        .order_by(kept_forms.c.at.desc())
    )
    return [
        KeptForm(row.key, row.person_id, row.at, row.path, row.page, _fields(row.fields))
        for row in conn.execute(query)
    ]


def _fields(stored: str) -> tuple[tuple[str, str], ...]:
    return tuple((str(name), str(value)) for name, value in json.loads(stored))
