"""The personal PIN that an official keys in before a recording plays on the telephone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Literal

from argon2 import PasswordHasher
from sqlalchemy import Connection, select, update

from logbook.accounts.accounts import AccountRefusedError, password_fits
from logbook.database import rate_limits
from logbook.database.tables import people
from logbook.ids import PersonId

SHORTEST = 4
LONGEST = 8
DAY = timedelta(days=1)
Proof = Literal["right", "wrong", "spent"]
_HASHER = PasswordHasher()
_RUNS = ("01234567890", "09876543210")
_YEARS = range(1930, 2031)


class PinHash(str):
    """A PIN that was hashed before, where nobody waited to write meanwhile; kept as it is."""


def hashed(pin: str) -> PinHash:
    """Return a PIN of 4 to 8 digits as it is kept; AccountRefusedError for another, or an easily guessed one.

    It takes a tenth of a second on purpose: it is done before a transaction in which others would wait.
    """
    if is_weak(pin):
        raise AccountRefusedError("account_pin_weak")
    return PinHash(_HASHER.hash(pin))


def set_pin(conn: Connection, person_id: PersonId, pin: str) -> None:
    """Give a person a PIN, as `hashed` or as its digits."""
    kept = pin if isinstance(pin, PinHash) else hashed(pin)
    conn.execute(update(people).where(people.c.id == person_id).values(phone_pin_hash=kept))


def remove(conn: Connection, person_id: PersonId) -> None:
    """Take the PIN away; the person hears no recording by telephone any more."""
    conn.execute(update(people).where(people.c.id == person_id).values(phone_pin_hash=None))


def has_pin(conn: Connection, person_id: PersonId) -> bool:
    """Whether the person has a PIN."""
    return _kept(conn, person_id) is not None


def check(conn: Connection, person_id: PersonId, pin: str, *, tries_per_day: int, now: datetime) -> Proof:
    """Whether `pin` is the person's own at `now` (aware): right, wrong, or unchecked beyond the limit.

    An attempt counts in the day's rate limit before it is checked and is given back when it was right, so
    that no number of calls tries more than `tries_per_day` wrong ones (`notifications.pin_tries_per_day`,
    T-12).
    """
    scope = f"pin:{person_id}"
    if not rate_limits.spend(conn, scope, DAY, tries_per_day, now):
        return "spent"
    kept = _kept(conn, person_id)
    if kept is None or not password_fits(kept, pin):
        return "wrong"
    rate_limits.give_back(conn, scope, DAY, now)
    return "right"


def is_weak(pin: str) -> bool:
    """Whether `pin` is not 4 to 8 digits, or among the first that are guessed: runs, repeats, birthdays."""
    if not (pin.isascii() and pin.isdigit() and SHORTEST <= len(pin) <= LONGEST):
        return True
    halves = len(pin) % 2 == 0 and pin[: len(pin) // 2] == pin[len(pin) // 2 :]
    return len(set(pin)) == 1 or halves or any(pin in run for run in _RUNS) or _is_like_a_date(pin)


def _is_like_a_date(pin: str) -> bool:
    match len(pin):
        case 4:
            return int(pin) in _YEARS or _is_day(pin[:2], pin[2:])
        case 6:
            return _is_day(pin[:2], pin[2:4]) or _is_day(pin[4:], pin[2:4])
        case 8:
            forth = int(pin[4:]) in _YEARS and _is_day(pin[:2], pin[2:4])
            return forth or (int(pin[:4]) in _YEARS and _is_day(pin[6:], pin[4:6]))
        case _:
            return False


def _is_day(day: str, month: str) -> bool:
    try:
        date(2024, int(month), int(day))  # a leap year
    except ValueError:
        return False
    return True


def _kept(conn: Connection, person_id: PersonId) -> str | None:
    query = select(people.c.phone_pin_hash).where(people.c.id == person_id, people.c.disabled_at.is_(None))
    kept: str | None = conn.execute(query).scalar()
    return kept
