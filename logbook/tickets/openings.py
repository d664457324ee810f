"""An opening of the letter box or the book of opinions: who, before whom, how much lay in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select, update

from logbook.accounts import audit_log
from logbook.accounts.rights import Person
from logbook.database.errors import StaleVersionError
from logbook.database.tables import openings, tickets
from logbook.plain_text import whole_text
from logbook.tickets.lifecycle import CameBy

CHANNELS = tuple(way for way in CameBy if way.is_opened)
"""What is opened; the words are the channels of the tickets that come from it (002-24)."""
MOST_FOUND = 10_000
_WORDS = {"opened_by": 200, "witnesses": 500, "minutes_number": 64, "note": 2_000}
"""Characters of what people write."""


class OpeningRefusedError(Exception):
    """Something is missing or wrong; `problems` maps a field's name to one word for it."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        """Keep every problem, not only the first."""
        super().__init__(str(dict(problems)))
        self.problems = dict(problems)


@dataclass(frozen=True, slots=True)
class Minutes:
    """What the minutes of an opening say; `found` letters or opinions, 0 for an empty box, None: not said."""

    channel: str
    opened_on: date | None
    opened_by: str
    witnesses: str = ""
    found: int | None = None
    minutes_number: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Opening:
    """One row of `openings`, its columns in the order of the table; a withdrawn one counts nowhere."""

    id: int
    channel: str
    opened_on: date
    opened_by: str
    witnesses: str
    found: int
    minutes_number: str
    note: str
    made_by: int | None
    made_at: datetime
    withdrawn_at: datetime | None
    withdrawn_by: int | None
    withdrawn_why: str | None
    version: int


def record(conn: Connection, minutes: Minutes, who: Person, *, today: date, now: datetime) -> int:
    """Record an opening and return its number; OpeningRefusedError when something is missing or wrong."""
    values = _values(minutes, today)
    values |= {"made_by": who.id, "made_at": now, "version": 1}
    opening_id: int = conn.execute(openings.insert().returning(openings.c.id), values).scalar_one()
    audit_log.write(conn, who, "record_opening", f"opening:{opening_id}", now, **_audit_details(values))
    return opening_id


def correct(
    conn: Connection,
    opening_id: int,
    minutes: Minutes,
    who: Person,
    *,
    expected_version: int,
    today: date,
    now: datetime,
) -> None:
    """Correct what an opening says; the audit log keeps what it said before.

    Raises OpeningRefusedError when something is missing or wrong, StaleVersionError when somebody changed it
    since it was read, NoResultFound for an unknown opening. What was withdrawn is corrected no more.
    """
    before = _at_version(conn, opening_id, expected_version)
    values = _values(minutes, today)
    if _entered(conn, opening_id) and (wrong := _contradicts(before, values)):
        raise OpeningRefusedError(wrong)
    _change(conn, before, **values)
    was = {name: getattr(before, name) for name in values if values[name] != getattr(before, name)}
    corrected = {name: values[name] for name in was}
    audit_log.write(conn, who, "correct_opening", f"opening:{opening_id}", now, before=was, after=corrected)


def withdraw(
    conn: Connection, opening_id: int, why: str, who: Person, *, expected_version: int, now: datetime
) -> None:
    """Take an opening out of every count; the row and the reason stay.

    OpeningRefusedError without a reason or while tickets came from it, StaleVersionError when somebody
    changed it.
    """
    before = _at_version(conn, opening_id, expected_version)
    reason = whole_text(why, 2_000)
    if not reason:
        raise OpeningRefusedError({"why": "missing"})
    if _entered(conn, opening_id):
        raise OpeningRefusedError({"why": "in_use"})
    _change(conn, before, withdrawn_at=now, withdrawn_by=who.id, withdrawn_why=reason)
    audit_log.write(conn, who, "withdraw_opening", f"opening:{opening_id}", now, reason)


def find(conn: Connection, opening_id: int) -> Opening | None:
    """Return the opening of this number, or None."""
    row = conn.execute(select(openings).where(openings.c.id == opening_id)).first()
    return None if row is None else Opening(*row)


def takes(conn: Connection, opening_id: int, channel: str) -> Opening | None:
    """Return the opening, locked, when a ticket of `channel` may come from it: it holds, and is not empty."""
    query = select(openings).where(
        openings.c.id == opening_id,
        openings.c.channel == channel,
        openings.c.withdrawn_at.is_(None),
        openings.c.found > 0,
    )
    row = conn.execute(query.with_for_update()).first()
    return None if row is None else Opening(*row)


def to_choose(conn: Connection, limit: int = 20) -> list[Opening]:
    """Return the latest openings in which something lay, for the form that enters a ticket."""
    query = (
        select(openings)
        .where(openings.c.withdrawn_at.is_(None), openings.c.found > 0)
        .order_by(openings.c.opened_on.desc(), openings.c.id.desc())
        .limit(limit)
    )
    return [Opening(*row) for row in conn.execute(query)]


def problems_of(minutes: Minutes, today: date) -> dict[str, str]:
    """Return what is wrong with the minutes, field by field: missing, bad or future; empty if nothing is."""
    problems = {}
    if minutes.channel not in CHANNELS:
        problems["channel"] = "missing"
    if minutes.opened_on is None or minutes.opened_on.year < 2000:
        problems["opened_on"] = "missing"
    elif minutes.opened_on > today:
        problems["opened_on"] = "future"
    if not whole_text(minutes.opened_by, _WORDS["opened_by"]):
        problems["opened_by"] = "missing"
    if minutes.found is None or not 0 <= minutes.found <= MOST_FOUND:
        problems["found"] = "bad"
    return problems


def _values(minutes: Minutes, today: date) -> dict[str, Any]:
    if problems := problems_of(minutes, today):
        raise OpeningRefusedError(problems)
    values: dict[str, Any] = {field.name: getattr(minutes, field.name) for field in fields(minutes)}
    return values | {name: whole_text(values[name], limit) for name, limit in _WORDS.items()}


def _contradicts(before: Opening, values: Mapping[str, Any]) -> dict[str, str]:
    """Tickets that came from it hold an opening to its kind and to having found something."""
    wrong = {} if values["channel"] == before.channel else {"channel": "in_use"}
    return wrong if values["found"] else wrong | {"found": "in_use"}


def _audit_details(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in ("channel", "opened_on", "found", "minutes_number")}


def _at_version(conn: Connection, opening_id: int, expected: int) -> Opening:
    row = conn.execute(select(openings).where(openings.c.id == opening_id).with_for_update()).one()
    opening = Opening(*row)
    if opening.version != expected or opening.withdrawn_at is not None:
        raise StaleVersionError(f"opening {opening_id} is at version {opening.version}, not {expected}")
    return opening


def _change(conn: Connection, before: Opening, **values: object) -> None:
    conn.execute(
        update(openings).where(openings.c.id == before.id).values(version=before.version + 1, **values)
    )


def _entered(conn: Connection, opening_id: int) -> bool:
    return conn.execute(select(tickets.c.id).where(tickets.c.opening_id == opening_id)).first() is not None
