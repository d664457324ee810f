"""Clients of the read API: each has a token kept as a hash, an end, and rights of its own (T-10)."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, select, update

from logbook.accounts.rights import Act, Person, may
from logbook.database import rate_limits
from logbook.database.tables import api_clients as table
from logbook.plain_text import plain_text

BEGINNING = "tdai_"
"""How every token begins, so that scanners for lost secrets know one."""
_TOKEN = re.compile(rf"{BEGINNING}[A-Za-z0-9_-]{{43}}", re.ASCII)
LONGEST_LIFE = 730
"""Days a token may hold at most."""
_USED_EVERY = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


class ApiRight(StrEnum):
    """What a client may read; a client has nothing that it was not given.

    `contents` are words that citizens and officials wrote, `callers` are numbers, names and addresses: both
    are personal data and mean nothing without `tickets` or `calls`.
    """

    TICKETS = "tickets"
    CONTENTS = "contents"
    CALLERS = "callers"
    CALLS = "calls"
    INDEX = "index"
    METRICS = "metrics"


PERSONAL: Mapping[ApiRight, Act] = {ApiRight.CONTENTS: Act.SEE_TICKETS, ApiRight.CALLERS: Act.SEE_CALLER}
"""What whoever gives such a right must be allowed to see: nobody gives away more than is theirs (T-10)."""


def givable(person: Person) -> tuple[ApiRight, ...]:
    """Return the rights that a person may give to a client."""
    return tuple(right for right in ApiRight if right not in PERSONAL or may(person, PERSONAL[right]))


class ApiClientRefusedError(Exception):
    """It cannot be made; the message is the key of a sentence."""


@dataclass(frozen=True, slots=True)
class ApiClient:
    """One client; no token can be read back."""

    id: int
    name: str
    rights: frozenset[ApiRight]
    made_by: str
    made_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    used_at: datetime | None

    def holds(self, right: ApiRight) -> bool:
        """Whether it was given that right."""
        return right in self.rights

    def ended(self, now: datetime) -> bool:
        """Whether its token opens nothing any more."""
        return self.revoked_at is not None or self.expires_at <= now


_COLUMNS = (
    table.c.id,
    table.c.name,
    table.c.rights,
    table.c.made_by,
    table.c.made_at,
    table.c.expires_at,
    table.c.revoked_at,
    table.c.used_at,
)


def make(
    conn: Connection, name: str, rights: Collection[str], days: int, by: str, now: datetime
) -> tuple[int, str]:
    """Make a client and return its id and its token, which nobody can read again (ApiClientRefusedError)."""
    known = [right for right in ApiRight if right in rights]
    name = plain_text(name, 128).strip()
    if not name:
        raise ApiClientRefusedError("api_refused_name")
    if not known or len(known) != len(set(rights)):
        raise ApiClientRefusedError("api_refused_rights")
    if not 1 <= days <= LONGEST_LIFE:
        raise ApiClientRefusedError("api_refused_days")
    token = BEGINNING + secrets.token_urlsafe(32)
    values = {
        "name": name,
        "token_hash": _hash(token),
        "rights": " ".join(known),
        "made_by": plain_text(by, 128),
        "made_at": now,
        "expires_at": now + timedelta(days=days),
    }
    made = conn.execute(table.insert().values(**values).returning(table.c.id)).scalar_one()
    return int(made), token


def of_token(conn: Connection, token: str, now: datetime) -> ApiClient | None:
    """Return whose token that is; None for one that is unknown, revoked or past its end."""
    if not _TOKEN.fullmatch(token):
        return None
    row = conn.execute(select(*_COLUMNS).where(table.c.token_hash == _hash(token))).first()
    client = None if row is None else _read(row)
    return None if client is None or client.ended(now) else client


def take(conn: Connection, client: ApiClient, most: int, now: datetime) -> bool:
    """Count one request of a client; False when it has asked `most` times within this minute."""
    if client.used_at is None or now - client.used_at >= _USED_EVERY:
        conn.execute(update(table).where(table.c.id == client.id).values(used_at=now))
    return rate_limits.spend(conn, f"api:{client.id}", MINUTE, most, now)


def revoke(conn: Connection, client_id: int, now: datetime) -> bool:
    """End a client's token at once; False when there is none that holds."""
    mine = (table.c.id == client_id, table.c.revoked_at.is_(None))
    return conn.execute(update(table).where(*mine).values(revoked_at=now)).rowcount == 1


def find(conn: Connection, client_id: int) -> ApiClient | None:
    """Return one client."""
    row = conn.execute(select(*_COLUMNS).where(table.c.id == client_id)).first()
    return None if row is None else _read(row)


def listed(conn: Connection) -> list[ApiClient]:
    """Return all clients, the newest first."""
    return [_read(row) for row in conn.execute(select(*_COLUMNS).order_by(table.c.id.desc()))]


def _read(row: Any) -> ApiClient:
    number, name, rights, *others = row
    known = frozenset(right for right in ApiRight if right in rights.split())
    return ApiClient(number, name, known, *others)


def _hash(token: str) -> str:
    return hashlib.sha256(b"api:" + token.encode()).hexdigest()
