"""Names of people beside what they said: encrypted by the key of the environment, or not kept (rules B4).

A copy of the database without `TONGDAI_DATA_KEY` reveals nobody's name. Whoever reads one without the key
sees that it cannot be read; nothing fails.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, delete, exists, func, select, update

from logbook.database.engine import Database
from logbook.database.tables import personal_names as table
from logbook.database.upsert import InsertInto, PerDatabase
from logbook.plain_text import whole_text

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

LONGEST = 200
BATCH = 500
"""Names of one transaction while keys are changed: no other writer waits longer than these take."""


class NameKind(StrEnum):
    """Beside what a name stands; the number of that row is its subject."""

    RATER = "rater"
    HELPED = "helped"


class NoDataKeyError(Exception):
    """A name cannot be kept, since no key is set to encrypt it with; nothing else is in the way."""


@dataclass(frozen=True, slots=True)
class PersonalName:
    """A name that was kept; `text` is None when it cannot be read with the keys that are set."""

    text: str | None


class NameKeys:
    """The keys of one installation, the newest first: it encrypts, all of them decrypt."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Take Fernet keys as `tongdai key new` prints them (ValueError for anything else)."""
        self.prints = tuple(print_of(key) for key in keys)
        self._keys = tuple(keys)
        self._box: MultiFernet | None = None

    def __bool__(self) -> bool:
        """Whether there is a key at all."""
        return bool(self._keys)

    @property
    def newest(self) -> str:
        """The print of the key that encrypts; NoDataKeyError without one."""
        if not self._keys:
            raise NoDataKeyError
        return self.prints[0]

    def seal(self, text: str) -> str:
        """Encrypt with the newest key; NoDataKeyError without one."""
        return self._opened().encrypt(text.encode()).decode("ascii")

    def read(self, sealed: str) -> str | None:
        """Decrypt with whichever key fits; None when none does."""
        from cryptography.fernet import InvalidToken

        if not self._keys:
            return None
        try:
            return self._opened().decrypt(sealed.encode()).decode()
        except (InvalidToken, ValueError):
            return None

    def _opened(self) -> MultiFernet:
        from cryptography.fernet import Fernet, MultiFernet  # loaded where a name is kept or read

        if not self._keys:
            raise NoDataKeyError
        if self._box is None:
            self._box = MultiFernet([Fernet(key) for key in self._keys])
        return self._box


def print_of(key: str) -> str:
    """Return what a key is known by in the database: part of a hash, from which nobody has the key."""
    return hashlib.sha256(b"data-key:" + key.encode()).hexdigest()[:16]


def keep(conn: Connection, keys: NameKeys, kind: NameKind, subject_id: int, name: str) -> None:
    """Keep a name beside a row, in the place of an earlier one; an empty name is none.

    NoDataKeyError without a key, TooLongError above LONGEST characters.
    """
    text = " ".join(whole_text(name, LONGEST).split())
    if not text:
        forget(conn, kind, subject_id)
        return
    sealed, sealed_with = keys.seal(text), keys.newest
    values = {"kind": kind.value, "subject_id": subject_id, "sealed": sealed, "sealed_with": sealed_with}
    conn.execute(_KEEP.on(conn), values)


def _keep(insert: InsertInto) -> Any:
    new = insert(table)
    kept = {"sealed": new.excluded.sealed, "sealed_with": new.excluded.sealed_with}
    return new.on_conflict_do_update(index_elements=["kind", "subject_id"], set_=kept)


_KEEP = PerDatabase(_keep)


def of(
    conn: Connection, keys: NameKeys, kind: NameKind, subject_ids: Sequence[int]
) -> dict[int, PersonalName]:
    """Return the names beside these rows; a row without a name is not among them."""
    query = select(table.c.subject_id, table.c.sealed).where(
        table.c.kind == kind.value, table.c.subject_id.in_(list(subject_ids))
    )
    return {row.subject_id: PersonalName(keys.read(row.sealed)) for row in conn.execute(query)}


def forget(conn: Connection, kind: NameKind, subject_id: int) -> bool:
    """Delete a name whose time is over or that was taken back; whether there was one."""
    this = (table.c.kind == kind.value, table.c.subject_id == subject_id)
    return conn.execute(delete(table).where(*this)).rowcount == 1


def kept(kind: NameKind, subject_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """The condition that a name stands beside the row of that number."""
    return exists().where(table.c.kind == kind.value, table.c.subject_id == subject_id)


def unreadable(conn: Connection, keys: NameKeys) -> int:
    """Return how many names no key that is set can read."""
    query = select(func.count()).select_from(table).where(table.c.sealed_with.not_in(keys.prints))
    return int(conn.execute(query).scalar_one())


def to_rotate(conn: Connection, keys: NameKeys) -> int:
    """Return how many names are not encrypted with the newest key; NoDataKeyError without one."""
    query = select(func.count()).select_from(table).where(table.c.sealed_with != keys.newest)
    return int(conn.execute(query).scalar_one())


def rotate(database: Database, keys: NameKeys, progress: Callable[[int], object] = lambda _: None) -> int:
    """Encrypt every readable name with the newest key, a transaction a batch; return how many were.

    Broken off it goes on where it stood: each name says with which key it is encrypted. Names that no key
    reads stay as they are. NoDataKeyError without a key.
    """
    done, after = 0, ("", 0)
    while True:
        with database.writing() as conn:
            batch = _batch(conn, keys, after)
            for row in batch:
                text = keys.read(row.sealed)
                if text is not None:
                    this = (table.c.kind == row.kind, table.c.subject_id == row.subject_id)
                    new = {"sealed": keys.seal(text), "sealed_with": keys.newest}
                    done += conn.execute(update(table).where(*this).values(**new)).rowcount
        if not batch:
            return done
        after = (batch[-1].kind, batch[-1].subject_id)
        progress(len(batch))


def _batch(conn: Connection, keys: NameKeys, after: tuple[str, int]) -> Sequence[Any]:
    kind, subject = table.c.kind, table.c.subject_id
    further = (kind > after[0]) | ((kind == after[0]) & (subject > after[1]))
    query = select(table).where(table.c.sealed_with != keys.newest, further)
    return conn.execute(query.order_by(kind, subject).limit(BATCH).with_for_update()).all()
