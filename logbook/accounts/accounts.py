"""Accounts of those who sign in: creates, changes and disables them, and checks passwords."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ColumnElement, Connection, delete, or_, select, update

from logbook import phone_numbers, typed
from logbook.accounts.rights import PROVINCE_ROLES, ROLES, Person
from logbook.clock import local
from logbook.database.tables import people, sessions
from logbook.ids import PersonId
from logbook.plain_text import plain_text, whole_text

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
"""Letters, however many signs a keyboard makes of one."""
_HASHER = PasswordHasher()


@cache
def _nobody() -> str:
    """A hash nobody's password has, so that an unknown login takes as long as a known one (T-14)."""
    return _HASHER.hash("nobody's password")


class PasswordHash(str):
    """A password that was hashed before, where nobody waited to write meanwhile; kept as it is."""


class AccountRefusedError(Exception):
    """The account cannot be made or changed like that; `args[0]` is a text key of the catalogue."""


def add(
    conn: Connection,
    *,
    login: str,
    name: str,
    role: str,
    password: str,
    now: datetime,
    title: str = "",
    language: str = "vi",
    telephone: str | None = None,
    sees_restricted: bool = False,
    must_change_password: bool = True,
    demo: bool = False,
    last_day: date | None = None,
) -> PersonId:
    """Make an account and return its id; AccountRefusedError: taken login, short password, odd role."""
    login = spelt(login)
    if not login or any(sign.isspace() for sign in login):
        raise AccountRefusedError("account_login_bad")
    if role not in ROLES and role not in PROVINCE_ROLES:
        raise AccountRefusedError("account_role_unknown")
    if conn.execute(select(people.c.id).where(people.c.login.in_(spellings(login)))).first():
        raise AccountRefusedError("account_login_taken")
    values = {
        "login": login,
        "name": whole_text(name, 128) or login,
        "title": whole_text(title, 128),
        "role": role,
        "language": language,
        "telephone": phone_numbers.callable_in_vietnam(telephone) if telephone else None,
        "sees_restricted": sees_restricted,
        "password_hash": _hash(password),
        "must_change_password": must_change_password,
        "demo": demo,
        "made_at": now,
        "last_day": last_day,
    }
    made = conn.execute(people.insert().values(**values).returning(people.c.id))
    return PersonId(made.scalar_one())


def spelt(login: str) -> str:
    """A login as it is kept and counted: one spelling, whatever spaces, capitals and signs were typed."""
    return plain_text(plain_text(typed.password(login), 64).strip().casefold(), 64).strip()


def spellings(login: str) -> tuple[str, str]:
    """`spelt`, and how a login was kept before full-width letters were read as plain ones."""
    return spelt(login), plain_text(plain_text(login, 64).strip().casefold(), 64).strip()


def change(conn: Connection, person_id: PersonId, **columns: object) -> None:
    """Change the columns named below; every session of the person ends."""
    allowed = {"name", "title", "role", "language", "telephone", "sees_restricted", "last_day"}
    if unknown := set(columns) - allowed:
        raise ValueError(f"not a thing to change: {sorted(unknown)}")
    if columns.get("role", "clerk") not in ROLES:
        raise AccountRefusedError("account_role_unknown")
    conn.execute(update(people).where(people.c.id == person_id).values(**columns))
    end_sessions(conn, person_id)


def hashed(password: str) -> PasswordHash:
    """Return a password of 10 to 200 signs as it is kept; AccountRefusedError for another.

    It takes a tenth of a second on purpose: it is done before a transaction in which others would wait.
    """
    return PasswordHash(_hash(password))


def set_password(conn: Connection, person_id: PersonId, password: str, *, must_change: bool) -> None:
    """Give a new password of 10 to 200 signs; every session of the person ends, copied cookies too (T-14)."""
    conn.execute(
        update(people)
        .where(people.c.id == person_id)
        .values(password_hash=_hash(password), must_change_password=must_change)
    )
    end_sessions(conn, person_id)


def disable(conn: Connection, person_id: PersonId, now: datetime) -> None:
    """Disable an account for good; what the person did stays in the histories."""
    conn.execute(update(people).where(people.c.id == person_id).values(disabled_at=now))
    end_sessions(conn, person_id)


def enable(conn: Connection, person_id: PersonId) -> None:
    """Open a disabled account again."""
    conn.execute(update(people).where(people.c.id == person_id).values(disabled_at=None))


def has_not_ended(now: datetime) -> ColumnElement[bool]:
    """Accounts that no last day has closed: they stay open until the end of that day in Vietnam."""
    return or_(people.c.last_day.is_(None), people.c.last_day >= local(now).date())


def end_sessions(conn: Connection, person_id: PersonId) -> None:
    """End every session of a person."""
    conn.execute(delete(sessions).where(sessions.c.person_id == person_id))


def known_by_password(
    conn: Connection, login: str, password: str, now: datetime | None = None
) -> Person | None:
    """The person with that login and password, disabled ones never; as slow for an unknown login (T-14).

    With `now` an account whose last day has passed is as closed as a disabled one.
    """
    row = conn.execute(select(people).where(people.c.login.in_(spellings(login)))).first()
    hashed = row.password_hash if row is not None else _nobody()
    if not password_fits(hashed, password) or row is None or row.disabled_at is not None:
        return None
    if now is not None and row.last_day is not None and row.last_day < local(now).date():
        return None
    return of_row(row)


def hash_of(conn: Connection, login: str) -> tuple[PersonId, str] | None:
    """Id and password hash of whoever has that login, disabled or not."""
    row = conn.execute(
        select(people.c.id, people.c.password_hash).where(people.c.login == spelt(login))
    ).first()
    return None if row is None else (row.id, row.password_hash)


def is_login(conn: Connection, login: str) -> bool:
    """Whether somebody has that login, disabled or not."""
    return conn.execute(select(people.c.id).where(people.c.login.in_(spellings(login)))).first() is not None


def is_password_of(conn: Connection, person_id: PersonId, password: str) -> bool:
    """Whether `password` is the person's own at this moment."""
    hashed = conn.execute(select(people.c.password_hash).where(people.c.id == person_id)).scalar_one()
    return password_fits(hashed, password)


def choose_language(conn: Connection, person_id: PersonId, language: str) -> None:
    """Speak `language` (two letters) to the person from now on; sessions go on, no right has changed."""
    conn.execute(update(people).where(people.c.id == person_id).values(language=language))


def password_fits(hashed: str, password: str) -> bool:
    """Whether `password` is the one that was hashed, in any spelling of its letters (B-14)."""
    if len(password) > typed.LONGEST_RAW:
        return False
    return any(_verify(hashed, spelling) for spelling in typed.password_spellings(password))


def newer_hash(conn: Connection, person_id: PersonId, password: str) -> str | None:
    """A fresh hash of a password that was just proved, if the kept one is of another spelling or too cheap.

    Hashing takes long, so it is done where nothing is written; `renew_hash` keeps the result.
    """
    hashed = conn.execute(select(people.c.password_hash).where(people.c.id == person_id)).scalar_one()
    plain = typed.password(password)
    is_plain = password.isascii() and password == plain
    if _HASHER.check_needs_rehash(hashed) or not (is_plain or _verify(hashed, plain)):
        return _HASHER.hash(plain)
    return None


def renew_hash(conn: Connection, person_id: PersonId, fresh: str) -> None:
    """Keep what `newer_hash` made; the password is the same, so sessions go on."""
    conn.execute(update(people).where(people.c.id == person_id).values(password_hash=fresh))


def _verify(hashed: str, spelling: str) -> bool:
    try:
        return _HASHER.verify(hashed, spelling)
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False


def listed(conn: Connection, now: datetime | None = None) -> list[Person]:
    """Everybody whose account is not disabled, by name; with `now` without those whose last day is over."""
    query = select(people).where(people.c.disabled_at.is_(None)).order_by(people.c.name)
    if now is not None:
        query = query.where(has_not_ended(now))
    return [of_row(row) for row in conn.execute(query)]


def find(conn: Connection, person_id: PersonId) -> Person | None:
    """The person of that id, disabled or not."""
    row = conn.execute(select(people).where(people.c.id == person_id)).first()
    return None if row is None else of_row(row)


def telephone_of(conn: Connection, person_id: PersonId) -> str | None:
    """Return the telephone a person who signs in has entered, or None."""
    found: str | None = conn.execute(select(people.c.telephone).where(people.c.id == person_id)).scalar()
    return found


def of_row(row: object) -> Person:
    """A row of `people` as far as rights go."""
    names = ("id", "login", "name", "title", "role", "language", "sees_restricted", "must_change_password")
    return Person(*(getattr(row, name) for name in names))


def _hash(password: str) -> str:
    if isinstance(password, PasswordHash):
        return password
    plain = typed.password(password)
    too_long = len(password) > typed.LONGEST_RAW or len(plain) > LONGEST_PASSWORD
    if len(plain) < SHORTEST_PASSWORD or too_long or not _can_be_hashed(plain):
        raise AccountRefusedError("account_password_short")
    return _HASHER.hash(plain)


def _can_be_hashed(plain: str) -> bool:
    """Whether every sign is one: a form can carry half of a pair."""
    try:
        plain.encode()
    except UnicodeEncodeError:
        return False
    return True
