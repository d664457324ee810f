"""Changes the week sheet; refuses a change when somebody else changed that session meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, update

from logbook.calendar.of_settings import WorkingTimes
from logbook.database.tables import duty_places, duty_sessions
from logbook.database.upsert import InsertInto, PerDatabase
from logbook.duty.on_duty import OnDuty, on_duty_between, who_is_on_duty
from logbook.duty.sessions import DutyKind, DutySession, days_between, sessions_on
from logbook.plain_text import plain_text
from logbook.settings.config_file import DutyPart

WEEK = timedelta(days=7)
MOST = 6
"""People of one session at most."""


@dataclass(frozen=True, slots=True)
class Change:
    """One session as somebody wants it: people in order; `version` is the one they had seen."""

    session: DutySession
    people: tuple[str, ...]
    version: int


def numbers(kind: DutyKind) -> tuple[int, int]:
    """Return how many people a session of a kind has at least and at most (001-02, 004-02)."""
    match kind:
        case DutyKind.HOTLINE:
            return 0, MOST
        case DutyKind.SLIP_TEAM:
            return 1, 2
        case DutyKind.QR_GUIDE:
            return 1, 1


class ChangedMeanwhileError(Exception):
    """Somebody else changed one of these sessions; `args[0]` is a tuple of them. Nothing was stored."""


def monday(day: date) -> date:
    """Return the Monday of a date's week."""
    return day - timedelta(days=day.weekday())


def sheet(
    conn: Connection, part: DutyPart, times: WorkingTimes, kind: DutyKind, begins: date
) -> list[OnDuty]:
    """Return every session of a kind in the week that begins on a Monday, in order."""
    return on_duty_between(conn, part, times, begins, begins + WEEK - timedelta(days=1), (kind,))


def last_weeks(
    conn: Connection, part: DutyPart, times: WorkingTimes, kind: DutyKind, begins: date
) -> dict[DutySession, tuple[str, ...]]:
    """Return for the sessions of a week who was planned a week before, where there was such a session."""
    before = {
        (one.session.date.weekday(), one.session.window.start): one.planned
        for one in sheet(conn, part, times, kind, begins - WEEK)
    }
    return {
        session: before[day.weekday(), session.window.start]
        for day in days_between(begins, begins + WEEK - timedelta(days=1))
        for session in sessions_on(times, kind, day)
        if (day.weekday(), session.window.start) in before
    }


def keep(
    conn: Connection,
    part: DutyPart,
    times: WorkingTimes,
    changes: Iterable[Change],
    who: str,
    now: datetime,
) -> list[tuple[OnDuty, Change]]:
    """Store what differs from what stands, all or nothing; return each change with what stood before.

    Raises ChangedMeanwhileError when one of the sessions is no longer of the version that was seen, whatever
    was changed in it.
    """
    wanted = [(who_is_on_duty(conn, part, times, one.session), one) for one in changes]
    late = tuple(change.session for stood, change in wanted if stood.version != change.version)
    if late:
        raise ChangedMeanwhileError(late)
    done = [(stood, change) for stood, change in wanted if stood.planned != change.people]
    for _, change in done:
        if not _store(conn, change, who, now):
            raise ChangedMeanwhileError((change.session,))
    return done


def _begin(insert_into: InsertInto) -> Any:
    new = insert_into(duty_sessions)
    return new.on_conflict_do_nothing(index_elements=["date", "kind", "starts"]).returning(duty_sessions.c.id)


_BEGIN = PerDatabase(_begin)


def _store(conn: Connection, change: Change, who: str, now: datetime) -> bool:
    """Write one session; False when another version stands there."""
    session = change.session
    values = {
        "ends": session.window.end,
        "version": change.version + 1,
        "changed_by": plain_text(who, 128),
        "changed_at": now,
    }
    key = {"date": session.date, "kind": session.kind.value, "starts": session.window.start}
    found = conn.execute(
        update(duty_sessions)
        .where(*(duty_sessions.c[name] == value for name, value in key.items()))
        .where(duty_sessions.c.version == change.version)
        .values(**values)
        .returning(duty_sessions.c.id)
    ).scalar()
    if found is None:  # the first change of this session, or of these hours
        found = conn.execute(_BEGIN.on(conn), {**key, **values}).scalar()
    if found is None:
        return False
    conn.execute(delete(duty_places).where(duty_places.c.session_id == found))
    _fill(conn, found, change.people)
    return True


def _fill(conn: Connection, session_id: int, people: Sequence[str]) -> None:
    rows = [
        {"session_id": session_id, "place": place, "person": person}
        for place, person in enumerate(people, start=1)
    ]
    if rows:
        conn.execute(insert(duty_places), rows)
