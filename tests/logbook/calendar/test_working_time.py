"""The calendar against a slow second opinion, against literal dates, and at its edges."""

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logbook.calendar.working_days import DayKind, DayOverride, WorkingDays
from logbook.calendar.working_time import Closure, LineState, WorkingTime
from logbook.clock import ZONE
from logbook.opening_hours import Window, in_order
from tests.logbook.calendar_oracle import HOTLINE, OFFICE, Oracle, Shut

OVERRIDES = (
    DayOverride(
        date(2026, 1, 2), worked=False, reason="Tết Dương lịch (hoán đổi)", document="12729/VPCP-KGVX"
    ),
    DayOverride(date(2026, 1, 10), worked=True, reason="làm bù", document="12729/VPCP-KGVX"),
    DayOverride(date(2028, 4, 28), worked=False, reason="nghỉ hoán đổi"),
    DayOverride(date(2028, 5, 6), worked=True, reason="làm bù"),
)
# From inside one window to inside another, over a whole weekend, and within one lunch break.
SHUT = (
    Shut(60 * 24 * 64 + 600, 60 * 24 * 66 + 500),
    Shut(60 * 24 * 127, 60 * 24 * 131 + 540),
    Shut(95_700, 95_800),
)
ZONES = ("UTC", "Asia/Ho_Chi_Minh", "America/New_York")


def working_time(*windows: str) -> WorkingTime:
    parsed = tuple(Window.parse(window) for window in windows)
    return WorkingTime(dict.fromkeys(range(5), parsed), parsed, WorkingDays(OVERRIDES))


@cache
def hotline() -> WorkingTime:
    return working_time("08:00-11:00", "14:00-16:30")


@cache
def office() -> WorkingTime:
    return working_time("07:30-11:30", "13:30-17:00")


@cache
def office_oracle(year: int) -> Oracle:
    return Oracle(year, OFFICE)


@cache
def hotline_oracle(year: int) -> Oracle:
    return Oracle(year, HOTLINE, SHUT)


@pytest.fixture(params=ZONES)
def host_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


def vn(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.row("000-12")
@pytest.mark.row("F-13")
@pytest.mark.row("F-14")
@pytest.mark.proof
@pytest.mark.parametrize("year", [2026, 2028])
def test_every_minute_of_a_year_agrees_with_the_slow_opinion_on_any_host(year: int, host_zone: str) -> None:
    """Every third minute in each host zone, all of them together, and all half hours in every zone."""
    oracle, calendar, third = hotline_oracle(year), hotline(), ZONES.index(host_zone)
    closures = [Closure(oracle.instant(s.first), oracle.instant(s.last), "bão") for s in SHUT]
    closes = -1
    for minute in range(oracle.year_minutes):
        if minute % 3 != third and minute % 30 not in (0, 29):
            continue
        instant, expected = oracle.instant(minute), oracle.states[minute]
        found = calendar.at(instant, closures)
        assert found.state == expected, instant
        if expected == "open":
            closes = oracle.closes(minute) if closes <= minute else closes
            assert found.next_opening is None
            assert found.closes_at == oracle.instant(closes), instant
        else:
            assert found.closes_at is None
            assert found.next_opening == oracle.instant(oracle.opens[minute]), instant


@pytest.mark.row("000-12")
@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("2026-11-25T07:59:59", LineState.BEFORE),
        ("2026-11-25T08:00:00", LineState.OPEN),
        ("2026-11-25T10:59:59.999999", LineState.OPEN),
        ("2026-11-25T11:00:00", LineState.LUNCH),
        ("2026-11-25T13:59:59", LineState.LUNCH),
        ("2026-11-25T14:00:00", LineState.OPEN),
        ("2026-11-25T16:29:59", LineState.OPEN),
        ("2026-11-25T16:30:00", LineState.AFTER),
        ("2026-11-28T09:00:00", LineState.WEEKEND),
        ("2026-11-24T09:00:00", LineState.HOLIDAY),
        ("2026-08-22T09:00:00", LineState.OPEN),
        ("2026-08-22T12:00:00", LineState.LUNCH),
    ],
)
def test_the_line_is_in_exactly_one_state_at_the_edges_of_its_hours(text: str, state: LineState) -> None:
    assert hotline().at(vn(text)).state is state


def test_the_team_keeps_other_hours_than_the_hotline() -> None:
    team = working_time("08:00-10:00", "14:00-16:00")
    assert not team.at(vn("2026-11-25T10:30")).is_open
    assert hotline().at(vn("2026-11-25T10:30")).is_open
    assert team.at(vn("2026-11-25T15:59")).closes_at == vn("2026-11-25T16:00")


def test_eight_working_hours_received_on_friday_afternoon_run_over_weekend_and_holiday() -> None:
    assert office().add(vn("2026-11-20T16:00"), timedelta(hours=8)) == vn("2026-11-23T16:30")
    assert office().add(vn("2026-11-23T16:00"), timedelta(hours=8)) == vn("2026-11-25T16:30")
    assert office().add(vn("2026-02-13T16:00"), timedelta(hours=8)) == vn("2026-02-23T16:30")


TET = {
    2023: "22/1", 2024: "10/2", 2025: "29/1", 2026: "17/2", 2027: "6/2", 2028: "26/1", 2029: "13/2",
    2030: "3/2", 2031: "23/1", 2032: "11/2", 2033: "31/1", 2034: "19/2", 2035: "8/2",
}  # fmt: skip
GIO_TO = {
    2023: "29/4", 2024: "18/4", 2025: "7/4", 2026: "26/4", 2027: "16/4", 2028: "4/4", 2029: "23/4",
    2030: "12/4", 2031: "1/4", 2032: "19/4", 2033: "9/4", 2034: "28/4", 2035: "17/4",
}  # fmt: skip


@pytest.mark.row("F-14")
@pytest.mark.parametrize("year", sorted(TET))
def test_the_first_day_of_tet_and_the_ancestors_day_fall_where_the_almanac_says(year: int) -> None:
    days = WorkingDays()
    for table, name in ((TET, "Tết Nguyên Đán"), (GIO_TO, "Giỗ Tổ Hùng Vương")):
        day, month = (int(part) for part in table[year].split("/"))
        known = days.day(date(year, month, day))
        assert known.kind is DayKind.HOLIDAY
        assert name in known.name


def test_a_holiday_is_named_so_that_a_voice_can_read_it() -> None:
    days = WorkingDays(OVERRIDES)
    assert days.day(date(2027, 2, 4)).spoken == "Tết Nguyên đán"
    assert days.day(date(2026, 2, 19)).spoken == "Tết Nguyên đán"
    assert days.day(date(2026, 1, 1)).spoken == "Tết Dương lịch"
    assert days.day(date(2026, 1, 2)).spoken == "Tết Dương lịch"
    assert days.day(date(2026, 8, 31)).spoken == "nghỉ bù"
    assert days.day(date(2026, 4, 27)).spoken == "ngày Giỗ Tổ Hùng Vương"
    assert hotline().at(vn("2026-09-02T09:00")).reason == "Quốc khánh"


def test_an_override_wins_over_the_package_in_both_directions() -> None:
    days = WorkingDays([*OVERRIDES, DayOverride(date(2026, 11, 24), worked=True, reason="đi làm")])
    assert days.day(date(2026, 1, 2)).kind is DayKind.HOLIDAY
    assert days.day(date(2026, 1, 2)).document == "12729/VPCP-KGVX"
    assert days.day(date(2026, 1, 10)).kind is DayKind.MAKEUP
    assert days.day(date(2026, 11, 24)).kind is DayKind.WORKING
    assert days.is_working_day(date(2026, 8, 22))
    assert WorkingDays().is_working_day(date(2026, 1, 2))


def test_two_overrides_of_one_day_are_refused() -> None:
    with pytest.raises(ValueError, match="two overrides"):
        WorkingDays([OVERRIDES[0], OVERRIDES[0]])


# Received, working days, due: worked out by hand with the official calendars of 2026 and the rules for 2028.
DUE = [
    ("2026-01-01T09:00", 1, "2026-01-05T17:00"),
    ("2026-01-09T09:00", 1, "2026-01-10T17:00"),
    ("2026-01-10T09:00", 1, "2026-01-12T17:00"),
    ("2026-02-13T09:00", 1, "2026-02-23T17:00"),
    ("2026-02-15T23:59", 10, "2026-03-06T17:00"),
    ("2026-02-13T23:59", 5, "2026-02-27T17:00"),
    ("2026-04-24T10:00", 1, "2026-04-28T17:00"),
    ("2026-04-24T10:00", 3, "2026-05-04T17:00"),
    ("2026-04-29T16:59", 1, "2026-05-04T17:00"),
    ("2026-08-21T08:00", 1, "2026-08-22T17:00"),
    ("2026-08-21T08:00", 6, "2026-08-28T17:00"),
    ("2026-08-21T08:00", 7, "2026-09-03T17:00"),
    ("2026-08-28T17:30", 1, "2026-09-03T17:00"),
    ("2026-11-20T09:00", 2, "2026-11-25T17:00"),
    ("2026-11-23T09:00", 1, "2026-11-25T17:00"),
    ("2026-11-25T09:10", 10, "2026-12-09T17:00"),
    ("2026-11-28T09:00", 1, "2026-11-30T17:00"),
    ("2026-12-31T23:59", 1, "2027-01-04T17:00"),
    ("2026-12-24T08:00", 10, "2027-01-08T17:00"),
    ("2028-02-28T08:00", 1, "2028-02-29T17:00"),
    ("2028-02-29T08:00", 1, "2028-03-01T17:00"),
    ("2028-02-25T08:00", 5, "2028-03-03T17:00"),
    ("2028-01-23T23:59", 1, "2028-01-31T17:00"),
    ("2028-01-21T12:00", 2, "2028-02-01T17:00"),
    ("2028-04-27T12:00", 1, "2028-05-03T17:00"),
    ("2028-04-27T12:00", 4, "2028-05-06T17:00"),
    ("2028-12-29T12:00", 1, "2029-01-02T17:00"),
]


@pytest.mark.row("F-14")
@pytest.mark.parametrize(("received", "days", "due"), DUE)
def test_a_due_date_worked_out_by_hand_is_met(received: str, days: int, due: str, host_zone: str) -> None:
    assert office().add_days(vn(received), days) == vn(due)


@pytest.mark.row("F-14")
@pytest.mark.parametrize("year", [2026, 2028])
@pytest.mark.parametrize("days", [1, 2, 5, 10, 20])
def test_due_dates_from_every_day_of_a_year_agree_with_the_slow_opinion(year: int, days: int) -> None:
    oracle = office_oracle(year)
    for minute in range(719, oracle.year_minutes, 1440):
        found = office().add_days(oracle.instant(minute), days)
        assert found == oracle.instant(oracle.due(minute, days)), oracle.instant(minute)


@given(
    year=st.sampled_from([2026, 2028]),
    minute=st.integers(0, 366 * 1440 - 1),
    working=st.integers(1, 60 * 60),
)
@settings(deadline=None)
def test_adding_working_time_agrees_with_counting_minutes(year: int, minute: int, working: int) -> None:
    oracle = office_oracle(year)
    found = office().add(oracle.instant(minute), timedelta(minutes=working))
    assert found == oracle.instant(oracle.add(minute, working))
    assert office().between(oracle.instant(minute), found) == timedelta(minutes=working)


@given(
    year=st.sampled_from([2026, 2028]),
    begin=st.integers(0, 366 * 1440 - 1),
    length=st.integers(0, 30 * 1440),
)
@settings(deadline=None)
def test_working_time_between_two_instants_agrees_with_counting_minutes(
    year: int, begin: int, length: int
) -> None:
    oracle = office_oracle(year)
    first, last = oracle.instant(begin), oracle.instant(begin + length)
    expected = timedelta(minutes=oracle.between(begin, begin + length))
    assert office().between(first, last) == expected
    assert office().between(last, first) == -expected


def test_seconds_are_kept_when_working_time_is_added() -> None:
    assert office().add(vn("2026-11-25T11:29:30"), timedelta(minutes=1)) == vn("2026-11-25T13:30:30")
    assert office().add(vn("2026-11-25T11:29:00"), timedelta(minutes=1)) == vn("2026-11-25T11:30:00")


def test_no_working_time_to_add_changes_nothing() -> None:
    assert office().add(vn("2026-11-28T03:00"), timedelta(0)) == vn("2026-11-28T03:00")


def test_a_line_open_day_and_night_never_closes_until_somebody_shuts_it() -> None:
    whole = (Window.parse("00:00-24:00"),)
    always = WorkingTime(dict.fromkeys(range(7), whole), whole, WorkingDays())
    now = vn("2026-03-03T23:59")
    assert always.at(now).closes_at == vn("2026-04-26T00:00")
    shut = Closure(vn("2026-03-05T10:00"), None, "bão")
    assert always.at(now, [shut]).closes_at == shut.starts_at
    assert always.at(vn("2026-03-06T10:00"), [shut]).next_opening is None


def test_a_weekend_morning_with_windows_of_its_own_is_open() -> None:
    saturday = WorkingTime({5: (Window.parse("08:00-11:00"),)}, (), WorkingDays())
    assert saturday.at(vn("2026-11-28T09:00")).is_open
    assert saturday.at(vn("2026-11-28T12:00")).state is LineState.AFTER
    assert saturday.at(vn("2026-11-27T09:00")).state is LineState.AFTER
    assert saturday.at(vn("2026-11-27T09:00")).next_opening == vn("2026-11-28T08:00")
    with pytest.raises(ValueError, match="no working time"):
        saturday.add_days(vn("2026-11-27T09:00"), 1)


def test_a_closure_wins_inside_and_says_why_and_when_it_ends() -> None:
    storm = Closure(vn("2026-11-25T09:00"), vn("2026-11-25T12:00"), "bão số mười ba")
    before = hotline().at(vn("2026-11-25T08:59"), [storm])
    inside = hotline().at(vn("2026-11-25T11:30"), [storm])
    assert (before.state, before.closes_at) == (LineState.OPEN, vn("2026-11-25T09:00"))
    assert (inside.state, inside.reason) == (LineState.CLOSURE, "bão số mười ba")
    assert inside.next_opening == vn("2026-11-25T14:00")
    assert hotline().at(vn("2026-11-25T12:00"), [storm]).state is LineState.LUNCH


def test_a_closure_that_lasts_until_a_window_ends_leaves_nothing_of_that_window() -> None:
    storm = Closure(vn("2026-11-25T09:00"), vn("2026-11-25T11:00"), "bão")
    assert hotline().next_opening(vn("2026-11-25T10:00"), [storm]) == vn("2026-11-25T14:00")


def test_closures_that_follow_each_other_are_passed_one_after_the_other() -> None:
    first = Closure(vn("2026-11-25T09:00"), vn("2026-11-25T15:00"), "bão")
    second = Closure(vn("2026-11-25T15:00"), vn("2026-11-26T09:30"), "lụt")
    assert hotline().next_opening(vn("2026-11-25T10:00"), [second, first]) == vn("2026-11-26T09:30")


@pytest.mark.row("F-13")
def test_just_after_midnight_in_vietnam_is_the_new_day_though_utc_still_has_the_old_one(
    host_zone: str,
) -> None:
    assert hotline().at(datetime(2026, 11, 24, 17, 30, tzinfo=UTC)).state is LineState.BEFORE
    assert hotline().at(datetime(2026, 11, 23, 17, 30, tzinfo=UTC)).state is LineState.HOLIDAY


def test_a_naive_time_is_refused_everywhere() -> None:
    naive = vn("2026-11-25T09:00").replace(tzinfo=None)
    for ask in (
        lambda: hotline().at(naive),
        lambda: hotline().add(naive, timedelta(hours=1)),
        lambda: hotline().add_days(naive, 1),
        lambda: hotline().between(naive, naive),
    ):
        with pytest.raises(ValueError, match="naive"):
            ask()


def test_terms_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        hotline().add(vn("2026-11-25T09:00"), timedelta(minutes=-1))
    with pytest.raises(ValueError, match="at least one"):
        hotline().add_days(vn("2026-11-25T09:00"), 0)
    with pytest.raises(ValueError, match="ten years"):
        hotline().add_days(vn("2026-11-25T09:00"), 100_000)


@pytest.mark.parametrize(
    "text", ["8:00-11:00", "08:00", "11:00-08:00", "08:00-08:00", "08:00-24:01", "08:60-09:00", ""]
)
def test_a_window_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="window"):
        Window.parse(text)


def test_windows_that_overlap_or_stand_in_the_wrong_order_are_refused() -> None:
    morning, noon = Window.parse("08:00-11:00"), Window.parse("10:59-12:00")
    with pytest.raises(ValueError, match="overlap"):
        in_order([morning, noon])
    with pytest.raises(ValueError, match="overlap"):
        WorkingTime({0: (noon, morning)}, (), WorkingDays())
    assert str(Window.parse("20:00-24:00")) == "20:00-24:00"
