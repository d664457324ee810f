"""Who is on duty, over random years: the line rings somebody present or nobody, and no gap comes unseen."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection

from logbook.calendar.of_settings import WorkingTimes, working_times
from logbook.calendar.working_days import DayOverride
from logbook.calendar.working_time import Closure
from logbook.clock import ZONE
from logbook.database.engine import Database
from logbook.duty import absences, on_duty, week
from logbook.duty.absences import DayPart
from logbook.duty.sessions import DutyKind, DutySession, sessions_on
from logbook.opening_hours import Window
from logbook.sending.alarms import alarms
from logbook.settings.config_file import DutyPart
from logbook.settings.loading import load_settings
from tests import frozen
from tests.conftest import NOW

SETTINGS = load_settings(frozen.OFFICE)
PEOPLE = ("an", "binh", "chi")
DAYS = 28


@dataclass
class Year:
    """A few weeks of an office as they were decided, for a count that knows nothing of the program's."""

    rand: random.Random
    first: date
    part: DutyPart
    times: WorkingTimes
    shut: tuple[Closure, ...]
    sheet: dict[tuple[date, int], tuple[str, ...]]
    away: list[tuple[str, date, date, DayPart, str | None]]

    def days(self) -> Iterator[date]:
        return (self.first + timedelta(days=ahead) for ahead in range(DAYS))

    def there(self, day: date, window: Window) -> list[str]:
        """Who is present in a session, by a slow walk over everything that was decided."""
        pattern = self.part.roster.on(day.weekday())
        if not pattern and self.times.days.day(day).kind == "makeup":
            pattern = self.part.fallback
        known = {person.id for person in self.part.people}
        found: list[str] = []
        for person in self.sheet.get((day, window.start), pattern):
            tried: list[str] = []
            stands: str | None = person
            while stands is not None and self.is_away(stands, day, window) and stands not in tried:
                tried.append(stands)
                stands = self.stand_in(stands, day, window)
            if stands in known and stands not in found and not self.is_away(str(stands), day, window):
                found.append(str(stands))
        return found

    def is_away(self, person: str, day: date, window: Window) -> bool:
        return bool(self.absences(person, day, window))

    def stand_in(self, person: str, day: date, window: Window) -> str | None:
        return self.absences(person, day, window)[-1]

    def absences(self, person: str, day: date, window: Window) -> list[str | None]:
        hours = {DayPart.WHOLE: (0, 1440), DayPart.MORNING: (0, 720), DayPart.AFTERNOON: (720, 1440)}
        return [
            stand_in
            for who, first, last, part, stand_in in self.away
            if who == person
            and first <= day <= last
            and any(hours[part][0] <= minute < hours[part][1] for minute in range(window.start, window.end))
        ]


def year(seed: int, conn: Connection) -> Year:
    """An office at random: make-up days and days off, a sheet, absences, closures, somebody who left."""
    rand = random.Random(seed)
    first = date(rand.randint(2024, 2030), rand.randint(1, 11), rand.randint(1, 28))
    days = [first + timedelta(days=ahead) for ahead in range(DAYS)]
    decided = [DayOverride(day, worked=day.weekday() >= 5, reason="hoán đổi") for day in rand.sample(days, 4)]
    times = working_times(SETTINGS, decided)
    left = rand.choice(PEOPLE)
    people = tuple(person for person in SETTINGS.duty.people if person.id != left)
    names = tuple(person.id for person in people)
    roster = SETTINGS.duty.roster.model_copy(
        update={
            day: tuple(rand.sample(names, rand.randint(0, 2))) for day in ("mon", "tue", "wed", "thu", "fri")
        }
    )
    fallback = tuple(rand.sample(names, rand.randint(0, 1)))
    part = SETTINGS.duty.model_copy(update={"people": people, "roster": roster, "fallback": fallback})
    made = Year(rand, first, part, times, (), {}, [])
    for day in rand.sample(days, 10):
        for session in sessions_on(times, DutyKind.HOTLINE, day):
            chosen = tuple(rand.sample(PEOPLE, rand.randint(0, 3)))  # the one who left may stand there
            week.keep(conn, part, times, [week.Change(session, chosen, 0)], "head", NOW)
            made.sheet[day, session.window.start] = chosen
    for _ in range(8):
        who, day, stands = rand.choice(names), rand.choice(days), rand.choice((None, *PEOPLE))
        last, part_of_day = day + timedelta(days=rand.randint(0, 5)), rand.choice(tuple(DayPart))
        if stands != who:
            absences.enter(
                conn,
                person=who,
                first_day=day,
                last_day=last,
                part=part_of_day,
                stand_in=stands,
                who="x",
                now=NOW,
            )
            made.away.append((who, day, last, part_of_day, stands))
    shut = rand.choice(days)
    midnight = datetime.combine(shut, time(), ZONE)
    made.shut = (Closure(midnight, midnight + timedelta(days=1), "bão"),)
    return made


def test_over_random_years_the_line_rings_who_is_present_and_no_gap_comes_unseen(database: Database) -> None:
    wrong: list[str] = []
    empty = called = 0
    for seed in range(3):
        with database.writing() as conn:
            office = year(seed, conn)
            seen = {
                day: " ".join(one.params["day"] for one in gap_alarms(conn, office, day))
                for day in office.days()
            }
            for session in (
                one for day in office.days() for one in sessions_on(office.times, DutyKind.HOTLINE, day)
            ):
                there = office.there(session.date, session.window)
                moment = session.begins + timedelta(minutes=office.rand.randint(0, 60))
                ring = on_duty.to_ring(conn, office.part, office.times, moment)
                wrong += [f"{seed} {moment} rings {ring}, there is {there}"] * (
                    list(ring[: len(there)]) != there
                )
                extra = [one for one in ring if office.is_away(one, session.date, session.window)]
                wrong += [f"{seed} {moment} rings {extra}, who is away"] * bool(extra)
                called += bool(ring)
                before = day_before(office, session.date)
                shut = office.shut[0].holds(session.begins)
                if not there and not shut and before in seen:
                    empty += 1
                    wrong += [f"{seed} {session} comes unseen"] * (
                        f"{session.date:%d/%m/%Y}" not in seen[before]
                    )
            conn.rollback()
    assert wrong == []
    assert min(empty, called) > 10


def gap_alarms(conn: Connection, office: Year, day: date) -> list[alarms.Alarm]:
    evening = datetime.combine(day, time(18), ZONE)
    return alarms.roster_gap(conn, office.part, office.times, office.shut, evening)


def day_before(office: Year, day: date) -> date:
    """The day before on which the line is open, since the next open day is asked about on each."""
    found = day - timedelta(days=1)
    while found >= office.first and not any(
        not office.shut[0].holds(session.begins)
        for session in sessions_on(office.times, DutyKind.HOTLINE, found)
    ):
        found -= timedelta(days=1)
    return found


def test_hours_that_are_moved_keep_the_people_of_the_session_they_overlap(database: Database) -> None:
    thursday, times = date(2026, 11, 26), working_times(SETTINGS)
    with database.writing() as conn:
        old = DutySession(thursday, Window(450, 690), DutyKind.HOTLINE)
        week.keep(conn, SETTINGS.duty, times, [week.Change(old, ("chi",), 0)], "head", NOW)
        found = {
            str(one.session.window): (one.people, one.version)
            for one in on_duty.on_duty_between(
                conn, SETTINGS.duty, times, thursday, thursday, (DutyKind.HOTLINE,)
            )
        }
        assert found == {"08:00-11:00": (("chi",), 1), "14:00-16:30": (("binh", "an"), 0)}
        session = DutySession(thursday, Window(480, 660), DutyKind.HOTLINE)
        week.keep(conn, SETTINGS.duty, times, [week.Change(session, ("an",), 1)], "head", NOW)
        assert on_duty.who_is_on_duty(conn, SETTINGS.duty, times, session).people == ("an",)


def test_a_gap_of_one_session_only_is_named_with_its_hours(database: Database) -> None:
    wednesday, times = date(2026, 11, 25), working_times(SETTINGS)
    part = SETTINGS.duty.model_copy(update={"fallback": ()})
    with database.writing() as conn:
        session = DutySession(date(2026, 11, 26), Window(840, 990), DutyKind.HOTLINE)
        week.keep(conn, part, times, [week.Change(session, (), 0)], "head", NOW)
        evening = datetime.combine(wednesday, time(17), ZONE)
        (alarm,) = alarms.roster_gap(conn, part, times, (), evening)
    assert (alarm.name, alarm.params["day"]) == ("roster_nobody", "26/11/2026 (14:00-16:30)")
