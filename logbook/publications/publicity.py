"""The publicity log: who made the hotline known, when, on which channel, and how many heard it (000-14)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, delete, select

from logbook.accounts import audit_log
from logbook.accounts.rights import Person
from logbook.clock import local
from logbook.database.hand_kept import HandKeptList
from logbook.database.tables import publicity
from logbook.plain_text import whole_text
from logbook.settings.publications import PublicationsPart

LONGEST_NAME, LONGEST_NOTE = 200, 1000
MOST_PEOPLE = 1_000_000


class PublicityRefusedError(Exception):
    """An entry that cannot be kept; `args[0]` is a text key of the console."""


@dataclass(frozen=True, slots=True)
class PublicityEntry:
    """One line of the log; `people` is None where nobody counted."""

    id: int
    held_on: date
    channel: str
    who: str
    audience: str
    people: int | None
    note: str


@dataclass(frozen=True, slots=True)
class ToldPublicity:
    """An entry as it was typed."""

    held_on: date | None
    channel: str
    who: str
    audience: str
    people: str
    note: str


_COLUMNS = tuple(publicity.c[name] for name in PublicityEntry.__slots__)


_LIST = HandKeptList(publicity)


def enter(
    conn: Connection, told: ToldPublicity, part: PublicationsPart, person: Person, now: datetime
) -> bool:
    """Enter a line on one of the channels of the settings; False for the same one entered before (001-15).

    PublicityRefusedError says what is missing; TooLongError.
    """
    who, audience = whole_text(told.who, LONGEST_NAME), whole_text(told.audience, LONGEST_NAME)
    note = whole_text(told.note, LONGEST_NOTE)
    if part.channel(told.channel) is None or not who or not audience:
        raise PublicityRefusedError("publicity_lacks")
    if told.held_on is None or not date(2000, 1, 1) <= told.held_on <= local(now).date():
        raise PublicityRefusedError("publicity_day_wrong")
    count = _count(told.people)
    parts = (f"{told.held_on}", told.channel, who, audience, str(count), note)
    values = {
        "held_on": told.held_on,
        "channel": told.channel,
        "who": who,
        "audience": audience,
        "people": count,
        "note": note,
    }
    entered = _LIST.enter(conn, parts, values, person.id, now)
    if entered is not None:
        audit_log.write(conn, person, "enter_publicity", f"publicity:{entered}", now)
    return entered is not None


def strike(conn: Connection, entry_id: int, person: Person, now: datetime) -> bool:
    """Take an entry made by mistake out of lists and counts; it stays in the book. False where it is gone."""
    done = _LIST.strike(conn, entry_id, now)
    if done:
        audit_log.write(conn, person, "strike_publicity", f"publicity:{entry_id}", now)
    return done


def entries(conn: Connection, limit: int, before: int | None = None) -> list[PublicityEntry]:
    """Return the newest entries that hold; `before` is the id of the last one shown."""
    return [PublicityEntry(*row) for row in conn.execute(_LIST.newest(_COLUMNS, limit, before))]


def held_between(conn: Connection, first: date, last: date) -> list[PublicityEntry]:
    """Return what was held from `first` to `last`, both included, the oldest first."""
    inside = (_LIST.standing(), publicity.c.held_on.between(first, last))
    query = select(*_COLUMNS).where(*inside).order_by(publicity.c.held_on, publicity.c.id)
    return [PublicityEntry(*row) for row in conn.execute(query)]


def of(conn: Connection, ids: Iterable[int]) -> list[PublicityEntry]:
    """Return these entries, the oldest first."""
    query = select(*_COLUMNS).where(publicity.c.id.in_(list(ids)))
    return [PublicityEntry(*row) for row in conn.execute(query.order_by(publicity.c.held_on))]


def forget_old(conn: Connection, years: int, now: datetime) -> int:
    """Delete the lines of days more than `years` ago, write that into the audit log, and return how many."""
    today = local(now).date()
    last = date(today.year - years, today.month, min(today.day, 28))
    gone = conn.execute(delete(publicity).where(publicity.c.held_on < last)).rowcount
    if gone:
        rule = f"retention.publicity_years = {years}"
        audit_log.write(conn, "retention", "delete_publicity", "publicity", now, rule, lines=gone)
    return gone


def _count(text: str) -> int | None:
    typed = text.strip().replace(".", "")
    if not typed:
        return None
    if not (typed.isascii() and typed.isdecimal() and len(typed) < 8 and int(typed) <= MOST_PEOPLE):
        raise PublicityRefusedError("publicity_people_wrong")
    return int(typed)
