"""`tongdai line check`, `test` and `demo` where the program carries the calls itself."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from ivr.commands.own_line import line
from ivr.embedded.embedded_service import open_embedded
from logbook.installation import open_installation
from logbook.sending import own_line_state
from logbook.settings.loading import Settings
from logbook.settings.own_line import AsteriskPart
from tests.exchange.softphone import Answering, Call, SoftPhone
from tests.exchange.voice import speak
from tests.frozen import HOUSE
from tests.ivr.embedded.test_service import running
from tests.ivr.gateway.equipment import CLERK, own_settings
from tests.suite.ports import free_port
from tests.suite.waiting import PATIENCE, until


@pytest.fixture
def phone() -> Iterator[SoftPhone]:
    phone = SoftPhone()
    yield phone
    phone.close()


@pytest.fixture
def office(
    tmp_path: Path, phone: SoftPhone, monkeypatch: pytest.MonkeyPatch
) -> tuple[Settings, AsteriskPart]:
    """An office with an embedded line of one channel, whose settings the commands read."""
    trunk = {"kind": "address", "host": f"127.0.0.1:{phone.port}", "user": "", "codecs": ["alaw"]}
    changed = {"trunk": {**trunk, "lines": 1, "kept_for_callers": 0}, "local_address": "127.0.0.1"}
    ports = {"sip_port": free_port(), "api_port": free_port()}
    file = tmp_path / "own.yaml"
    own_settings(tmp_path, **changed, **ports)
    file.write_text(file.read_text("utf-8").replace("carrier: asterisk", "carrier: embedded"), "utf-8")
    monkeypatch.setenv("TONGDAI_CONFIG", str(file))
    monkeypatch.setenv("TONGDAI_DATA", str(tmp_path / "var"))
    monkeypatch.setenv("TONGDAI_PUBLIC_URL", "http://127.0.0.1:1")
    from logbook.settings.loading import load_settings

    settings = load_settings()
    own = settings.line.own
    assert own is not None
    return settings, own


def behaving(how: Answering) -> Callable[[str], Answering]:
    return lambda _number: how


def said(*words: str) -> tuple[int, str]:
    found = CliRunner().invoke(line.line, words)
    return found.exit_code, found.output


def test_line_check_says_its_limits_whether_it_runs_and_whether_the_other_side_is_reached(
    office: tuple[Settings, AsteriskPart],
) -> None:
    settings, own = office
    here = open_installation(settings)

    def stands(minutes: float, *, registered: bool) -> tuple[int, str]:
        with here.database.writing() as conn:
            at = datetime.now(UTC) - timedelta(minutes=minutes)
            own_line_state.write(conn, at, True, registered, 2)
        return said("check")

    try:
        for _ in ("before the program first ran", "before the line first ran"):
            code, never = said("check")
            assert (code, "đường dây không chạy" in never) == (1, True), never
            here.database.upgrade(datetime.now(UTC))
        for limit in (
            "nhiều nhất 1 cuộc gọi",
            "thì cuộc gọi đang nói dừng theo",
            "không mã hóa",
            "một đường",
        ):
            assert limit in never, limit
        code, well = stands(0, registered=True)
        assert (code, f"Đã nối với {own.trunk.host}; đang có 2 cuộc gọi." in well) == (0, True)
        code, cut = stands(0, registered=False)
        assert (code, "không ai gọi đến được" in cut) == (1, True)
        code, silent = stands(5, registered=True)
        assert (code, "không báo tin từ" in silent) == (1, True)
    finally:
        here.database.close()


def test_line_test_rings_a_number_of_the_settings_and_says_what_came_of_it(
    office: tuple[Settings, AsteriskPart], phone: SoftPhone
) -> None:
    settings, own = office
    code, away = said("test", CLERK)
    assert (code, "tongdai line run" in away) == (1, True)
    code, stranger = said("test", "0987000111")
    assert (code, "đường dây không gọi số này" in stranger) == (1, True)
    service = open_embedded(open_installation(settings), own, "http://127.0.0.1:1", speak)
    with running(service):
        assert until(lambda: service.way.registered)
        ends: tuple[tuple[Answering, str], ...] = (("busy", "Máy bận."), ("unplugged", "Không ai nhấc máy."))
        for behaves, words in ends:
            phone.behave = behaving(behaves)
            code, told = said("test", CLERK)
            assert (code, words in told) == (0, True), told
        phone.behave = lambda _number: "answer"
        heard_out: list[bool] = []
        whoever_answers: tuple[Callable[[Call], None], ...] = (
            lambda call: call.hang_up(),
            lambda call: heard_out.append(call.ended.wait(PATIENCE)),  # the line ends what nobody answers
        )
        for answers in whoever_answers:
            phone.on_answer = answers
            code, told = said("test", CLERK)
            assert (code, "Có người nhấc máy. Đường dây gọi đi được." in told) == (0, True), told
        assert until(lambda: heard_out == [True])
    assert set(phone.rung) == {f"0{CLERK.removeprefix('+84')}"}


@pytest.mark.proof
def test_the_demonstration_starts_on_loopback_says_how_to_call_and_a_call_by_sip_hears_the_greeting(
    tmp_path: Path,
) -> None:
    """What `make line` runs, in a folder with nothing in it."""
    recipe = (HOUSE / "Makefile").read_text("utf-8").partition("\nline:")[2].splitlines()[1]
    assert recipe.strip() == "$(BIN)/tongdai line demo"
    sip, web = free_port(), free_port()
    environ = {"TONGDAI_DATA": str(tmp_path / "var"), "PORT": str(web), "PYTHONPATH": str(HOUSE)}
    environ |= {
        "TONGDAI_CONFIG": str(HOUSE / "tests/office.yaml"),
        "TONGDAI_NOW": "2026-11-25T09:10:00+07:00",
    }
    environ |= {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "LANG": "C.UTF-8"}
    log = tmp_path / "demo.log"
    with log.open("wb") as out:
        demo = subprocess.Popen(
            [sys.executable, "-m", "ivr", "line", "demo", "--port", str(sip)],
            env=environ,
            stdout=out,
            stderr=out,
            cwd=tmp_path,
        )
    try:
        how = f"sip:02583842102@127.0.0.1:{sip}"
        assert until(lambda: how in log.read_text("utf-8") or demo.poll() is not None, PATIENCE, every=0.2)
        assert "tongdai call --sip" in log.read_text("utf-8"), log.read_text("utf-8")[-2000:]
        called = subprocess.run(
            [sys.executable, "-m", "ivr", "call", "--sip", f"127.0.0.1:{sip}", "--keys", "4,5"],
            env=environ,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            cwd=tmp_path,
            check=False,
        )
        assert called.returncode == 0, called.stdout + called.stderr + log.read_text("utf-8")[-2000:]
        assert "Xin kính chào quý khách" in called.stdout, called.stdout + log.read_text("utf-8")[-3000:]
        assert "Quý khách hài lòng thế nào" in called.stdout
    finally:
        demo.terminate()
        demo.wait(60)
