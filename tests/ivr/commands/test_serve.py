"""`tongdai serve` in a demonstration: when it begins, what it prints, and its clock in every process."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ivr.line.hotline import open_hotline
from ivr.running import demonstration
from ivr.running.demonstration_clock import FILE
from ivr.running.own_name import own_name
from ivr.running.prepare import prepare
from ivr.running.supervisor import Child, Supervisor
from logbook.calls import calls
from logbook.clock import Clock, parse_moment
from logbook.settings.loading import Settings, load_settings
from tests.frozen import CONFIG, HOUSE
from tests.suite.ports import free_port
from tests.suite.waiting import PATIENCE, until


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A demonstration with an empty database; what it does to the environment is undone."""
    monkeypatch.setenv("TONGDAI_MODE", "demo")
    monkeypatch.setenv("TONGDAI_CONFIG", str(CONFIG))
    monkeypatch.setenv("TONGDAI_DATA", str(tmp_path))
    monkeypatch.setenv("TONGDAI_NOW", "")
    hotline = open_hotline(load_settings())
    prepare(hotline)
    hotline.database.close()
    return hotline.settings


def at(moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the machine's time be this."""
    present = parse_moment(moment)
    real = Clock.now
    monkeypatch.setattr(Clock, "now", lambda clock: real(clock) if clock.moved else present)


def test_on_a_saturday_evening_it_begins_on_monday_and_says_so(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    at("2026-11-21T21:32", monkeypatch)
    begun, said = demonstration.begin(settings)
    assert begun.starts_at == parse_moment("2026-11-23T09:00")
    assert "Bây giờ ngoài giờ làm việc; bản chạy thử lấy giờ 09:00 23/11/2026." in said
    assert (settings.data_folder / FILE).read_text() == os.environ["TONGDAI_NOW"]


def test_in_working_time_it_keeps_the_real_time(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    at("2026-11-25T09:10", monkeypatch)
    begun, said = demonstration.begin(settings)
    assert (begun.starts_at, said) == (None, "")
    assert not (settings.data_folder / FILE).exists()


def test_a_moment_that_was_asked_for_is_taken_without_a_word(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TONGDAI_NOW", "2026-12-10T09:00")
    begun, said = demonstration.begin(load_settings())
    assert begun.starts_at is not None
    assert abs(begun.starts_at - parse_moment("2026-12-10T09:00")) < timedelta(seconds=PATIENCE)
    assert said == ""
    assert "@" in os.environ["TONGDAI_NOW"], "so that a process started again does not begin again"


def test_it_begins_no_earlier_than_the_newest_call_of_the_book(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    hotline = open_hotline(settings)
    with hotline.database.writing() as conn:
        calls.begin(
            conn,
            sid="CA1",
            direction="inbound",
            caller_raw="",
            caller_number=None,
            called=settings.line.number,
            language="vi",
            place="",
            time_shift=0,
            now=parse_moment("2026-12-10T10:20"),
        )
    hotline.database.close()
    at("2026-11-25T09:10", monkeypatch)
    begun, said = demonstration.begin(settings)
    assert begun.starts_at == parse_moment("2026-12-10T10:20")
    assert "sổ chạy thử đã ghi đến một lúc muộn hơn" in said


def test_the_welcome_names_the_telephone_that_rings_first(settings: Settings) -> None:
    seen = demonstration.next_steps(settings)
    assert f"  {own_name()} phone 0258.3842.100 " in seen
    assert f"  {own_name()} phone 0258.3842.100 --keys 1 " in seen
    assert "Máy của Chủ tịch UBND xã đổ chuông" in seen
    assert "tongdai phone" not in demonstration.next_steps(replace(settings, mode="production"))


@contextmanager
def signals_kept() -> Iterator[None]:
    """What signals do in this process is afterwards as it was before."""
    before = {sign: signal.getsignal(sign) for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    try:
        yield
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal is closed by a signal of POSIX")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_told_to_end_or_its_terminal_closed_it_leaves_no_process_behind(name: str) -> None:
    house = Supervisor({"sleeper": Child((sys.executable, "-c", "import time; time.sleep(600)"))})
    with signals_kept():
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # or a failure would end the tests as well
        house.start()
        try:
            os.kill(os.getpid(), getattr(signal, name))
            assert house.ending
        finally:
            house.end()
    assert [life.process.poll() for life in house._running.values()] == [-signal.SIGTERM]


@pytest.mark.skipif(sys.platform == "win32", reason="processes are told to end by signals of POSIX")
def test_a_process_started_again_goes_on_with_the_clock(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TONGDAI_NOW", "2026-12-10T09:00")
    demonstration.begin(load_settings())
    tell = (
        "import sys, logbook.settings.loading as s\n"
        "with open(sys.argv[1], 'a') as kept: kept.write(s.load_settings().starts_at.isoformat() + '\\n')"
    )
    kept = tmp_path / "told"
    monkeypatch.setattr("ivr.running.supervisor.RESTART_SECONDS", 0.1)
    house = Supervisor({"teller": Child((sys.executable, "-c", tell, str(kept)))})
    with signals_kept():
        house.start()
        try:

            def begun_again() -> bool:
                house.look()
                return kept.exists() and kept.read_text().count("\n") >= 2

            assert until(begun_again, every=0.05)
        finally:
            house.end()
    first, second = (datetime.fromisoformat(line) for line in kept.read_text().splitlines()[:2])
    assert parse_moment("2026-12-10T09:00") <= first < second < parse_moment("2026-12-10T09:05")


@pytest.fixture
def environment(tmp_path: Path) -> Mapping[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TONGDAI", "TWILIO", "SECRET_KEY", "PYTEST"))
    }
    house = HOUSE
    return {
        **kept,
        "PYTHONPATH": str(house),
        "PYTHONUNBUFFERED": "1",
        "TONGDAI_CONFIG": str(CONFIG),
        "TONGDAI_DATA": str(tmp_path / "var"),
        "PORT": str(free_port()),
    }


def has_said(running: "subprocess.Popen[bytes]", output: Path, words: str) -> bool:
    """Wait until a program has said this; False when it ended before."""
    until(lambda: words in output.read_text("utf-8") or running.poll() is not None, every=0.2)
    return words in output.read_text("utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="ends by a signal of POSIX")
@pytest.mark.proof
def test_the_whole_program_runs_at_the_moment_asked_for_and_its_commands_follow(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    clock, output = tmp_path / "var" / FILE, tmp_path / "output"
    with output.open("wb") as out:
        running = subprocess.Popen(
            [sys.executable, "-m", "ivr", "serve"],
            env={**environment, "TONGDAI_NOW": "2026-12-10T09:00"},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            assert has_said(running, output, "tongdai phone"), output.read_text("utf-8")
            assert clock.exists()
            listed = subprocess.run(
                [sys.executable, "-m", "ivr", "check"],
                env=environment,
                capture_output=True,
                check=True,
                timeout=PATIENCE,
            ).stdout.decode()
        finally:
            running.terminate()
            ended = running.wait(PATIENCE)
    shown = output.read_text("utf-8")
    assert re.search(r"☎ \+84987654321 gọi \+842583842102 lúc 09:0[0-5] 10/12/2026", shown)
    assert "Phản ánh, kiến nghị của quý khách đã được ghi nhận." in shown
    assert re.search(r"đồng hồ được chỉnh, bắt đầu từ 09:0[0-5] 10/12/2026", listed)
    assert ended == 0
    assert not clock.exists(), "the commands are back at the real time"


@pytest.mark.skipif(sys.platform == "win32", reason="ends by a signal of POSIX")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
@pytest.mark.proof
def test_a_scheduler_by_hand_that_is_told_to_end_ends_itself_and_in_order(
    environment: Mapping[str, str], tmp_path: Path, name: str
) -> None:
    output = tmp_path / "output"
    subprocess.run([sys.executable, "-m", "ivr", "db", "upgrade"], env=environment, check=True)
    with output.open("wb") as out:
        running = subprocess.Popen(
            [sys.executable, "-m", "ivr", "scheduler"], env=environment, stdout=out, stderr=subprocess.STDOUT
        )
        try:
            assert has_said(running, output, "scheduler ticks"), output.read_text("utf-8")
            running.send_signal(getattr(signal, name))
            ended = running.wait(PATIENCE)
        finally:
            running.kill()
    assert (ended, "scheduler ended" in output.read_text("utf-8")) == (0, True)
