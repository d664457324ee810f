"""The second factor: six digits of an authenticator app, each accepted once (RFC 6238)."""

from __future__ import annotations

import base64
from datetime import datetime

import pyotp
from sqlalchemy import Connection, func, select, update

from logbook import typed
from logbook.accounts import keys
from logbook.database.tables import people
from logbook.ids import PersonId

STEP_SECONDS = 30
_USE = "second-factor"
_LOCKED = 64
"""Characters of a locked secret; one in clear has 32."""


def new_secret() -> str:
    """A fresh secret to show once, as text and QR code."""
    return pyotp.random_base32()


def address(secret: str, login: str, office: str) -> str:
    """The otpauth:// address that an authenticator app reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=office)


def proves(secret: str, code: str, now: datetime) -> bool:
    """Whether `code` fits a secret that is not stored yet; one step early or late is allowed."""
    return _step(secret, code, now) is not None


def is_set(conn: Connection, person_id: PersonId) -> bool:
    """Whether the person has a second factor."""
    return conn.execute(select(people.c.second_factor).where(people.c.id == person_id)).scalar() is not None


def keep(conn: Connection, person_id: PersonId, secret: str, installation_key: str) -> None:
    """Set the second factor; it is kept so that the database alone does not open it (S13)."""
    kept = keys.lock(installation_key, _USE, str(person_id), base64.b32decode(secret))
    conn.execute(update(people).where(people.c.id == person_id).values(second_factor=kept, last_code=None))


def drop(conn: Connection, person_id: PersonId) -> None:
    """Take the second factor away."""
    conn.execute(update(people).where(people.c.id == person_id).values(second_factor=None, last_code=None))


def lock_all(conn: Connection, installation_key: str) -> None:
    """Lock the secrets that were kept in clear by older programs; they go on as before."""
    query = select(people.c.id, people.c.second_factor).where(
        people.c.second_factor.is_not(None), func.length(people.c.second_factor) < _LOCKED
    )
    for person_id, secret in conn.execute(query).all():
        kept = keys.lock(installation_key, _USE, str(person_id), base64.b32decode(secret))
        conn.execute(update(people).where(people.c.id == person_id).values(second_factor=kept))


def count_locked(conn: Connection) -> int:
    """How many second factors only the installation's key opens."""
    query = select(func.count()).select_from(people).where(func.length(people.c.second_factor) == _LOCKED)
    return int(conn.execute(query).scalar_one())


def drop_locked(conn: Connection) -> None:
    """Take away every second factor that only a lost key would open."""
    lost = func.length(people.c.second_factor) == _LOCKED
    conn.execute(update(people).where(lost).values(second_factor=None, last_code=None))


def accept(conn: Connection, person_id: PersonId, code: str, now: datetime, installation_key: str) -> bool:
    """Whether `code` fits now and was not used before."""
    query = select(people.c.second_factor, people.c.last_code).where(people.c.id == person_id)
    row = conn.execute(query.with_for_update()).one()
    if row.second_factor is None:
        return False
    secret = _opened(row.second_factor, person_id, installation_key)
    step = None if secret is None else _step(secret, code, now)
    if step is None or (row.last_code is not None and step <= row.last_code):
        return False
    conn.execute(update(people).where(people.c.id == person_id).values(last_code=step))
    return True


def _opened(kept: str, person_id: PersonId, installation_key: str) -> str | None:
    if len(kept) < _LOCKED:  # kept in clear by an older program
        return kept
    plain = keys.unlock(installation_key, _USE, str(person_id), kept)
    return None if plain is None else base64.b32encode(plain).decode()


def _step(secret: str, code: str, now: datetime) -> int | None:
    digits = typed.digits(code)
    if digits is None:
        return None
    totp = pyotp.TOTP(secret)
    step = int(now.timestamp()) // STEP_SECONDS
    for near in (step, step - 1, step + 1):
        if pyotp.utils.strings_equal(totp.at(near * STEP_SECONDS), digits):
            return near
    return None
