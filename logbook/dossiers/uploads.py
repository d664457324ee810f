"""Keeps an uploaded file between preview and import, and imports it part by part (002-32).

What waits are dossiers as they will stand in the database: columns about citizens were dropped before
anything was kept. A part is written, counted and removed in one transaction, so that an import that is killed
goes on with the next part and doubles nothing.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, or_, select, update

from logbook.accounts import accounts
from logbook.accounts.rights import Person
from logbook.database.engine import Database
from logbook.database.tables import dossier_upload_parts as parts
from logbook.database.tables import dossier_uploads as table
from logbook.database.tables import people
from logbook.dossiers import importing
from logbook.dossiers.draft import STORED, Draft
from logbook.dossiers.importing import COUNTS, Batches, ImportResult, RefusedRow
from logbook.ids import PersonId

KEPT = timedelta(hours=2)
"""How long rows wait for the person who uploaded them, and how long an ended import is shown."""
SHOWN = 200
"""Refused rows that are kept to be listed."""


class UploadState(StrEnum):
    """Where an uploaded file stands."""

    WAITING = "waiting"
    ORDERED = "ordered"
    DONE = "done"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens to it."""
        return self in (UploadState.DONE, UploadState.FAILED)


@dataclass(frozen=True, slots=True)
class Upload:
    """An uploaded file: `rows` are those that can go in, `done` those that were brought in.

    While it waits, `counts` say what importing would do; from the order on, what it did so far.
    """

    key: str
    state: UploadState
    person_id: PersonId
    by: str
    at: datetime
    ordered_at: datetime | None
    rows: int
    done: int
    counts: Mapping[str, int]
    errors: tuple[RefusedRow, ...]

    @property
    def percent(self) -> int:
        """How much of it is done, rounded down."""
        return 100 * self.done // self.rows if self.rows else 100


def keep(
    database: Database,
    columns: Collection[str],
    rows: Iterable[Draft | RefusedRow],
    who: Person,
    now: datetime,
) -> str:
    """Keep the rows for whoever uploaded them, with what importing would do, and return the key.

    What the same person looked at before is dropped.
    """
    result, kept, batches = ImportResult(), [], Batches(columns)
    for batch in importing.in_batches(rows):
        good = [row for row in batch if isinstance(row, Draft)]
        result.errors += [row for row in batch if isinstance(row, RefusedRow)]
        with database.reading() as conn:
            new, changed = batches.compare(conn, good)
        result.new += len(new)
        result.changed += len(changed)
        result.unchanged += len(good) - len(new) - len(changed)
        if good:
            kept.append((len(good), json.dumps(list(map(_as_row, good)), ensure_ascii=False)))
    key = secrets.token_hex(16)
    details = {
        "state": UploadState.WAITING,
        "columns": json.dumps(sorted(columns)),
        "rows": sum(count for count, _ in kept),
        "done": 0,
        "errors": json.dumps([asdict(row) for row in result.errors[:SHOWN]], ensure_ascii=False),
        **importing.counts_of(result),
    }
    with database.writing() as conn:
        _drop(conn, and_(table.c.person_id == who.id, table.c.state == UploadState.WAITING))
        conn.execute(table.insert().values(key=key, person_id=who.id, at=now, **details))
        for number, (_, text) in enumerate(kept):
            conn.execute(parts.insert().values(upload_key=key, number=number, rows=text))
    return key


def find(conn: Connection, key: str, who: Person, now: datetime) -> Upload | None:
    """Return what this person uploaded under a key, unless it has waited or been over for too long."""
    found = _uploads(conn, and_(table.c.key == key, table.c.person_id == who.id, ~_old(now)))
    return found[0] if found else None


def running(conn: Connection) -> list[Upload]:
    """Return the imports that were ordered and are not over, whoever ordered them, the first ones first."""
    return _uploads(conn, table.c.state == UploadState.ORDERED)


def order(conn: Connection, key: str, who: Person, now: datetime) -> bool:
    """Order the import of what waits; False when it does not wait (any more)."""
    waits = (table.c.key == key, table.c.person_id == who.id, table.c.state == UploadState.WAITING)
    started = {"state": UploadState.ORDERED, "ordered_at": now, "new": 0, "changed": 0, "unchanged": 0}
    return conn.execute(update(table).where(*waits, ~_old(now)).values(**started)).rowcount == 1


def import_next(database: Database, now: datetime) -> bool:
    """Bring in the next part of the oldest order in one transaction; False when nothing is ordered.

    Whoever removes the part counts it: of two schedulers one does. After the last part the import is written
    down and over. Raises what the database raises; nothing of the part is written then.
    """
    with database.writing() as conn:
        query = select(table.c.key, table.c.columns, table.c.person_id)
        upload = conn.execute(
            query.where(table.c.state == UploadState.ORDERED).order_by(table.c.ordered_at, table.c.key)
        ).first()
        if upload is None:
            return False
        mine = select(parts.c.number, parts.c.rows).where(parts.c.upload_key == upload.key)
        part = conn.execute(mine.order_by(parts.c.number).limit(1)).first()
        if part is None:
            _end(conn, upload.key, upload.person_id, now)
            return True
        this = and_(parts.c.upload_key == upload.key, parts.c.number == part.number)
        if conn.execute(delete(parts).where(this)).rowcount != 1:
            return True
        drafts = [_draft(each) for each in json.loads(part.rows)]
        new, changed = Batches(json.loads(upload.columns)).bring_in(conn, drafts, now)
        conn.execute(
            update(table)
            .where(table.c.key == upload.key)
            .values(
                done=table.c.done + len(drafts),
                new=table.c.new + len(new),
                changed=table.c.changed + len(changed),
                unchanged=table.c.unchanged + len(drafts) - len(new) - len(changed),
            )
        )
    return True


def _end(conn: Connection, key: str, person_id: PersonId, now: datetime) -> None:
    over = {"state": UploadState.DONE, "ended_at": now}
    ended = update(table).where(table.c.key == key, table.c.state == UploadState.ORDERED).values(**over)
    if conn.execute(ended).rowcount != 1:
        return
    counts = conn.execute(select(*(table.c[name] for name in COUNTS)).where(table.c.key == key)).one()
    who = accounts.find(conn, person_id)
    importing.write_down(conn, dict(zip(COUNTS, counts, strict=True)), who or "scheduler", now)


def give_up(conn: Connection, now: datetime) -> None:
    """End the oldest order, which cannot be imported: what waits of it is removed, what went in stays."""
    ordered = running(conn)
    if ordered:
        conn.execute(delete(parts).where(parts.c.upload_key == ordered[0].key))
        over = {"state": UploadState.FAILED, "ended_at": now}
        conn.execute(update(table).where(table.c.key == ordered[0].key).values(**over))


def any_ordered(conn: Connection) -> bool:
    """Whether `import_next` has anything to bring in."""
    return (
        conn.execute(select(table.c.key).where(table.c.state == UploadState.ORDERED).limit(1)).first()
        is not None
    )


def any_old(conn: Connection, now: datetime) -> bool:
    """Whether `forget_old` has anything to drop."""
    return conn.execute(select(table.c.key).where(_old(now)).limit(1)).first() is not None


def forget_old(conn: Connection, now: datetime) -> int:
    """Drop what nobody ordered in time and what has been over for long; return how many."""
    return _drop(conn, _old(now))


def _old(now: datetime) -> ColumnElement[bool]:
    waited = and_(table.c.state == UploadState.WAITING, table.c.at < now - KEPT)
    return or_(waited, and_(table.c.ended_at.is_not(None), table.c.ended_at < now - KEPT))


def _drop(conn: Connection, which: ColumnElement[bool]) -> int:
    keys = select(table.c.key).where(which)
    conn.execute(delete(parts).where(parts.c.upload_key.in_(keys)))
    return conn.execute(delete(table).where(which)).rowcount


def _uploads(conn: Connection, which: ColumnElement[bool]) -> list[Upload]:
    query = select(table, people.c.name).join(people, people.c.id == table.c.person_id).where(which)
    return [
        Upload(
            key=row.key,
            state=UploadState(row.state),
            person_id=row.person_id,
            by=row.name,
            at=row.at,
            ordered_at=row.ordered_at,
            rows=row.rows,
            done=row.done,
            counts={name: getattr(row, name) for name in COUNTS},
            errors=tuple(RefusedRow(**each) for each in json.loads(row.errors)),
        )
        for row in conn.execute(query.order_by(table.c.ordered_at, table.c.key))
    ]


def _as_row(draft: Draft) -> Sequence[Any]:
    return [value.isoformat() if isinstance(value, datetime) else value for value in _values(draft)]


def _values(draft: Draft) -> Iterable[Any]:
    return (getattr(draft, name) for name in STORED)


def _draft(values: Sequence[Any]) -> Draft:
    named = dict(zip(STORED, values, strict=True))
    moments = {
        name: datetime.fromisoformat(value)
        for name, value in named.items()
        if name.endswith("_at") and value is not None
    }
    return Draft(**named | moments)
