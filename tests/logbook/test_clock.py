"""The clock: aware, movable, and strict about what a moment looks like."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from logbook.clock import ZONE, Clock, local, parse_moment, parse_start, put_to


def test_the_ordinary_clock_tells_the_present_in_utc() -> None:
    clock = Clock()
    assert not clock.moved
    assert clock.now().tzinfo is UTC
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=60)


def test_a_moved_clock_goes_on_from_where_it_was_put(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(datetime(2026, 11, 25, 9, 10, tzinfo=ZONE))
    begun = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: begun + 90.0)
    assert clock.moved
    late = clock.now() - datetime(2026, 11, 25, 2, 11, 30, tzinfo=UTC)
    assert timedelta(0) <= late < timedelta(seconds=60)


@pytest.mark.row("F-13")
def test_a_jump_of_the_machines_time_does_not_move_a_moved_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(datetime(2026, 11, 25, tzinfo=UTC))
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert abs(clock.now() - datetime(2026, 11, 25, tzinfo=UTC)) < timedelta(seconds=60)
    assert clock.monotonic() <= clock.monotonic()


def test_a_naive_start_or_instant_is_refused() -> None:
    naive = datetime(2026, 11, 25, tzinfo=UTC).replace(tzinfo=None)
    with pytest.raises(ValueError, match="naive"):
        Clock(naive)
    with pytest.raises(ValueError, match="naive"):
        local(naive)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-25T09:10:00+07:00",
        "2026-11-25T09:10",
        "2026-11-25 09:10",
        "2026-11-25T02:10Z",
        " 2026-11-25t02:10:00z ",
        "2026-11-24T21:10:00-05:00",
        "2026-11-25T09:10:00.000+07:00",
    ],
)
def test_a_moment_is_read_with_its_offset_or_as_vietnamese_time(text: str) -> None:
    found = parse_moment(text)
    assert found == datetime(2026, 11, 25, 2, 10, tzinfo=UTC)
    assert found.tzinfo is UTC
    assert local(found).hour == 9


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-25",
        "25/11/2026 09:10",
        "2026-13-01T00:00",
        "2026-02-30T00:00",
        "2026-11-25T25:00",
        "2026-11-25T09:10+7",
        "2026-11-25T09:10+99:99",
        "٢٠٢٦-11-25T09:10",
        "0001-01-01T00:00",
        "9999-12-31T23:59-07:00",
        "now",
        "2026-11-25T09:10\x00",
    ],
)
def test_anything_else_is_no_moment(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_moment(text)


def test_a_clock_that_is_running_already_is_joined_where_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    put = put_to(datetime(2026, 12, 10, 9, tzinfo=ZONE))
    real = Clock().now()
    monkeypatch.setattr(Clock, "now", lambda _: real + timedelta(days=2))
    gone_on = parse_start(put) - datetime(2026, 12, 12, 9, tzinfo=ZONE)
    assert abs(gone_on) < timedelta(seconds=60)
    monkeypatch.setattr(Clock, "now", lambda _: real - timedelta(days=2))
    assert parse_start(put) == datetime(2026, 12, 10, 9, tzinfo=ZONE), "it never stands before its start"


def test_a_start_without_more_is_a_moment_and_half_a_clock_is_refused() -> None:
    assert parse_start("2026-12-10T09:00") == datetime(2026, 12, 10, 9, tzinfo=ZONE)
    with pytest.raises(ValueError, match="not a moment"):
        parse_start("2026-12-10T09:00@mai")
    with pytest.raises(ValueError, match="not a moment"):
        parse_start("@2026-12-10T09:00")
