"""Reads in one statement what was decided about one day's duty: each turn of a call asks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Integer, String, bindparam, cast, literal, null, select, union_all

from logbook.database.tables import desk_busy, duty_absences, duty_places, duty_sessions
from logbook.duty.absences import Away, DayPart
from logbook.duty.sessions import DutyKind, DutySession
from logbook.opening_hours import Window


@dataclass(frozen=True, slots=True)
class Dated:
    """What the week sheet says of one session."""

    session: DutySession
    version: int
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DayDecided:
    """The week sheet and the absences of a date, and who serves citizens at the desk now."""

    sheet: tuple[Dated, ...]
    away: tuple[Away, ...]
    busy: frozenset[str]


_SHEET, _AWAY, _BUSY = "sheet", "away", "busy"
_DAY = bindparam("day", type_=duty_sessions.c.date.type)
_NO_TEXT, _NO_DAY, _NO_NUMBER = (
    cast(null(), kind) for kind in (String(64), duty_sessions.c.date.type, Integer())
)
_DECIDED = union_all(  # built once
    select(
        literal(_SHEET).label("what"),
        duty_sessions.c.id.label("row"),
        duty_places.c.place.label("place"),
        duty_places.c.person.label("person"),
        duty_sessions.c.kind.label("kind"),
        duty_sessions.c.date.label("first"),
        duty_sessions.c.date.label("last"),
        duty_sessions.c.starts.label("starts"),
        duty_sessions.c.ends.label("ends"),
        duty_sessions.c.version.label("version"),
        _NO_TEXT.label("stand_in"),
    )
    .outerjoin(duty_places, duty_places.c.session_id == duty_sessions.c.id)
    .where(duty_sessions.c.date == _DAY),
    select(
        literal(_AWAY),
        duty_absences.c.id,
        _NO_NUMBER,
        duty_absences.c.person,
        duty_absences.c.part,
        duty_absences.c.first_day,
        duty_absences.c.last_day,
        _NO_NUMBER,
        _NO_NUMBER,
        _NO_NUMBER,
        duty_absences.c.stand_in,
    ).where(
        duty_absences.c.last_day >= _DAY,
        duty_absences.c.first_day <= _DAY,
        duty_absences.c.withdrawn_at.is_(None),
    ),
    select(
        literal(_BUSY),
        _NO_NUMBER,
        _NO_NUMBER,
        desk_busy.c.person,
        *(_NO_TEXT, _NO_DAY, _NO_DAY, _NO_NUMBER, _NO_NUMBER, _NO_NUMBER, _NO_TEXT),
    ).where(desk_busy.c.until > bindparam("now", type_=desk_busy.c.until.type)),
)


def decided(conn: Connection, day: date, now: datetime) -> DayDecided:
    """Return what was decided about `day`, and who is at the desk at the aware instant `now`."""
    rows = conn.execute(_DECIDED, {"day": day, "now": now}).all()
    if not rows:
        return DayDecided((), (), frozenset())
    away = sorted((row for row in rows if row.what == _AWAY), key=lambda row: row.row)
    return DayDecided(
        tuple(sheet(sorted((row for row in rows if row.what == _SHEET), key=_order))),
        tuple(Away(row.person, row.first, row.last, DayPart(row.kind), row.stand_in) for row in away),
        frozenset(row.person for row in rows if row.what == _BUSY),
    )


def _order(row: Any) -> tuple[object, ...]:
    return row.first, row.kind, row.starts, row.place or 0


def sheet(rows: Iterable[Any]) -> Iterable[Dated]:
    """Join the rows of sessions, one a person and in order, to what the sheet says of each session."""
    found: dict[int, Dated] = {}
    for row in rows:
        known = found.get(row.row)
        session = DutySession(row.first, Window(row.starts, row.ends), DutyKind(row.kind))
        people = () if known is None else known.people
        own = () if row.person is None else (row.person,)
        found[row.row] = Dated(session, row.version, (*people, *own))
    return found.values()
