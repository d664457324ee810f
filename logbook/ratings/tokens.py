"""One-time codes from the desk: a code makes one rating, a later sending replaces it (T-19).

A code is kept as a hash only: whoever reads the database cannot vote with it.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from logbook.database.tables import rating_tokens

SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters and figures nobody mistakes for each other."""
LENGTH = 12
"""Signs of a code: about 59 bits, so that guessing finds none."""
LIFE = timedelta(days=60)
"""How long a code that was handed out may be used."""
MOST = 1000
"""Codes made at once."""


@dataclass(frozen=True, slots=True)
class Token:
    """A code that may rate; `response_id` is the rating it has made already."""

    id: int
    response_id: int | None


def make(conn: Connection, count: int, by: str, now: datetime) -> list[str]:
    """Make so many codes and return them: nobody can read them again."""
    codes = ["".join(secrets.choice(SIGNS) for _ in range(LENGTH)) for _ in range(count)]
    rows = [
        {"code_hash": _hash(code), "made_at": now, "made_by": by, "expires_at": now + LIFE} for code in codes
    ]
    conn.execute(insert(rating_tokens), rows)
    return codes


def find(conn: Connection, code: str, now: datetime, *, to_write: bool = False) -> Token | None:
    """Return the token of a code, however it was typed; None for an unknown or expired one.

    `to_write` holds it until the transaction ends, so that two sendings at once make one rating.
    """
    query = select(rating_tokens.c.id, rating_tokens.c.response_id).where(
        rating_tokens.c.code_hash == _hash(spelt(code)), rating_tokens.c.expires_at > now
    )
    if to_write:
        query = query.with_for_update()
    row = conn.execute(query).first()
    return None if row is None else Token(row.id, row.response_id)


def used(conn: Connection, token: Token, response_id: int) -> None:
    """Note the rating a token has made."""
    conn.execute(update(rating_tokens).where(rating_tokens.c.id == token.id).values(response_id=response_id))


def spelt(code: str) -> str:
    """A code as it is kept: small letters and figures, without what people put between them."""
    plain = unicodedata.normalize("NFKC", code[:200]).casefold()
    return "".join(sign for sign in plain if sign.isascii() and sign.isalnum())


def _hash(code: str) -> str:
    return hashlib.sha256(b"rating:" + code.encode()).hexdigest()
