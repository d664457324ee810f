"""The team over random years: the allowance equals a slow count, and no empty session comes unseen."""

from __future__ import annotations

import random
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from sqlalchemy import Connection

from logbook.calendar.of_settings import WorkingTimes, working_times
from logbook.calendar.working_days import DayOverride
from logbook.clock import ZONE
from logbook.database.engine import Database
from logbook.duty import absences, allowance, team, week
from logbook.duty.absences import DayPart
from logbook.duty.sessions import DutyKind, sessions_on
from logbook.officials import register
from logbook.officials.register import OfficialDetails, Organisation
from logbook.opening_hours import Window
from logbook.sending.alarms import alarms
from logbook.settings.loading import load_settings
from logbook.settings.team import Rate
from tests import frozen
from tests.conftest import NOW

SETTINGS = load_settings(frozen.OFFICE)
KEYS = ("lan", "minh", "nga", "phuc", "quy")
ONE_DAY = timedelta(days=1)
HOURS = {DayPart.WHOLE: (0, 1440), DayPart.MORNING: (0, 720), DayPart.AFTERNOON: (720, 1440)}


@dataclass
class Months:
    """Two months of a team as they were decided, counted by walking over everything."""

    rand: random.Random
    first: date
    times: WorkingTimes
    worked: set[date]
    youth: set[str] = field(default_factory=set)
    serves: dict[str, tuple[date, date]] = field(default_factory=dict)
    sheet: dict[tuple[date, str], tuple[str, ...]] = field(default_factory=dict)
    away: list[tuple[str, date, date, DayPart, str | None]] = field(default_factory=list)
    rates: tuple[Rate, ...] = ()

    def days(self, first: date, last: date) -> list[date]:
        """Every day, weekends too."""
        return [first + ahead * ONE_DAY for ahead in range((last - first).days + 1)]

    def away_of(self, person: str, day: date, hours: str) -> list[str | None]:
        """Who was named to stand in, by each absence that touches a minute of a session."""
        begins, ends = (int(part[:2]) * 60 + int(part[3:]) for part in hours.split("-"))
        return [
            stand_in
            for who, first, last, part, stand_in in self.away
            if who == person
            and first <= day <= last
            and any(HOURS[part][0] <= minute < HOURS[part][1] for minute in range(begins, ends))
        ]

    def there(self, day: date, hours: str) -> set[str]:
        """Who was in a session, whoever was planned."""
        found = set()
        for planned in self.sheet.get((day, hours), ()):
            person: str | None = planned
            tried = set()
            while person is not None and person not in tried and self.away_of(person, day, hours):
                tried.add(person)
                person = self.away_of(person, day, hours)[-1]
            if person is None or person in tried:
                continue
            first, last = self.serves.get(person, (date.max, date.min))
            if first <= day <= last:
                found.add(person)
        return found

    def sessions(self, day: date) -> list[str]:
        """The hours of the team on a day worked, a make-up Saturday too (001-03)."""
        return ["08:00-10:00", "14:00-16:00"] if day in self.worked else []

    def earned(self, month: date, now: datetime) -> dict[str, tuple[int, int]]:
        """Days and đồng of each member of the union, one day after the other (001-06)."""
        found: dict[str, tuple[int, int]] = {}
        for day in self.days(month, month.replace(day=monthrange(month.year, month.month)[1])):
            present: set[str] = set()
            for hours in self.sessions(day):
                if datetime.combine(day, time.fromisoformat(hours[:5]), ZONE) <= now:
                    present |= self.there(day, hours)
            paid = 0
            for rate in self.rates:  # in the order of their days
                paid = rate.amount if rate.since <= day else paid
            for person in present & self.youth:
                days, amount = found.get(person, (0, 0))
                found[person] = (days + 1, amount + paid)
        return found


def some_months(seed: int, conn: Connection) -> Months:
    """A team at random, in a year at random: make-up days, days off, leavers, stand-ins, a new rate."""
    rand = random.Random(seed)
    first = date(rand.randint(2024, 2030), rand.randint(1, 11), 1)
    days = [first + ahead * ONE_DAY for ahead in range(59)]
    decided = [
        DayOverride(day, worked=day.weekday() >= 5, reason="hoán đổi") for day in rand.sample(days, 10)
    ]
    times = working_times(SETTINGS, decided)
    made = Months(rand, first, times, {day for day in days if times.days.is_working_day(day)})
    for key in KEYS:
        organisation = rand.choice((Organisation.YOUTH, Organisation.YOUTH, Organisation.CIVIL_SERVANT))
        joined, left = rand.choice(days[:20]), rand.choice((None, *days[30:]))
        gone = rand.choice((None, None, *days[35:]))  # from the office altogether
        details = OfficialDetails(
            key, "", "", organisation, "2020-01-01", gone.isoformat() if gone else "", "", "", False, key
        )
        register.add(conn, details, NOW)
        team.join(conn, key, joined, left, "leader", NOW)
        made.serves[key] = (joined, min(left or date.max, gone or date.max))
        made.youth |= {key} if organisation is Organisation.YOUTH else set()
    for day in days:
        for session in sessions_on(times, DutyKind.SLIP_TEAM, day):
            if rand.random() < 0.85:
                chosen = tuple(rand.sample(KEYS, rand.randint(1, 2)))
                week.keep(conn, SETTINGS.duty, times, [week.Change(session, chosen, 0)], "leader", NOW)
                made.sheet[day, str(session.window)] = chosen
    for _ in range(14):
        who, day, stand_in = rand.choice(KEYS), rand.choice(days), rand.choice((None, *KEYS))
        last, part = day + rand.randint(0, 6) * ONE_DAY, rand.choice(tuple(DayPart))
        if stand_in != who:
            absences.enter(
                conn,
                person=who,
                first_day=day,
                last_day=last,
                part=part,
                stand_in=stand_in,
                who=who,
                now=NOW,
            )
            made.away.append((who, day, last, part, stand_in))
    made.rates = (
        Rate.model_validate({"since": date(2023, 12, 1), "amount": 30_000}),
        Rate.model_validate({"since": rand.choice(days), "amount": 45_000}),
    )
    return made


def wrong_lists(conn: Connection, months: Months) -> list[str]:
    """Where the list of allowances and the slow count differ, at the end and in the middle of each month."""
    wrong = []
    second = (months.first + 32 * ONE_DAY).replace(day=1)
    for month in (months.first, second):
        middle = datetime.combine(month.replace(day=15), time(9), ZONE)
        for now in (middle, datetime.combine(month + 60 * ONE_DAY, time(), ZONE)):
            made = allowance.of_month(
                conn, SETTINGS.duty, months.times, tuple(reversed(months.rates)), month, now
            )
            counted = {row.person: (row.days, row.amount) for row in made.rows}
            slow = months.earned(month, now)
            wrong += [f"{month} at {now}: {counted} is not {slow}"] * (counted != slow)
            total = sum(amount for _, amount in slow.values())
            wrong += [f"{month}: {made.total} is not {total}"] * (made.total != total)
    return wrong


def unseen(conn: Connection, months: Months) -> tuple[list[str], int]:
    """Empty sessions of which the office was not warned on the day worked before; how many were empty."""
    wrong, empty = [], 0
    days = sorted(day for day in months.worked if day > months.first + 15 * ONE_DAY)
    for before, day in pairwise(days):
        gaps = [hours for hours in months.sessions(day) if not months.there(day, hours)]
        if not gaps:
            continue
        empty += 1
        evening = datetime.combine(before, time(16, 30), ZONE)
        warned = " ".join(
            one.params["day"] for one in alarms.team_gap(conn, SETTINGS.duty, months.times, evening)
        )
        named = f"{day:%d/%m/%Y}" in warned
        wrong += [f"{day} {gaps} unseen on {before}: {warned}"] * (not named)
    return wrong, empty


def test_over_random_years_the_allowance_equals_a_slow_count_and_no_gap_of_the_team_comes_unseen(
    database: Database,
) -> None:
    wrong: list[str] = []
    empty = paid = saturdays = 0
    for seed in range(3):
        with database.writing() as conn:
            months = some_months(seed, conn)
            wrong += [f"{seed}: {one}" for one in wrong_lists(conn, months)]
            found, gaps = unseen(conn, months)
            wrong += [f"{seed}: {one}" for one in found]
            empty += gaps
            paid += len(months.earned(months.first, datetime.max.replace(tzinfo=ZONE)))
            saturdays += sum(
                day.weekday() >= 5 and bool(months.there(day, Months.sessions(months, day)[0]))
                for day in months.worked
            )
            conn.rollback()
    assert wrong == []
    assert min(empty, paid, saturdays) > 2, "the draw shows what it should"


def test_hours_of_a_session_are_the_settings_own() -> None:
    """What the slow count writes down is what the calendar of the team says."""
    times = working_times(SETTINGS)
    windows = times.team.day_windows(date(2026, 11, 26))
    assert [str(one) for one in windows] == ["08:00-10:00", "14:00-16:00"]
    assert windows[0] == Window(480, 600)
