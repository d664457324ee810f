"""Checks of how officials do their work, with the guidance that was given; listed in the report (004-15)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select

from logbook.accounts import audit_log
from logbook.accounts.rights import Person
from logbook.clock import local
from logbook.database.hand_kept import HandKeptList
from logbook.database.tables import work_checks
from logbook.plain_text import is_sentence, whole_text

LONGEST_NAME, LONGEST_TEXT = 200, 1000


class WorkCheckRefusedError(Exception):
    """A check that cannot be kept; `args[0]` is a text key of the console."""


@dataclass(frozen=True, slots=True)
class WorkCheck:
    """One check: the day, who checked, whose work (a unit, no name), what, and the guidance given."""

    id: int
    checked_on: date
    checker: str
    unit: str
    content: str
    guidance: str


@dataclass(frozen=True, slots=True)
class TypedWorkCheck:
    """A check as it was typed."""

    checked_on: date | None
    checker: str
    unit: str
    content: str
    guidance: str


_COLUMNS = tuple(work_checks.c[name] for name in WorkCheck.__slots__)


_LIST = HandKeptList(work_checks)


def enter(conn: Connection, typed: TypedWorkCheck, person: Person, now: datetime) -> bool:
    """Enter a check; False for the very same one entered before. WorkCheckRefusedError; TooLongError."""
    checker, unit = whole_text(typed.checker, LONGEST_NAME), whole_text(typed.unit, LONGEST_NAME)
    content, guidance = whole_text(typed.content, LONGEST_TEXT), whole_text(typed.guidance, LONGEST_TEXT)
    if not checker or not unit:
        raise WorkCheckRefusedError("work_check_lacks")
    if not (is_sentence(content) and is_sentence(guidance)):
        raise WorkCheckRefusedError("work_check_no_sentence")
    if typed.checked_on is None or not date(2000, 1, 1) <= typed.checked_on <= local(now).date():
        raise WorkCheckRefusedError("work_check_day_wrong")
    words = (f"{typed.checked_on}", checker, unit, content, guidance)
    values = {
        "checked_on": typed.checked_on,
        "checker": checker,
        "unit": unit,
        "content": content,
        "guidance": guidance,
    }
    entered = _LIST.enter(conn, words, values, person.id, now)
    if entered is not None:
        audit_log.write(conn, person, "enter_work_check", f"work_check:{entered}", now)
    return entered is not None


def strike(conn: Connection, check_id: int, person: Person, now: datetime) -> bool:
    """Take a check entered by mistake out of lists and reports; it stays in the database."""
    done = _LIST.strike(conn, check_id, now)
    if done:
        audit_log.write(conn, person, "strike_work_check", f"work_check:{check_id}", now)
    return done


def recent(conn: Connection, limit: int, before: int | None = None) -> list[WorkCheck]:
    """Return the newest checks that hold; `before` is the id of the last one shown."""
    return [WorkCheck(*row) for row in conn.execute(_LIST.newest(_COLUMNS, limit, before))]


def held_between(conn: Connection, first: date, last: date) -> list[WorkCheck]:
    """Return the checks from `first` to `last`, both included, the oldest first."""
    inside = (_LIST.standing(), work_checks.c.checked_on.between(first, last))
    query = select(*_COLUMNS).where(*inside).order_by(work_checks.c.checked_on, work_checks.c.id)
    return [WorkCheck(*row) for row in conn.execute(query)]


def of(conn: Connection, ids: Iterable[int]) -> list[WorkCheck]:
    """Return these checks, the oldest first."""
    query = select(*_COLUMNS).where(work_checks.c.id.in_(list(ids))).order_by(work_checks.c.checked_on)
    return [WorkCheck(*row) for row in conn.execute(query)]
