"""Answers who is on duty in a session: the week sheet, else the weekly pattern, without absences."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select

from logbook.calendar.of_settings import WorkingTimes
from logbook.calendar.working_days import DayKind
from logbook.clock import local
from logbook.database.tables import desk_busy, duty_places, duty_sessions
from logbook.database.upsert import InsertInto, PerDatabase
from logbook.duty import absences, one_day
from logbook.duty.absences import Away
from logbook.duty.one_day import Dated
from logbook.duty.sessions import DutyKind, DutySession, days_between, sessions_on
from logbook.duty.team import Member, members, on_day
from logbook.settings.config_file import DutyPart


@dataclass(frozen=True, slots=True)
class OnDuty:
    """One session: who was `planned`, and which `people` are there, in the order they are rung.

    `people` holds stand-ins in the place of whom they stand in for. `version` counts the changes of the week
    sheet; 0 is the weekly pattern of the settings.
    """

    session: DutySession
    planned: tuple[str, ...]
    people: tuple[str, ...]
    version: int


def who_is_on_duty(conn: Connection, part: DutyPart, times: WorkingTimes, session: DutySession) -> OnDuty:
    """Answer who is on duty in one session (000-03)."""
    return _answer(_facts(conn, part, times, session.date, session.date, (session.kind,)), session)


def on_duty_between(
    conn: Connection,
    part: DutyPart,
    times: WorkingTimes,
    first: date,
    last: date,
    kinds: Iterable[DutyKind] = tuple(DutyKind),
) -> list[OnDuty]:
    """Answer for every session from `first` to `last`, both included, by date, kind and hour."""
    wanted = tuple(kinds)
    facts = _facts(conn, part, times, first, last, wanted)
    return [
        _answer(facts, session)
        for day in days_between(first, last)
        for kind in wanted
        for session in sessions_on(times, kind, day)
    ]


def to_ring(conn: Connection, part: DutyPart, times: WorkingTimes, now: datetime) -> tuple[str, ...]:
    """Return whom the line rings at an aware instant, in order: who is on duty, then those who stand in.

    Between two sessions it is the next one of the day, after the last one that. Nobody who is away is among
    them, nor who serves citizens at the desk at this moment (000-10, 002-14).
    """
    here = local(now)
    of_day = sessions_on(times, DutyKind.HOTLINE, here.date())
    session = next((one for one in of_day if here < one.ends), of_day[-1] if of_day else None)
    today = one_day.decided(conn, here.date(), now)
    facts = _Facts(part, times, today.sheet, today.away, ())
    found: tuple[str, ...] = ()
    if session is None:
        gone = _away_on(here.date(), facts.away)
    else:
        found = _answer(facts, session).people
        gone = {one.person: one for one in facts.away if one.covers(session)}
    order = dict.fromkeys((*found, *_present(part.fallback, gone, _known(part))))
    return tuple(person for person in order if person not in today.busy)


def ready(conn: Connection, part: DutyPart, session: DutySession) -> tuple[str, ...]:
    """Return who of those that stand in for everybody (`duty.fallback`) is there in a session."""
    away = absences.between(conn, session.date, session.date)
    return _present(part.fallback, {one.person: one for one in away if one.covers(session)}, _known(part))


def planned_by_pattern(part: DutyPart, times: WorkingTimes, session: DutySession) -> tuple[str, ...]:
    """Return whom the settings plan for a session: the weekday's people, on a make-up day else the stand-ins.

    Only the line has a pattern; the team is assigned day by day (001-02).
    """
    if session.kind is not DutyKind.HOTLINE:
        return ()
    people = part.roster.on(session.date.weekday())
    if not people and times.days.day(session.date).kind is DayKind.MAKEUP:
        return part.fallback
    return people


# --- the desk ---------------------------------------------------------------------------------------------


_SERVING = select(desk_busy).where(desk_busy.c.until > bindparam("now", type_=desk_busy.c.until.type))


def busy_at_desk(conn: Connection, now: datetime) -> Mapping[str, datetime]:
    """Return who serves citizens at the desk at `now`, and until when the line passes them over (002-14)."""
    rows = conn.execute(_SERVING, {"now": now})
    return {row.person: row.until for row in rows}


def _busy(insert: InsertInto) -> Any:
    new = insert(desk_busy)
    return new.on_conflict_do_update(index_elements=["person"], set_={"until": new.excluded.until})


_BUSY = PerDatabase(_busy)


def serve_at_desk(conn: Connection, person: str, until: datetime) -> None:
    """Let the line skip `person` until then."""
    conn.execute(_BUSY.on(conn), {"person": person, "until": until})


def free_at_desk(conn: Connection, person: str) -> bool:
    """Let the line ring `person` again; False when it did."""
    return conn.execute(delete(desk_busy).where(desk_busy.c.person == person)).rowcount == 1


# --- putting it together ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Facts:
    """Everything that was decided about some days."""

    part: DutyPart
    times: WorkingTimes
    sheet: Sequence[Dated]
    away: Sequence[Away]
    team: Sequence[Member]

    def known(self, session: DutySession) -> frozenset[str]:
        """Who may be on duty in a session at all: the people of the settings, or the team of that day."""
        if session.kind is DutyKind.HOTLINE:
            return _known(self.part)
        return on_day(self.team, session.date)


def _facts(
    conn: Connection, part: DutyPart, times: WorkingTimes, first: date, last: date, kinds: Iterable[DutyKind]
) -> _Facts:
    team = () if set(kinds) <= {DutyKind.HOTLINE} else tuple(members(conn, first, last))
    return _Facts(part, times, _dated(conn, first, last), absences.between(conn, first, last), team)


def _answer(facts: _Facts, session: DutySession) -> OnDuty:
    dated = _of_session(session, facts.sheet)
    planned = planned_by_pattern(facts.part, facts.times, session) if dated is None else dated.people
    gone = {one.person: one for one in facts.away if one.covers(session)}
    people = _present(planned, gone, facts.known(session))
    return OnDuty(session, planned, people, 0 if dated is None else dated.version)


def _of_session(session: DutySession, sheet: Sequence[Dated]) -> Dated | None:
    """The row of the sheet for a session: the one it overlaps most, since hours may have been moved."""
    best, most = None, 0
    for one in sheet:
        if (one.session.kind, one.session.date) != (session.kind, session.date):
            continue
        here, there = session.window, one.session.window
        common = min(here.end, there.end) - max(here.start, there.start)
        if common > 0 and common >= most:  # of two, the later one was made for the hours of now
            best, most = one, common
    return best


def _present(planned: Iterable[str], gone: Mapping[str, Away], known: Collection[str]) -> tuple[str, ...]:
    """Those of `planned` who are there; whoever is away leaves their place to the stand-in, if any."""
    found: list[str] = []
    for person in planned:
        stands, seen = person, set[str]()
        while stands in gone and stands not in seen:
            seen.add(stands)
            stands = gone[stands].stand_in or ""
        if stands in known and stands not in gone:
            found.append(stands)
    return tuple(dict.fromkeys(found))


def _away_on(day: date, away: Iterable[Away]) -> dict[str, Away]:
    return {one.person: one for one in away if one.first_day <= day <= one.last_day}


def _known(part: DutyPart) -> frozenset[str]:
    return frozenset(person.id for person in part.people)


_FIRST, _LAST = (bindparam(name, type_=duty_sessions.c.date.type) for name in ("first", "last"))
_SHEET = (
    select(
        duty_sessions.c.id.label("row"),
        duty_sessions.c.date.label("first"),
        duty_sessions.c.kind,
        duty_sessions.c.starts,
        duty_sessions.c.ends,
        duty_sessions.c.version,
        duty_places.c.person,
    )
    .outerjoin(duty_places, duty_places.c.session_id == duty_sessions.c.id)
    .where(duty_sessions.c.date >= _FIRST, duty_sessions.c.date <= _LAST)
    .order_by(duty_sessions.c.date, duty_sessions.c.kind, duty_sessions.c.starts, duty_places.c.place)
)


def _dated(conn: Connection, first: date, last: date) -> list[Dated]:
    """Return what the week sheet says of the dates from `first` to `last`, in order."""
    return list(one_day.sheet(conn.execute(_SHEET, {"first": first, "last": last})))
