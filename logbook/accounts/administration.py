"""What an administrator may do to accounts: nothing to themselves, nothing to the last administrator."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Row, select

from logbook import phone_numbers
from logbook.accounts import accounts, second_factor
from logbook.accounts.accounts import AccountRefusedError
from logbook.accounts.rights import ROLES, Person
from logbook.database.tables import people
from logbook.ids import PersonId
from logbook.plain_text import whole_text

_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters and figures that nobody mistakes for each other when read aloud or copied by hand."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account as its administrator sees it; `version` changes with whatever the form may change."""

    id: PersonId
    login: str
    name: str
    title: str
    role: str
    telephone: str | None
    sees_restricted: bool
    must_change_password: bool
    has_second_factor: bool
    demo: bool
    made_at: datetime
    disabled_at: datetime | None
    last_day: date | None
    version: str


@dataclass(frozen=True, slots=True)
class AccountDetails:
    """What an administrator may write about a person; `telephone` as it was typed."""

    name: str
    title: str
    role: str
    telephone: str
    sees_restricted: bool
    last_day: str = ""
    """An ISO date after which the account is closed; empty for none."""


class StaleAccountError(Exception):
    """Somebody changed the account since it was read; `args[0]` is the Account as it stands."""


def listed(conn: Connection) -> list[Account]:
    """Every account, those that can sign in first, by name."""
    query = select(people).order_by(people.c.disabled_at.is_not(None), people.c.name, people.c.id)
    return [_account(row) for row in conn.execute(query)]


def find(conn: Connection, person_id: PersonId) -> Account | None:
    """The account of that id, or None."""
    row = conn.execute(select(people).where(people.c.id == person_id)).first()
    return None if row is None else _account(row)


def find_login(conn: Connection, login: str) -> Account | None:
    """The account of that login, however it is typed, or None."""
    row = conn.execute(select(people).where(people.c.login.in_(accounts.spellings(login)))).first()
    return None if row is None else _account(row)


def add(
    conn: Connection, login: str, details: AccountDetails, now: datetime, own_password: str | None = None
) -> tuple[PersonId, str]:
    """Make an account; return its id and its password (AccountRefusedError says what is wrong).

    Without a password of the person's own choice it gets one that must be changed at the first sign-in.
    """
    clean = _checked(details)
    password = one_time_password() if own_password is None else own_password
    made = accounts.add(
        conn,
        login=login,
        name=clean.name,
        title=clean.title,
        role=clean.role,
        telephone=clean.telephone,
        sees_restricted=clean.sees_restricted,
        password=password,
        must_change_password=own_password is None,
        now=now,
        last_day=_last_day(clean.last_day),
    )
    return made, password


def change(
    conn: Connection, by: Person | None, person_id: PersonId, version: str, details: AccountDetails
) -> list[str]:
    """Change a person's particulars and return the names of what differs now; their sessions end.

    `by` is None on the command line. AccountRefusedError for one's own rights, the last administrator, a bad
    telephone or no name; StaleAccountError when `version` is not the one that stands.
    """
    clean = _checked(details)
    administrators = _lock_administrators(conn)
    current = _locked(conn, person_id)
    if current.version != version:
        raise StaleAccountError(current)
    before = (current.role, current.sees_restricted, current.last_day)
    rights_change = (clean.role, clean.sees_restricted, _last_day(clean.last_day)) != before
    if rights_change and by is not None and by.id == person_id:
        raise AccountRefusedError("account_own_role")
    ends = _last_day(clean.last_day) is not None or clean.role != current.role
    if ends and administrators == {person_id}:
        raise AccountRefusedError("account_last_administrator")
    wanted: dict[str, object] = {
        "name": clean.name,
        "title": clean.title,
        "role": clean.role,
        "telephone": clean.telephone or None,
        "sees_restricted": clean.sees_restricted,
        "last_day": _last_day(clean.last_day),
    }
    differing = {name: value for name, value in wanted.items() if getattr(current, name) != value}
    if differing:
        accounts.change(conn, person_id, **differing)
    return sorted(differing)


def reset_password(conn: Connection, person_id: PersonId, password: str) -> None:
    """Give a `one_time_password`, which must be changed at the first sign-in."""
    accounts.set_password(conn, person_id, password, must_change=True)


def drop_second_factor(conn: Connection, person_id: PersonId) -> None:
    """Take the second factor of somebody who lost the telephone; every session of theirs ends (T-14)."""
    second_factor.drop(conn, person_id)
    accounts.end_sessions(conn, person_id)


def disable(conn: Connection, by: Person | None, person_id: PersonId, now: datetime) -> None:
    """Shut an account; AccountRefusedError for one's own and for the last administrator's."""
    if by is not None and by.id == person_id:
        raise AccountRefusedError("account_own_disabling")
    if _lock_administrators(conn) == {person_id}:
        raise AccountRefusedError("account_last_administrator")
    accounts.disable(conn, person_id, now)


def one_time_password() -> str:
    """Twelve signs in three groups, about 59 bits: fit to be read aloud once."""
    groups = ("".join(secrets.choice(_SIGNS) for _ in range(4)) for _ in range(3))
    return "-".join(groups)


def _checked(details: AccountDetails) -> AccountDetails:
    """The same, cleaned, with the telephone as E.164 or empty; AccountRefusedError says what is wrong."""
    name = " ".join(whole_text(details.name, 128).split())
    if not name:
        raise AccountRefusedError("account_name_missing")
    if details.role not in ROLES:
        raise AccountRefusedError("account_role_unknown")
    telephone = phone_numbers.callable_in_vietnam(details.telephone) if details.telephone.strip() else ""
    if telephone is None:
        raise AccountRefusedError("account_telephone_bad")
    title = " ".join(whole_text(details.title, 128).split())
    _last_day(details.last_day)
    return AccountDetails(name, title, details.role, telephone, details.sees_restricted, details.last_day)


def _last_day(typed: str) -> date | None:
    """Return the day, None for none; AccountRefusedError for what is no date."""
    if not typed.strip():
        return None
    try:
        return date.fromisoformat(typed.strip())
    except ValueError:
        raise AccountRefusedError("account_last_day_bad") from None


def _lock_administrators(conn: Connection) -> set[int]:
    """Who can run accounts, held until the transaction ends, so that two cannot both be the last but one."""
    query = (
        select(people.c.id)
        .where(people.c.role == "administrator", people.c.disabled_at.is_(None))
        .order_by(people.c.id)
        .with_for_update()
    )
    return set(conn.execute(query).scalars())


def _locked(conn: Connection, person_id: PersonId) -> Account:
    return _account(conn.execute(select(people).where(people.c.id == person_id).with_for_update()).one())


def _account(row: Row[tuple[object, ...]]) -> Account:
    details = row._asdict()
    written = [
        details[name] for name in ("name", "title", "role", "telephone", "sees_restricted", "last_day")
    ]
    return Account(
        **{name: details[name] for name in Account.__slots__ if name in details},
        has_second_factor=details["second_factor"] is not None,
        version=hashlib.sha256(repr(written).encode()).hexdigest()[:16],
    )
