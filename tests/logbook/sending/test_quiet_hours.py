"""When somebody may be notified: against a slow oracle, at the edges, in every zone of the process."""

import os
import random
import subprocess
import sys
from datetime import datetime
from typing import Any

import pytest

from logbook.calendar.working_days import WorkingDays
from logbook.calendar.working_time import WorkingTime
from logbook.opening_hours import Window
from logbook.sending.quiet_hours import TellingHours
from tests.frozen import CONFIG, HOUSE
from tests.logbook.calendar_oracle import OFFICE as HOURS
from tests.logbook.calendar_oracle import Oracle
from tests.town_hall import MINUTE, OFFICE, SETTINGS, local_time

ORACLE = Oracle(2026, HOURS)


def hours(office: WorkingTime = OFFICE, **notifications: Any) -> TellingHours:
    return TellingHours(SETTINGS.notifications.model_copy(update=notifications), office)


def windows(*texts: str) -> tuple[Window, ...]:
    return tuple(Window.parse(text) for text in texts)


def quietly(minute: int, quiet: tuple[tuple[int, int], ...]) -> bool:
    return any(start <= minute % 1440 < end for start, end in quiet)


QUIETS = {
    "as shipped": (("00:00-06:00", "21:00-24:00"), ((0, 360), (1260, 1440))),
    "over lunch and the first hour": (("00:00-08:15", "11:00-14:00"), ((0, 495), (660, 840))),
    "none": ((), ()),
}
SPANS = {
    "Tết": ("2026-02-12 00:00", 15),
    "a swapped week": ("2026-01-01 00:00", 12),
    "an ordinary fortnight": ("2026-11-20 00:00", 14),
}


@pytest.mark.row("F-13")
@pytest.mark.row("F-14")
@pytest.mark.parametrize("span", SPANS)
@pytest.mark.parametrize("quiet", QUIETS)
@pytest.mark.parametrize("urgent", [False, True])
def test_a_brute_force_counter_of_minutes_finds_the_same_moments(span: str, quiet: str, urgent: bool) -> None:
    texts, minutes = QUIETS[quiet]
    judged = hours(quiet_hours=windows(*texts))
    chance, (begin, days) = random.Random(f"{span}{quiet}{urgent}"), SPANS[span]
    first = ORACLE.minute(local_time(begin))

    def free(minute: int) -> int:
        while quietly(minute, minutes) or not (urgent or ORACLE.worked[minute]):
            minute += 1
        return minute

    for _ in range(120):
        start, wait = first + chance.randrange(days * 1440), chance.choice((0, 1, 15, 60, 240, 500))
        moment = ORACLE.instant(start)
        passed = start + wait if urgent else ORACLE.add(start, wait)
        tomorrow = (start // 1440 + 1) * 1440
        while quietly(tomorrow, minutes) or not ORACLE.worked[tomorrow]:
            tomorrow += 1
        assert judged.earliest(moment, urgent=urgent) == ORACLE.instant(free(start))
        assert judged.after(moment, wait, urgent=urgent) == ORACLE.instant(free(passed))
        assert judged.next_day(moment) == ORACLE.instant(tomorrow)


@pytest.mark.parametrize(
    ("moment", "urgent", "in_quiet", "any_hour", "may"),
    [
        ("2026-11-25 22:00", True, False, True, "2026-11-26 06:00"),
        ("2026-11-25 22:00", True, True, True, "2026-11-25 22:00"),
        ("2026-11-28 12:00", True, False, True, "2026-11-28 12:00"),
        ("2026-11-28 12:00", True, False, False, "2026-11-30 07:30"),
        ("2026-11-28 12:00", False, True, True, "2026-11-30 07:30"),
        ("2026-11-25 11:30", False, False, True, "2026-11-25 13:30"),
        ("2026-11-25 17:00", False, False, True, "2026-11-26 07:30"),
        ("2026-11-25 16:59", False, False, True, "2026-11-25 16:59"),
    ],
)
def test_nobody_is_disturbed_at_night_or_at_week_ends_unless_it_is_urgent(
    moment: str, urgent: bool, in_quiet: bool, any_hour: bool, may: str
) -> None:
    judged = hours(urgent_in_quiet_hours=in_quiet, urgent_at_any_hour=any_hour)
    assert judged.earliest(local_time(moment), urgent=urgent) == local_time(may)


def test_a_wait_used_up_at_the_end_of_the_day_falls_on_the_next_morning() -> None:
    assert hours().after(local_time("2026-11-27 16:45"), 15, urgent=False) == local_time("2026-11-30 07:30")
    assert hours().after(local_time("2026-11-27 16:45"), 15, urgent=True) == local_time("2026-11-27 17:00")
    assert hours().after(local_time("2026-11-27 20:50"), 15, urgent=True) == local_time("2026-11-28 06:00")


def test_settings_that_would_keep_everybody_silent_for_ever_are_not_believed() -> None:
    noon = local_time("2026-11-25 12:00")
    always_quiet = hours(quiet_hours=windows("00:00-24:00"))
    assert always_quiet.earliest(noon, urgent=False) == local_time("2026-11-25 13:30")
    assert always_quiet.earliest(noon, urgent=True) == noon
    never_open = hours(WorkingTime({}, (), WorkingDays()))
    assert never_open.earliest(noon, urgent=False) == noon
    assert never_open.after(noon, 15, urgent=False) == noon + 15 * MINUTE
    assert never_open.next_day(noon) == local_time("2026-11-26 00:00")


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        hours().earliest(datetime(2026, 11, 25, 9), urgent=False)  # noqa: DTZ001


QUESTIONS = """
import sys
from datetime import UTC, datetime, timedelta
from logbook.calendar.of_settings import working_times
from logbook.tickets import deadlines
from logbook.settings.loading import load_settings
from logbook.sending.quiet_hours import TellingHours
settings = load_settings({"TONGDAI_CONFIG": sys.argv[1]})
office = working_times(settings).office
hours = TellingHours(settings.notifications, office)
moment = datetime(2026, 2, 12, 15, 0, tzinfo=UTC)
for _ in range(60):
    moment += timedelta(hours=7, minutes=31)
    due = office.add_days(moment, 10)
    print(hours.earliest(moment, urgent=False).isoformat(), hours.after(moment, 45, urgent=True).isoformat(),
          hours.next_day(moment).isoformat(), due.isoformat(),
          deadlines.reminded_at(due, moment, 1, office).isoformat())
"""


PLANTED = """
from datetime import datetime
from logbook.sending import quiet_hours
quiet_hours.local = datetime.astimezone
"""
"""A bug: the day of the process's own zone instead of Vietnam's."""


def told_in_three_zones(planted: str = "") -> set[str]:
    return {
        subprocess.run(
            [sys.executable, "-c", planted + QUESTIONS, str(CONFIG)],
            env={"PATH": os.environ["PATH"], "TZ": zone},
            cwd=HOUSE,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for zone in ("UTC", "Asia/Ho_Chi_Minh", "America/New_York")
    }


@pytest.mark.row("F-13")
def test_the_zone_of_the_process_changes_no_moment() -> None:
    (only,) = told_in_three_zones()
    assert only.count("\n") == 60


@pytest.mark.row("F-13")
def test_a_planted_bug_that_asks_the_zone_of_the_process_is_found_out() -> None:
    assert len(told_in_three_zones(PLANTED)) == 3
