"""Sessions as rows, so that a copied cookie is worthless once its row is gone (T-14, FACT-7)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, or_, select, update

from logbook.accounts import accounts
from logbook.accounts.rights import Person
from logbook.database.tables import people, sessions
from logbook.ids import PersonId
from logbook.plain_text import plain_text

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
_SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SignInSession:
    """A session and whose it is; not `complete` until the second factor was given where one is set."""

    token: str
    person: Person
    complete: bool
    begun_at: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """A session as its owner sees it in the list: is it this browser, since when, last seen, from where."""

    here: bool
    begun_at: datetime
    seen_at: datetime
    address: str
    agent: str


def begin(
    conn: Connection, person_id: PersonId, *, complete: bool, address: str, agent: str, now: datetime
) -> str:
    """Open a session and return its token, which is stored here only as a hash; the person's dead ones go."""
    over = or_(sessions.c.seen_at <= now - IDLE, sessions.c.begun_at <= now - ABSOLUTE)
    conn.execute(delete(sessions).where(sessions.c.person_id == person_id, over))
    token = secrets.token_urlsafe(32)
    conn.execute(
        sessions.insert().values(
            token_hash=hash_of(token),
            person_id=person_id,
            begun_at=now,
            seen_at=now,
            complete=complete,
            address=plain_text(address, 64),
            agent=plain_text(agent, 256),
        )
    )
    return token


def of_token(conn: Connection, token: str, now: datetime) -> SignInSession | None:
    """The living session of a token: not idle for 30 minutes, not older than 12 hours, nobody disabled."""
    query = (
        select(sessions, people)
        .join(people, people.c.id == sessions.c.person_id)
        .where(
            sessions.c.token_hash == hash_of(token),
            sessions.c.seen_at > now - IDLE,
            sessions.c.begun_at > now - ABSOLUTE,
            people.c.disabled_at.is_(None),
            accounts.has_not_ended(now),
        )
    )
    row = conn.execute(query).first()
    if row is None:
        return None
    return SignInSession(token, accounts.of_row(row), row.complete, row.begun_at)


def is_due_to_be_seen(conn: Connection, token: str, now: datetime) -> bool:
    """Whether the session's last stored use is old enough to be stored again."""
    seen = conn.execute(select(sessions.c.seen_at).where(sessions.c.token_hash == hash_of(token))).scalar()
    return seen is not None and now - seen >= _SEEN_EVERY


def seen(conn: Connection, token: str, now: datetime) -> None:
    """The person is still there."""
    conn.execute(update(sessions).where(sessions.c.token_hash == hash_of(token)).values(seen_at=now))


def end(conn: Connection, token: str) -> None:
    """End one session."""
    conn.execute(delete(sessions).where(sessions.c.token_hash == hash_of(token)))


def of_person(conn: Connection, person_id: PersonId, token: str, now: datetime) -> list[Kept]:
    """The person's living sessions, last seen first; `token` says which one is this browser's."""
    query = (
        select(sessions)
        .where(
            sessions.c.person_id == person_id,
            sessions.c.complete,
            sessions.c.seen_at > now - IDLE,
            sessions.c.begun_at > now - ABSOLUTE,
        )
        .order_by(sessions.c.seen_at.desc(), sessions.c.begun_at.desc())
    )
    here = hash_of(token)
    return [
        Kept(row.token_hash == here, row.begun_at, row.seen_at, row.address, row.agent)
        for row in conn.execute(query)
    ]


def end_others(conn: Connection, person_id: PersonId, token: str) -> int:
    """End every session of the person but the one of `token`; how many ended."""
    others = delete(sessions).where(
        sessions.c.person_id == person_id, sessions.c.token_hash != hash_of(token)
    )
    return conn.execute(others).rowcount


def form_token(token: str, secret: str) -> str:
    """What every form of a session carries, so that no other site can send one (T-15)."""
    return hmac.new(secret.encode(), b"form:" + token.encode(), hashlib.sha256).hexdigest()


def hash_of(token: str) -> str:
    """What is kept of a session's token."""
    return hashlib.sha256(token.encode()).hexdigest()
