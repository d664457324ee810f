"""Who is away when, and who stands in; nobody is asked why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Connection, bindparam, insert, select, update

from logbook.database.tables import duty_absences as table
from logbook.duty.sessions import DutySession
from logbook.plain_text import plain_text

NOON = 12 * 60
LONGEST_DAYS = 366


class DayPart(StrEnum):
    """Which part of each day somebody is away."""

    WHOLE = "whole"
    MORNING = "morning"
    AFTERNOON = "afternoon"

    def touches(self, session: DutySession) -> bool:
        """Whether a session lies in this part, were it only partly: nobody who is away is rung."""
        match self:
            case DayPart.WHOLE:
                return True
            case DayPart.MORNING:
                return session.window.start < NOON
            case DayPart.AFTERNOON:
                return session.window.end > NOON


@dataclass(frozen=True, slots=True)
class Away:
    """Somebody who is away, and who stands in for them; both days are included."""

    person: str
    first_day: date
    last_day: date
    part: DayPart
    stand_in: str | None

    def covers(self, session: DutySession) -> bool:
        """Whether the person is away in that session."""
        return self.first_day <= session.date <= self.last_day and self.part.touches(session)


@dataclass(frozen=True, slots=True)
class Absence(Away):
    """One row of `duty_absences`."""

    id: int
    made_by: str
    made_at: datetime
    withdrawn_at: datetime | None


class AbsenceRefusedError(Exception):
    """It cannot be entered like that; `args[0]` is a text key of the catalogue."""


def enter(
    conn: Connection,
    *,
    person: str,
    first_day: date,
    last_day: date,
    part: DayPart,
    stand_in: str | None,
    who: str,
    now: datetime,
) -> int:
    """Record that `person` is away, and return the row's number; AbsenceRefusedError.

    What was entered before stays; where two overlap, the newest says who stands in.
    """
    if last_day < first_day or (last_day - first_day).days > LONGEST_DAYS:
        raise AbsenceRefusedError("duty_away_days_bad")
    if stand_in == person:
        raise AbsenceRefusedError("duty_away_stand_in_bad")
    values = {
        "person": person,
        "first_day": first_day,
        "last_day": last_day,
        "part": part.value,
        "stand_in": stand_in,
        "made_by": plain_text(who, 128),
        "made_at": now,
    }
    return int(conn.execute(insert(table).values(**values).returning(table.c.id)).scalar_one())


def withdraw(conn: Connection, absence_id: int, now: datetime) -> bool:
    """Take an absence back; False when it was taken back before."""
    still = (table.c.id == absence_id, table.c.withdrawn_at.is_(None))
    return conn.execute(update(table).where(*still).values(withdrawn_at=now)).rowcount == 1


def find(conn: Connection, absence_id: int) -> Absence | None:
    """Return one absence, withdrawn or not."""
    row = conn.execute(select(table).where(table.c.id == absence_id)).first()
    return None if row is None else _absence(row)


_FIRST, _LAST = (bindparam(name, type_=table.c.first_day.type) for name in ("first", "last"))
_BETWEEN = (
    select(table)
    .where(table.c.last_day >= _FIRST, table.c.first_day <= _LAST, table.c.withdrawn_at.is_(None))
    .order_by(table.c.id)
)


def between(conn: Connection, first: date, last: date) -> list[Absence]:
    """Return the absences that touch the dates from `first` to `last`, in the order they were entered."""
    return [_absence(row) for row in conn.execute(_BETWEEN, {"first": first, "last": last})]


def _absence(row: object) -> Absence:
    values = {column.name: getattr(row, column.name) for column in table.columns}
    return Absence(**{**values, "part": DayPart(values["part"])})
