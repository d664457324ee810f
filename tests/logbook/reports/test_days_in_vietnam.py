"""Every use of a date at half past midnight in Vietnam, when it is still yesterday in UTC (F-13, 000-12)."""

from __future__ import annotations

import ast
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import and_, select

from ivr.line.office_now import OfficeNow
from logbook.accounts.rights import Person
from logbook.calendar.current import Calendars
from logbook.calendar.of_settings import working_times
from logbook.console.pages.calls import calls
from logbook.console.views import leader_figures, pictures
from logbook.console.words import Words
from logbook.database import rate_limits
from logbook.database.engine import Database
from logbook.database.tables import escalations, tickets
from logbook.duty.on_duty import to_ring
from logbook.prompts.current import OfficePrompts
from logbook.reports import document, obstacles, periods, satisfaction, shown
from logbook.retention import backup, rules
from logbook.search import ticket_filters
from logbook.search.ticket_filters import Filters
from logbook.search.ticket_list import Row, deadline
from logbook.sending import limits
from logbook.sending.alarms import alarms
from logbook.sending.alarms.registry import CHECKS, AlarmView, MachineState
from logbook.sending.messages import _day, _moment
from logbook.sending.quiet_hours import TellingHours
from logbook.settings.loading import Settings
from logbook.texts.catalogue import load_texts
from logbook.tickets import deadlines, results
from tests.logbook.book_of_cases import hire, write
from tests.town_hall import OFFICE, SETTINGS, HandClock, file_ticket, local_time

ROOT = Path(__file__).parents[3]
VIETNAMESE = load_texts()["vi"]
TIMES = working_times(SETTINGS)
THURSDAY = local_time("2026-11-26 00:30")
"""In UTC it is Wednesday, half past five in the afternoon."""
NEW_YEAR = local_time("2027-01-01 00:30")
DECEMBER = local_time("2026-12-01 00:30")
MONDAY = local_time("2026-11-30 00:30")


def says(key: str, **params: object) -> str:
    return VIETNAMESE.sentence(key, {name: str(word) for name, word in params.items()})


def with_roster(**days: tuple[str, ...]) -> Settings:
    roster = SETTINGS.duty.roster.model_copy(update=days)
    return replace(SETTINGS, duty=SETTINGS.duty.model_copy(update={"roster": roster, "fallback": ()}))


def day_of(figure: str, now: datetime) -> date:
    """The first day that a figure of the week counts."""
    condition = leader_figures.condition(figure, now)
    value: datetime = condition.right.value
    return value.date()


def test_every_day_is_reckoned_in_vietnam() -> None:
    fri_0 = local_time("2026-11-27 00:00")
    row: Any = replace_row(answer_due_at=local_time("2026-11-26 17:00"))
    found: dict[str, tuple[object, object]] = {
        "a reminder never on the day of receipt": (
            deadlines.reminded_at(local_time("2026-11-27 17:00"), THURSDAY, 1, OFFICE),
            local_time("2026-11-27 07:30"),
        ),
        "the working days of a term": (OFFICE.add_days(THURSDAY, 1).date(), date(2026, 11, 27)),
        "the next day's ladder": (
            TellingHours(SETTINGS.notifications, OFFICE).next_day(THURSDAY),
            local_time("2026-11-27 07:30"),
        ),
        "next year's official days from 1 December": (
            [one.params["year"] for one in holidays(DECEMBER)],
            ["2027"],
        ),
        "not yet on 30 November": (holidays(local_time("2026-11-30 23:30")), []),
        "the week whose report is next": (
            periods.weekly_now(SETTINGS, TIMES, MONDAY).name,
            "2026-W49",
        ),
        "the month whose report is next": (
            periods.monthly_next(SETTINGS, TIMES, DECEMBER).name,
            "2026-11",
        ),
        "the year of a period": (satisfaction.year_of(NEW_YEAR), 2027),
        "the year of a period that ends with it": (
            satisfaction.year_of(satisfaction.year_begins(2027)),
            2026,
        ),
        "the place and date of a document": (
            document.date_line("Đại Lãnh", NEW_YEAR, says),
            "Đại Lãnh, ngày 01 tháng 01 năm 2027",
        ),
        "a day in a report": (shown.day(NEW_YEAR), "01/01/2027"),
        "a day on the screen": (Words(VIETNAMESE).day(NEW_YEAR), "01/01/2027"),
        "a moment on the screen": (Words(VIETNAMESE).moment(NEW_YEAR), "01/01/2027 00:30"),
        "a day in a text to a citizen": (_day(NEW_YEAR), "01/01/2027"),
        "a moment in a message": (_moment(NEW_YEAR), "01/01/2027 00:30"),
        "today's results": (results.midnight(THURSDAY), local_time("2026-11-26 00:00")),
        "the leader's week": (day_of("received", MONDAY), date(2026, 11, 30)),
        "the week's answers": (day_of("answered", MONDAY), date(2026, 11, 30)),
        "how long things are kept": (
            rules.months_before(local_time("2027-03-01 00:30"), 1),
            local_time("2027-02-01 00:30"),
        ),
        "the night's copy": (
            backup.due(local_time("2026-11-25 01:31"), local_time("2026-11-26 01:29"), "01:30"),
            False,
        ),
        "the next night's copy": (
            backup.due(local_time("2026-11-25 01:31"), local_time("2026-11-26 01:31"), "01:30"),
            True,
        ),
        "the day of a budget": (limits.next_day(THURSDAY), fri_0),
        "a term that ends today": (deadline(row, THURSDAY, timedelta(days=2)), ("soon", 0)),
        "a list of calls from a day on": (
            calls._midnight("2026-11-26"),
            local_time("2026-11-26 00:00"),
        ),
    }
    wrong = {
        what: (got, wanted)
        for what, (got, wanted) in found.items()
        if got != wanted and (getattr(got, "how", None), getattr(got, "days", None)) != wanted
    }
    assert wrong == {}


def gaps(conn: Any, settings: Settings, now: datetime) -> list[str]:
    return [one.params["day"] for one in alarms.roster_gap(conn, settings.duty, TIMES, (), now)]


def holidays(now: datetime) -> list[alarms.Alarm]:
    return alarms.holidays_missing([2026], today_of_the_sweep(SETTINGS, now))


def today_of_the_sweep(settings: Settings, now: datetime) -> date:
    """The day for which the sweep that looks for trouble asks about official days."""
    asked: list[date] = []

    def missing(_years: object, today: date) -> list[alarms.Alarm]:
        asked.append(today)
        raise LookupError

    machine = MachineState(0, None, now, False, timedelta(0))
    view = AlarmView(None, settings, TIMES, (), now, machine)  # type: ignore[arg-type]
    (check,) = (check for check in CHECKS if "holidays" in check.names)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alarms, "holidays_missing", missing)
        with pytest.raises(LookupError):
            check.look(view)
    return asked[0]


def replace_row(**values: object) -> object:
    blank = dict.fromkeys(Row.__slots__)
    return Row(**{**blank, "state": "new", **values})  # type: ignore[arg-type]


def test_every_day_in_the_book_is_reckoned_in_vietnam(database: Database) -> None:
    """The same for what asks the database: filters, rate limits, keys, pictures, the roster of a call."""
    yesterday = local_time("2026-11-25 23:30")
    with database.writing() as conn:
        cast = hire(conn, yesterday)
        write(conn, "000001", yesterday)
        write(conn, "000002", THURSDAY)
        found: dict[str, tuple[object, object]] = {
            "a list until a day": (codes(conn, cast["clerk"], until=date(2026, 11, 25)), ["000001"]),
            "a list from a day on": (codes(conn, cast["clerk"], since=date(2026, 11, 26)), ["000002"]),
            "the youngest tickets": (
                pictures.by_state_and_age(conn, cast["clerk"], THURSDAY),
                (("classified", (2, 0, 0, 0)),),
            ),
            "a budget spent before midnight": (
                spends(conn, yesterday, yesterday + timedelta(minutes=40)),
                [True, True],
            ),
            "and one spent after it, up to seven": (
                spends(conn, THURSDAY, local_time("2026-11-26 07:30"), "b"),
                [True, False],
            ),
        }
        alarms.tell(conn, [alarms.Alarm("disk", params={"mb": "1", "least": "2"})], THURSDAY)
        keys = list(conn.execute(select(escalations.c.key)).scalars())
        found["the day of an alarm"] = (keys, ["alarm:disk:2026-11-26"])
        who = cast["head_of_office"]
        first = obstacles.enter(conn, "thiếu máy in", "An", who, yesterday)
        second = obstacles.enter(conn, "thiếu máy in", "An", who, THURSDAY)
        third = obstacles.enter(conn, "thiếu máy in", "An", who, local_time("2026-11-26 07:30"))
        found["an obstacle entered twice on one day"] = (
            [one is not None for one in (first, second, third)],
            [True, True, False],
        )
        settings = with_roster(wed=("an",), thu=("binh",))
        clock = HandClock(THURSDAY)
        prompts = OfficePrompts(settings, clock, load_texts())
        office = OfficeNow(settings, Calendars(settings, clock), prompts).at(conn, THURSDAY, None)
        times, _ = Calendars(settings, clock).now(conn)
        found["who is rung"] = (to_ring(conn, settings.duty, times, THURSDAY)[:1], ("binh",))
        found["a gap of the roster tomorrow"] = (gaps(conn, with_roster(fri=()), THURSDAY), ["27/11/2026"])
        found["a gap of the roster today"] = (gaps(conn, with_roster(thu=()), THURSDAY), ["26/11/2026"])
        found["no gap of the roster yesterday"] = (gaps(conn, with_roster(wed=()), THURSDAY), [])
        found["today on the telephone"] = (office.today, date(2026, 11, 26))
        ticket = file_ticket(conn, "000003", THURSDAY)
        due = OFFICE.add_days(ticket.opened_at, 1)
        found["the end of a term"] = (due, local_time("2026-11-27 17:00"))
    wrong = {what: pair for what, pair in found.items() if pair[0] != pair[1]}
    assert wrong == {}


def codes(conn: Any, person: Person, **given: Any) -> list[str]:
    where = ticket_filters.condition(Filters(which="all", **given), person, THURSDAY, timedelta(days=2))
    return list(conn.execute(select(tickets.c.code).where(and_(where)).order_by(tickets.c.code)).scalars())


def spends(conn: Any, first: datetime, second: datetime, scope: str = "a") -> list[bool]:
    return [rate_limits.spend(conn, scope, timedelta(days=1), 1, at) for at in (first, second)]


LOCAL_NAMES = {
    "session.date",
    "one.session.date",
    "here",
    "today",
    "day",
    "monday",
    "moment",
    "first",
    "last",
    "day.date",
    "days[0].date",
    "cell",  # of a file of the desk's software: it has no zone, and means the clock on the wall
}
"""Names under which a date, or a moment already in Vietnamese time, is held."""


def test_no_date_is_taken_from_a_moment_that_is_not_in_vietnamese_time() -> None:
    wrong = []
    for package in ("logbook", "scheduler", "ivr", "callflows"):
        for file in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                    continue
                holder = ast.unparse(node.func.value)
                if node.func.attr == "today" or (
                    node.func.attr in ("date", "weekday", "isocalendar")
                    and holder not in LOCAL_NAMES
                    and not holder.startswith("local(")
                ):
                    wrong.append(f"{file.relative_to(ROOT)}:{node.lineno}: {ast.unparse(node)}")
    assert wrong == []
