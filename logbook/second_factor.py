"""The second factor: six digits of an authenticator app, each accepted once (RFC 6238)."""

from __future__ import annotations

from datetime import datetime

import pyotp
from sqlalchemy import Connection, select, update

from logbook import typed
from logbook.tables import people

STEP_SECONDS = 30


def new_secret() -> str:
    """A fresh secret to show once, as text and QR code."""
    return pyotp.random_base32()


def address(secret: str, login: str, office: str) -> str:
    """The otpauth:// address that an authenticator app reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=office)


def proves(secret: str, code: str, now: datetime) -> bool:
    """Whether `code` fits a secret that is not stored yet; one step early or late is allowed."""
    return _step(secret, code, now) is not None


def is_set(conn: Connection, person_id: int) -> bool:
    """Whether the person has a second factor."""
    return conn.execute(select(people.c.second_factor).where(people.c.id == person_id)).scalar() is not None


def keep(conn: Connection, person_id: int, secret: str | None) -> None:
    """Set the second factor, or take it away with None."""
    conn.execute(update(people).where(people.c.id == person_id).values(second_factor=secret, last_code=None))


def accept(conn: Connection, person_id: int, code: str, now: datetime) -> bool:
    """Whether `code` fits now and was not used before."""
    query = select(people.c.second_factor, people.c.last_code).where(people.c.id == person_id)
    row = conn.execute(query.with_for_update()).one()
    if row.second_factor is None:
        return False
    step = _step(row.second_factor, code, now)
    if step is None or (row.last_code is not None and step <= row.last_code):
        return False
    conn.execute(update(people).where(people.c.id == person_id).values(last_code=step))
    return True


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
