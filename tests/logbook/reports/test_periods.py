"""Weeks and months of reports: when they are drawn, whatever the holidays."""

from datetime import date, timedelta

import pytest

from logbook.calendar.of_settings import WorkingTimes, working_times
from logbook.calendar.working_days import DayOverride
from logbook.reports.periods import (
    MONTHLY,
    MONTHS_BACK,
    WEEKLY,
    WEEKS_BACK,
    due,
    team_due,
    week_named,
    week_of,
    weekly_now,
)
from logbook.settings.loading import Settings
from tests.logbook.reports.busy_book import at


def closed(settings: Settings, *days: date) -> WorkingTimes:
    return working_times(settings, [DayOverride(day, worked=False, reason="bão") for day in days])


def test_a_week_is_monday_to_sunday_and_drawn_on_friday_at_four(
    settings: Settings, times: WorkingTimes
) -> None:
    week = week_of(date(2026, 11, 18), settings, times)
    assert (week.kind, week.name) == (WEEKLY, "2026-W47")
    assert (week.starts_on, week.ends_on) == (date(2026, 11, 16), date(2026, 11, 22))
    assert (week.begins, week.ends) == (at("2026-11-13 16:00"), at("2026-11-20 16:00"))
    assert week.due_at == week.ends


def test_when_friday_is_off_the_week_is_drawn_on_the_last_day_worked_before_it(settings: Settings) -> None:
    times = closed(settings, date(2026, 11, 20), date(2026, 11, 19))
    assert week_of(date(2026, 11, 18), settings, times).due_at == at("2026-11-18 16:00")
    assert week_of(date(2026, 11, 25), settings, times).begins == at("2026-11-18 16:00")


def test_a_week_without_any_working_day_is_drawn_on_the_first_one_after_it(
    settings: Settings, times: WorkingTimes
) -> None:
    tet = week_of(date(2026, 2, 18), settings, times)
    assert tet.due_at == at("2026-02-23 16:00")
    assert week_of(date(2026, 2, 25), settings, times).due_at == at("2026-02-27 16:00")


def test_no_moment_of_a_year_falls_between_two_weeks_or_into_both(
    settings: Settings, times: WorkingTimes
) -> None:
    first = date(2025, 12, 29)
    weeks = [week_of(first + timedelta(weeks=number), settings, times) for number in range(60)]
    assert [one.ends for one in weeks[:-1]] == [one.begins for one in weeks[1:]]
    assert all(one.begins < one.ends for one in weeks)


@pytest.mark.parametrize(
    ("name", "due_at"),
    [
        ("2026-11", "2026-12-03 08:00"),
        ("2026-10", "2026-11-04 08:00"),
        ("2026-08", "2026-09-07 08:00"),
        ("2025-12", "2026-01-07 08:00"),
    ],
)
def test_a_month_is_made_on_the_third_working_day_of_the_next(
    name: str, due_at: str, settings: Settings, times: WorkingTimes
) -> None:
    moment = at(due_at)
    ready = {period.name: period for period in due(settings, times, moment)}
    assert ready[name].due_at == moment
    assert name not in {period.name for period in due(settings, times, moment - timedelta(seconds=1))}
    assert ready[name].ends.day == 1
    assert ready[name].begins.strftime("%Y-%m-%d %H:%M") == f"{name}-01 00:00"


def test_after_a_long_downtime_at_most_eight_weeks_and_three_months_are_due(
    settings: Settings, times: WorkingTimes
) -> None:
    ready = due(settings, times, at("2026-11-25 09:00"))
    kinds = [period.kind for period in ready]
    assert (kinds.count(WEEKLY), kinds.count(MONTHLY)) == (WEEKS_BACK, MONTHS_BACK)
    assert [period.due_at for period in ready] == sorted(period.due_at for period in ready)
    assert [one.name for one in ready if one.kind == MONTHLY] == ["2026-08", "2026-09", "2026-10"]


def test_the_team_writes_for_the_week_that_is_drawn_next_and_an_hour_before_it(
    settings: Settings, times: WorkingTimes
) -> None:
    before = weekly_now(settings, times, at("2026-11-20 15:59"))
    after = weekly_now(settings, times, at("2026-11-20 16:00"))
    assert (before.name, after.name) == ("2026-W47", "2026-W48")
    assert team_due(before, settings, times) == at("2026-11-20 15:00")


def test_after_a_week_all_off_the_team_first_writes_for_that_week(
    settings: Settings, times: WorkingTimes
) -> None:
    moments = ("2026-02-22 20:00", "2026-02-23 15:59", "2026-02-23 16:00", "2026-02-27 16:00")
    names = [weekly_now(settings, times, at(moment)).name for moment in moments]
    assert names == ["2026-W08", "2026-W08", "2026-W09", "2026-W10"]


@pytest.mark.parametrize(
    "name",
    ["", "2026-W54", "2026-W00", "2026-11", "26-W47", "2026-W4", "9999-W01", "2026-W４7", "x" * 50],
)
def test_whatever_is_no_week_is_none(name: str, settings: Settings, times: WorkingTimes) -> None:
    assert week_named(name, settings, times) is None


def test_a_week_is_found_again_by_its_name(settings: Settings, times: WorkingTimes) -> None:
    week = week_of(date(2026, 12, 31), settings, times)
    assert week.name == "2026-W53"
    assert week_named("2026-W53", settings, times) == week
