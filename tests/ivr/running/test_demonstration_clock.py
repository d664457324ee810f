"""The clock of a demonstration: where it begins, and that every process and command shares it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ivr.running import demonstration_clock
from ivr.running.demonstration_clock import AHEAD, SHUT, beginning, join, let_go, sentence, set_going
from logbook.calendar.of_settings import working_times
from logbook.clock import Clock, local, parse_moment
from logbook.settings.loading import load_settings
from tests import frozen
from tests.frozen import CONFIG


@pytest.fixture(scope="module")
def works() -> Callable[[datetime], bool]:
    times = working_times(load_settings(frozen.OFFICE))
    return lambda moment: times.office.at(moment).is_open and times.hotline.at(moment).is_open


@pytest.mark.parametrize(
    ("now", "begins"),
    [
        ("2026-11-25T09:10", None),
        ("2026-11-25T16:29", None),
        ("2026-11-25T07:40", "2026-11-25T09:00"),
        ("2026-11-25T12:00", "2026-11-26T09:00"),
        ("2026-11-25T16:45", "2026-11-26T09:00"),
        ("2026-11-21T21:32", "2026-11-23T09:00"),
        ("2026-11-27T17:00", "2026-11-30T09:00"),
        ("2026-09-01T18:00", "2026-09-03T09:00"),
        ("2026-02-15T10:00", "2026-02-23T09:00"),
    ],
)
def test_outside_working_time_it_begins_on_the_next_working_morning_at_nine(
    works: Callable[[datetime], bool], now: str, begins: str | None
) -> None:
    seen = beginning(parse_moment(now), None, works)
    if begins is None:
        assert seen is None
        return
    assert seen is not None
    assert (seen[0].astimezone(), seen[1]) == (parse_moment(begins).astimezone(), SHUT)


@pytest.mark.parametrize(
    ("now", "newest", "begins"),
    [
        ("2026-11-25T09:10", "2026-11-25T09:09", None),
        ("2026-11-25T09:10", "2026-12-10T10:20", "2026-12-10T10:20"),
        ("2026-11-25T09:10", "2026-12-10T16:40", "2026-12-11T09:00"),
        ("2026-11-21T21:00", "2026-12-10T09:00", "2026-12-10T09:00"),
    ],
)
def test_it_never_turns_back_the_book_of_an_earlier_demonstration(
    works: Callable[[datetime], bool], now: str, newest: str, begins: str | None
) -> None:
    seen = beginning(parse_moment(now), parse_moment(newest), works)
    assert (seen and seen[0]) == (begins and parse_moment(begins))


def test_an_office_that_is_never_open_at_nine_keeps_the_real_time() -> None:
    assert beginning(parse_moment("2026-11-25T09:10"), None, lambda _: False) is None


def test_it_says_why_and_how_to_choose_another_time() -> None:
    said = sentence((local(parse_moment("2026-11-26T09:00")), SHUT))
    assert said.startswith("Bây giờ ngoài giờ làm việc; bản chạy thử lấy giờ 09:00 26/11/2026.")
    assert "TONGDAI_NOW=2026-11-26T09:00 make run" in said
    assert AHEAD in sentence((local(parse_moment("2026-11-26T09:00")), AHEAD))


def started_at(environ: dict[str, str]) -> datetime:
    """What a process with this environment takes for the present."""
    start = load_settings({**environ, "TONGDAI_CONFIG": str(CONFIG)}).starts_at
    assert start is not None
    return start


def test_processes_started_later_and_commands_elsewhere_share_the_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begins, real = parse_moment("2026-12-10T09:00"), Clock().now()
    children: dict[str, str] = {}
    set_going(children, tmp_path, begins, None)
    monkeypatch.setattr(Clock, "now", lambda _: real + timedelta(hours=3, minutes=7))
    expected = begins + timedelta(hours=3, minutes=7)
    assert abs(started_at(children) - expected) < timedelta(seconds=5)
    command = {"TONGDAI_DATA": str(tmp_path)}
    join(command)
    assert started_at(command) == started_at(children)


def test_a_command_with_a_moment_of_its_own_keeps_it(tmp_path: Path) -> None:
    set_going({}, tmp_path, parse_moment("2026-12-10T09:00"), None)
    command = {"TONGDAI_DATA": str(tmp_path), "TONGDAI_NOW": "2026-11-25T09:10"}
    join(command)
    assert command["TONGDAI_NOW"] == "2026-11-25T09:10"


def test_production_never_follows_a_demonstrations_clock(tmp_path: Path) -> None:
    set_going({}, tmp_path, parse_moment("2026-12-10T09:00"), None)
    production = {
        "TONGDAI_DATA": str(tmp_path),
        "TONGDAI_MODE": "production",
        "TONGDAI_PUBLIC_URL": "https://tongdai.example.vn",
        "TWILIO_ACCOUNT_SID": "AC" + "f" * 32,
        "TWILIO_AUTH_TOKEN": "a token nobody knows",
        "SECRET_KEY": "a secret nobody knows",
    }
    join(production)
    assert "TONGDAI_NOW" not in production


@pytest.mark.parametrize("left", ["", "gibberish", "2026-12-10T09:00@mai", "@2026-12-10T09:00"])
def test_a_broken_file_is_as_none(tmp_path: Path, left: str) -> None:
    (tmp_path / demonstration_clock.FILE).write_text(left)
    command = {"TONGDAI_DATA": str(tmp_path)}
    join(command)
    assert "TONGDAI_NOW" not in command


def test_when_the_demonstration_is_over_or_keeps_real_time_nothing_is_left(tmp_path: Path) -> None:
    set_going({}, tmp_path, parse_moment("2026-12-10T09:00"), None)
    let_go(tmp_path)
    assert list(tmp_path.iterdir()) == []
    set_going({}, tmp_path, parse_moment("2026-12-10T09:00"), None)
    children: dict[str, str] = {}
    set_going(children, tmp_path, None, None)
    assert (list(tmp_path.iterdir()), children) == ([], {})
    let_go(tmp_path)
