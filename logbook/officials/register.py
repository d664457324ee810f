"""The register of officials: changed under a version; who leaves gets a last day, nobody is deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Connection, Row, or_, select, update

from logbook import phone_numbers
from logbook.clock import local
from logbook.database.tables import officials, people
from logbook.officials.keys import free_key
from logbook.plain_text import whole_text

EARLIEST = date(1950, 1, 1)


class Organisation(StrEnum):
    """The kind of organisation somebody belongs to (001-01); the allowance is for YOUTH only (001-12)."""

    CIVIL_SERVANT = "civil_servant"
    WORKER = "worker"
    MILITIA = "militia"
    YOUTH = "youth"
    FRONT = "front"
    ASSOCIATION = "association"


class RemindedBy(StrEnum):
    """How somebody is reminded of duty the evening before (ASK-29)."""

    MESSAGE = "message"
    CALL = "call"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Official:
    """One person of the register; `until` is the last day, `telephone` E.164, `login` their account's name.

    `second_key` is the key of the notification ladders where the roster calls the same person otherwise.
    """

    id: int
    key: str
    second_key: str | None
    name: str
    title: str
    unit: str
    organisation: Organisation
    since: date
    until: date | None
    login: str | None
    telephone: str | None
    photo_consent_at: datetime | None
    reminded_by: RemindedBy
    version: int

    def serves_on(self, day: date) -> bool:
        """Whether the person belongs to the office on that day."""
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class OfficialDetails:
    """What is written about a person, as it was typed; days are ISO, `until` and `login` may be empty."""

    name: str
    title: str
    unit: str
    organisation: str
    since: str
    until: str
    login: str
    telephone: str
    photo_consent: bool
    key: str = ""
    reminded_by: str = RemindedBy.MESSAGE


class OfficialRefusedError(Exception):
    """The register cannot take that; `args[0]` is a text key of the catalogue."""


class StaleOfficialError(Exception):
    """Somebody changed the row since it was read; `args[0]` is the Official as it stands."""


def listed(conn: Connection, day: date | None = None) -> list[Official]:
    """Return everybody by name; with a `day` only those who serve on it."""
    query = select(officials).order_by(officials.c.name, officials.c.id)
    if day is not None:
        still = or_(officials.c.until.is_(None), officials.c.until >= day)
        query = query.where(officials.c.since <= day, still)
    return [of_row(row) for row in conn.execute(query)]


def find(conn: Connection, official_id: int) -> Official | None:
    """Return the person of that id, or None."""
    row = conn.execute(select(officials).where(officials.c.id == official_id)).first()
    return None if row is None else of_row(row)


def of_key(conn: Connection, key: str) -> Official | None:
    """Return the person of that key, of the roster or of the notification ladders, or None."""
    query = select(officials).where(or_(officials.c.key == key, officials.c.second_key == key))
    row = conn.execute(query).first()
    return None if row is None else of_row(row)


def add(conn: Connection, details: OfficialDetails, now: datetime) -> Official:
    """Enter a person and return them; without a key of their own they get one made of the name."""
    values = _checked(conn, details, now, None)
    key = free_key(conn, details.key or str(values["name"]), chosen=bool(details.key.strip()))
    if key is None:
        raise OfficialRefusedError("official_key_taken" if details.key.strip() else "official_name_missing")
    new = officials.insert().values(**values, key=key, version=1, made_at=now).returning(officials)
    return of_row(conn.execute(new).one())


def change(
    conn: Connection, official_id: int, version: int, details: OfficialDetails, now: datetime
) -> tuple[Official, list[str]]:
    """Change a person; return them as they stand and the names of what differs now.

    OfficialRefusedError says what is wrong; StaleOfficialError when `version` is not the one that stands.
    """
    current = _locked(conn, official_id, version)
    values = _checked(conn, details, now, current)
    return _write(conn, current, values)


def leave(conn: Connection, official_id: int, version: int, last_day: str) -> Official:
    """Let a person leave after `last_day` (ISO); the row stays, for what was done in their name stays."""
    current = _locked(conn, official_id, version)
    until = _day(last_day)
    if until is None:
        raise OfficialRefusedError("official_day_bad")
    if until < current.since:
        raise OfficialRefusedError("official_until_before_since")
    return _write(conn, current, {"until": until})[0]


def of_row(row: Row[tuple[object, ...]]) -> Official:
    """Read one row of `officials`."""
    details = row._asdict()
    values = {name: details[name] for name in Official.__slots__}
    return Official(
        **{
            **values,
            "organisation": Organisation(details["organisation"]),
            "reminded_by": RemindedBy(details["reminded_by"]),
        }
    )


def _write(conn: Connection, current: Official, values: Mapping[str, object]) -> tuple[Official, list[str]]:
    differing = {name: value for name, value in values.items() if getattr(current, name) != value}
    if not differing:
        return current, []
    changed = (
        update(officials)
        .where(officials.c.id == current.id)
        .values(**differing, version=current.version + 1)
        .returning(officials)
    )
    return of_row(conn.execute(changed).one()), sorted(differing)


def _locked(conn: Connection, official_id: int, version: int) -> Official:
    query = select(officials).where(officials.c.id == official_id).with_for_update()
    current = of_row(conn.execute(query).one())
    if current.version != version:
        raise StaleOfficialError(current)
    return current


def _checked(
    conn: Connection, details: OfficialDetails, now: datetime, current: Official | None
) -> dict[str, object]:
    """Return the columns to write; OfficialRefusedError says what is wrong."""
    name = _line(details.name)
    if not name:
        raise OfficialRefusedError("official_name_missing")
    if details.organisation not in Organisation.__members__.values():
        raise OfficialRefusedError("official_organisation_unknown")
    if details.reminded_by not in RemindedBy.__members__.values():
        raise OfficialRefusedError("official_reminded_by_unknown")
    since = _day(details.since) if details.since.strip() else local(now).date()
    until = _day(details.until)
    if since is None or (until is None and details.until.strip()):
        raise OfficialRefusedError("official_day_bad")
    if until is not None and until < since:
        raise OfficialRefusedError("official_until_before_since")
    telephone = phone_numbers.callable_in_vietnam(details.telephone) if details.telephone.strip() else ""
    if telephone is None:
        raise OfficialRefusedError("account_telephone_bad")
    given_before = current.photo_consent_at if current is not None else None
    return {
        "name": name,
        "title": _line(details.title),
        "unit": _line(details.unit),
        "organisation": Organisation(details.organisation),
        "since": since,
        "until": until,
        "login": _free_login(conn, details.login, current),
        "telephone": telephone or None,
        "reminded_by": RemindedBy(details.reminded_by),
        "photo_consent_at": (given_before or now) if details.photo_consent else None,
    }


def _free_login(conn: Connection, login: str, current: Official | None) -> str | None:
    """Return the account's name, or None for none; one account belongs to one person of the register."""
    wanted = _line(login)[:64]
    if not wanted:
        return None
    taken = select(officials.c.id).where(officials.c.login == wanted)
    if current is not None:
        taken = taken.where(officials.c.id != current.id)
    if conn.execute(taken).first() is not None:
        raise OfficialRefusedError("official_login_taken")
    known = conn.execute(select(people.c.id).where(people.c.login == wanted)).first()
    if known is None and (current is None or current.login != wanted):
        raise OfficialRefusedError("official_login_unknown")
    return wanted


def _line(text: str) -> str:
    return " ".join(whole_text(text, 128).split())


def _day(text: str) -> date | None:
    """Return an ISO date within reason, or None."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return day if EARLIEST <= day < date(2200, 1, 1) else None
