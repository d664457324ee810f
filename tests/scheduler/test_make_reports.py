"""Reports made when they are due: each once for ever, whoever runs, restarts or sets the clock."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from logbook.calendar.current import Calendars
from logbook.calls import calls
from logbook.clock import ZONE, Clock
from logbook.database.engine import Database
from logbook.database.tables import escalations
from logbook.reports import made
from logbook.settings.loading import load_settings
from scheduler.make_reports import ReportsDue
from tests import frozen


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def work_at(database: Database, moment: str) -> ReportsDue:
    """A scheduler that has just been started at that moment."""
    settings, clock = load_settings(frozen.OFFICE), Clock(at(moment))
    return ReportsDue(database, clock, settings, Calendars(settings, clock))


def ours() -> bool:
    return True


@pytest.fixture
def call(database: Database) -> None:
    """The first call ever: Tuesday 3 November 2026, 09:00."""
    ring(database, "CA1", "2026-11-03 09:00")


def ring(database: Database, sid: str, when: str) -> None:
    with database.writing() as conn:
        calls.begin(
            conn,
            sid=sid,
            direction="inbound",
            caller_raw="+84912345678",
            caller_number="+84912345678",
            called="+842583842102",
            language="vi",
            place="{}",
            time_shift=0,
            now=at(when),
        )


def periods(database: Database) -> list[str]:
    with database.reading() as conn:
        return [report.period for report in reversed(made.recent(conn, 40))]


def test_on_an_empty_book_nothing_is_made(database: Database) -> None:
    assert work_at(database, "2026-11-25 09:00").make(ours) == 0
    assert periods(database) == []


def test_the_weeks_report_is_made_at_its_hour_and_asks_the_chairman_to_confirm(
    database: Database, call: None
) -> None:
    assert work_at(database, "2026-11-06 15:59:59").make(ours) == 0
    assert work_at(database, "2026-11-06 16:01").make(ours) == 1
    assert periods(database) == ["2026-W45"]
    with database.reading() as conn:
        assert conn.execute(select(escalations.c.key, escalations.c.opened_at)).all() == [
            ("report:weekly:2026-W45", pytest.approx(at("2026-11-06 16:01"), abs=timedelta(seconds=30)))
        ]


def test_what_came_in_time_and_was_written_a_moment_later_is_in_the_report(
    database: Database, call: None
) -> None:
    assert work_at(database, "2026-11-06 16:00:05").make(ours) == 0
    ring(database, "CA2", "2026-11-06 15:59:59")
    assert work_at(database, "2026-11-06 16:00:30").make(ours) == 1
    with database.reading() as conn:
        seen = made.recent(conn, 1)[0].counted.named("calls.all")
    assert seen is not None
    assert seen.value == 2


@pytest.mark.row("F-05", "F-13")
def test_restarts_and_a_clock_set_back_and_forth_make_no_report_twice(database: Database, call: None) -> None:
    moments = ("2026-11-06 16:01", "2026-11-06 15:00", "2026-11-06 16:01", "2026-11-07 09:00")
    assert [work_at(database, moment).make(ours) for moment in moments] == [1, 0, 0, 0]
    assert periods(database) == ["2026-W45"]


@pytest.mark.row("F-05")
def test_two_runners_at_the_same_moment_make_one(database: Database, call: None) -> None:
    counts: list[int] = []
    runners = [
        threading.Thread(target=lambda: counts.append(work_at(database, "2026-11-06 16:01").make(ours)))
        for _ in range(3)
    ]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    assert sorted(counts) == [0, 0, 1]
    assert periods(database) == ["2026-W45"]


def test_after_a_downtime_every_missed_report_is_made_in_order_with_the_figures_of_its_time(
    database: Database, call: None
) -> None:
    ring(database, "CA2", "2026-11-06 16:30")
    ring(database, "CA3", "2026-12-01 09:00")
    assert work_at(database, "2026-12-03 08:00").make(ours) == 5
    assert periods(database) == ["2026-W45", "2026-W46", "2026-W47", "2026-W48", "2026-11"]
    with database.reading() as conn:
        counted = {report.period: report.counted for report in made.recent(conn, 9)}
    seen = {name: one.named("calls.all") for name, one in counted.items()}
    assert {name: one.value for name, one in seen.items() if one} == {
        "2026-W45": 1,
        "2026-W46": 1,
        "2026-W47": 0,
        "2026-W48": 0,
        "2026-11": 2,
    }
    assert [one.before for one in (seen["2026-W45"], seen["2026-W46"], seen["2026-W47"]) if one] == [
        None,
        1,
        1,
    ]


def test_a_day_off_entered_afterwards_leaves_no_gap_between_two_weeks(database: Database, call: None) -> None:
    assert work_at(database, "2026-11-06 16:01").make(ours) == 1
    with database.writing() as conn:
        from logbook.calendar import closures

        closures.override_day(conn, at("2026-11-06 00:00").date(), worked=False, reason="bão", document="1")
    assert work_at(database, "2026-11-13 16:01").make(ours) == 1
    with database.reading() as conn:
        last, first = made.recent(conn, 2)
    assert last.counted.begins == first.counted.ends == at("2026-11-06 16:00")


def test_whoever_loses_the_lease_stops_before_the_next_report(database: Database, call: None) -> None:
    answers = iter((True, False, True, True))
    assert work_at(database, "2026-11-20 16:01").make(lambda: next(answers)) == 1
    assert periods(database) == ["2026-W45"]
    assert work_at(database, "2026-11-20 16:01").make(ours) == 2


def test_the_office_is_reminded_once_on_the_working_day_before_the_monthly_report(
    database: Database, call: None
) -> None:
    moments = ("2026-12-01 16:59", "2026-12-02 07:29", "2026-12-02 07:30", "2026-12-02 09:00")
    assert [work_at(database, moment).remind(ours) for moment in moments] == [False, False, True, False]
    assert not work_at(database, "2026-12-02 08:00").remind(lambda: False)
    with database.reading() as conn:
        row = conn.execute(select(escalations).where(escalations.c.kind == "report_soon")).one()
    assert (row.key, row.ladder, row.settled_at) == ("report:monthly:2026-11:soon", "office", None)
    assert '"due": "2026-12-03T08:00:00+07:00"' in row.params
    assert work_at(database, "2026-12-03 08:00").run_once(ours) == 5
    with database.reading() as conn:
        row = conn.execute(select(escalations).where(escalations.c.kind == "report_soon")).one()
    assert row.settled_how == "moot"


@pytest.mark.row("F-13")
def test_nobody_is_reminded_of_a_report_that_is_there_or_of_an_empty_book(database: Database) -> None:
    assert not work_at(database, "2026-12-02 09:00").remind(ours)
    ring(database, "CA1", "2026-11-03 09:00")
    assert work_at(database, "2026-12-03 08:00").make(ours) == 5
    assert not work_at(database, "2026-12-02 09:00").remind(ours)
