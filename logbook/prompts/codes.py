"""Codes with which a person of the office phones sentences in: six digits, valid for two hours."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from logbook.database import rate_limits
from logbook.database.tables import prompt_codes
from logbook.ids import CallId, PersonId

VALID = timedelta(hours=2)
TRIES_PER_CALL = 3
TRIES_PER_HOUR = 20
"""Wrong codes of all callers together; one in 50,000 guesses is right."""
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class PhoningCode:
    """One valid code: its row, which sentence it begins with, and whose it is."""

    id: int
    language: str
    prompt: str
    person_id: PersonId


def make(
    conn: Connection, *, secret: str, language: str, prompt: str, person_id: PersonId, now: datetime
) -> str:
    """A new code for a person, beginning with a sentence; their earlier ones end."""
    conn.execute(
        update(prompt_codes)
        .where(prompt_codes.c.made_by == person_id, prompt_codes.c.ended_at.is_(None))
        .values(ended_at=now)
    )
    while True:
        code = f"{secrets.randbelow(10**6):06}"
        hashed = _hash(secret, code, now)
        if not conn.execute(select(prompt_codes.c.id).where(prompt_codes.c.code_hash == hashed)).first():
            break
    conn.execute(
        insert(prompt_codes).values(
            code_hash=hashed,
            language=language,
            prompt=prompt,
            made_by=person_id,
            made_at=now,
            expires_at=now + VALID,
        )
    )
    return code


def valid_until(conn: Connection) -> datetime | None:
    """Until when some code may be valid; None when none was made, or all have ended."""
    query = select(func.max(prompt_codes.c.expires_at)).where(prompt_codes.c.ended_at.is_(None))
    return conn.execute(query).scalar()


def of_digits(conn: Connection, secret: str, digits: str, now: datetime) -> PhoningCode | None:
    """The valid code of these digits."""
    hashes = [_hash(secret, digits, now - timedelta(days=days)) for days in (0, 1)]
    return _one(conn, prompt_codes.c.code_hash.in_(hashes), now)


def of_id(conn: Connection, code_id: int, now: datetime) -> PhoningCode | None:
    """The code with that row number, while it is valid."""
    return _one(conn, prompt_codes.c.id == code_id, now)


def may_try(conn: Connection, call_id: CallId, now: datetime) -> bool:
    """Spend one try of a call and of the hour; False when either has none left (T-12)."""
    all_of_them = rate_limits.spend(conn, "prompt_code:all", _HOUR, TRIES_PER_HOUR, now)
    return all_of_them and rate_limits.spend(
        conn, f"prompt_code:call:{call_id}", timedelta(days=3650), TRIES_PER_CALL, now
    )


def tries_left(conn: Connection, call_id: CallId, now: datetime) -> int:
    """How many tries a call has left."""
    return TRIES_PER_CALL - rate_limits.used(conn, f"prompt_code:call:{call_id}", timedelta(days=3650), now)


def was_right(conn: Connection, now: datetime) -> None:
    """Give the try of the hour back, since it was no guess."""
    rate_limits.give_back(conn, "prompt_code:all", _HOUR, now)


def _one(conn: Connection, which: ColumnElement[bool], now: datetime) -> PhoningCode | None:
    row = conn.execute(
        select(prompt_codes).where(which, prompt_codes.c.ended_at.is_(None), prompt_codes.c.expires_at > now)
    ).first()
    return None if row is None else PhoningCode(row.id, row.language, row.prompt, row.made_by)


def _hash(secret: str, code: str, day: datetime) -> str:
    """As it is kept: with the office's key and the day, so that the digits may come again another day."""
    return hmac.new(secret.encode(), f"prompt:{day:%Y%m%d}:{code}".encode(), hashlib.sha256).hexdigest()
