"""The supervisor: what dies is started again after a growing pause, what is silent is ended."""

import itertools
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.running import supervisor
from ivr.running.supervisor import REFUSED, Child, Supervisor
from logbook.process.supervision import join_supervisor
from tests.suite.waiting import PATIENCE

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="process groups and signals are of POSIX")
HOUSE = Path(__file__).parents[3]
NOTE = "import os, sys, time; open(sys.argv[1], 'a').write(f'{os.getpid()} {time.monotonic()}\\n');"
JOIN = "from logbook.process.supervision import join_supervisor; signs = join_supervisor();"
BEAT = f"{NOTE} {JOIN}\nwhile True: signs.give(); time.sleep(0.05)"
"""A child that notes its process id and lives well."""


def child(code: str, file: Path, silence: float | None = None) -> Child:
    return Child((sys.executable, "-c", code, str(file)), silence, {"PYTHONPATH": str(HOUSE)})


def lives(file: Path) -> list[tuple[int, float]]:
    """The process id and the beginning of every life of a child."""
    if not file.exists():
        return []
    rows = [line.split() for line in file.read_text().splitlines()]
    return [(int(pid), float(at)) for pid, at in rows if at]


class Watch:
    """The supervisor's time, put ahead by hand: no test waits for a silence, no busy machine makes one."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    watch = Watch()
    monkeypatch.setattr(supervisor, "time", watch)
    return watch


@contextmanager
def running(children: dict[str, Child], *, reloads: bool = False) -> Iterator[Supervisor]:
    before = {sign: signal.getsignal(sign) for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    house = Supervisor(children, reloads=reloads)
    house.start()
    try:
        yield house
    finally:
        house.end()
        for sign, handler in before.items():
            signal.signal(sign, handler)


def look_until(house: Supervisor, true: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    by = time.monotonic() + seconds
    while time.monotonic() < by:
        house.look()
        if true():
            return True
        time.sleep(0.02)
    return true()


@pytest.mark.row("S8")
def test_what_dies_at_once_is_started_again_for_ever_with_a_pause_that_grows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(supervisor, "RESTART_SECONDS", 0.1)
    monkeypatch.setattr(supervisor, "LONGEST_PAUSE", 0.8)
    file = tmp_path / "lives"
    with running({"weak": child(NOTE + "sys.exit(3)", file)}) as house:
        assert look_until(house, lambda: len(lives(file)) >= 6)
        assert not house.ending
    said = re.findall(r"weak ended with 3, starting again in ([0-9.]+) s", capsys.readouterr().err)
    assert said[:5] == ["0.1", "0.2", "0.4", "0.8", "0.8"], "longer each time, up to the longest"
    begun = [at for _, at in lives(file)]
    pauses = [later - before for before, later in itertools.pairwise(begun)]
    assert [short for short, wanted in zip(pauses, said, strict=False) if short < float(wanted)] == []


@pytest.mark.row("S8")
def test_the_pause_is_short_again_after_a_healthy_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "HEALTHY_SECONDS", 0.0)
    monkeypatch.setattr(supervisor, "RESTART_SECONDS", 0.05)
    file = tmp_path / "lives"
    with running({"mended": child(NOTE + "sys.exit(3)", file)}) as house:
        assert look_until(house, lambda: len(lives(file)) >= 4)
        assert house._deaths["mended"] <= 1


@pytest.mark.row("S10")
@pytest.mark.row("F-30")
def test_a_child_that_gives_no_more_signs_is_ended_with_all_it_started_and_comes_again(
    tmp_path: Path, watch: Watch
) -> None:
    file, below = tmp_path / "lives", tmp_path / "below"
    command = f"[sys.executable, '-c', {NOTE + 'time.sleep(600)'!r}, {str(below)!r}]"
    start = f"import subprocess; subprocess.Popen({command});"
    with running({"line": child(BEAT.replace("\n", f" {start}\n", 1), file, silence=60.0)}) as house:
        assert look_until(house, lambda: bool(lives(below)))
        assert look_until(house, lambda: house._running["line"].last_sign is not None)
        first, started = lives(file)[0][0], lives(below)[0][0]
        os.kill(first, signal.SIGSTOP)
        for _ in range(20):
            watch.ahead += supervisor.AWAY_SECONDS - 1
            house.look()
        assert look_until(house, lambda: len(lives(file)) == 2)
        assert gone(first)
        assert gone(started)
        assert look_until(house, lambda: house._running["line"].last_sign is not None)


@pytest.mark.row("F-30")
def test_a_supervisor_that_was_stopped_itself_blames_nobody(tmp_path: Path, watch: Watch) -> None:
    file = tmp_path / "lives"
    with running({"line": child(BEAT, file, silence=60.0)}) as house:
        life = house._running["line"]
        assert look_until(house, lambda: life.last_sign is not None)
        os.kill(life.process.pid, signal.SIGSTOP)
        house.look()
        watch.ahead += 70
        house.look()
        looked = watch.monotonic()
        os.kill(life.process.pid, signal.SIGCONT)
        assert look_until(house, lambda: (life.last_sign or 0) > looked)
        assert [pid for pid, _ in lives(file)] == [life.process.pid]


@pytest.mark.row("F-03")
def test_told_to_reload_the_old_one_goes_when_the_new_one_lives_and_stays_when_it_does_not(
    tmp_path: Path,
) -> None:
    file = tmp_path / "lives"
    with running({"line": child(BEAT, file, silence=60.0)}, reloads=True) as house:
        assert look_until(house, lambda: house._running["line"].last_sign is not None)
        first = lives(file)[0][0]
        os.kill(os.getpid(), signal.SIGHUP)
        assert look_until(house, lambda: gone(first))
        second = lives(file)[1][0]
        assert not gone(second)
        house._children = {"line": child(NOTE + "sys.exit(2)", file)}
        os.kill(os.getpid(), signal.SIGHUP)
        assert look_until(house, lambda: len(lives(file)) == 3 and not house._next)
        assert not gone(second)
        assert not house.ending


@pytest.mark.parametrize(("status", "ends_with"), [(REFUSED, 1), (2, 2)])
def test_a_child_that_refuses_to_start_at_all_ends_the_whole(
    tmp_path: Path, status: int, ends_with: int
) -> None:
    with running({"line": child(NOTE + f"sys.exit({status})", tmp_path / "lives", 5.0)}) as house:
        assert look_until(house, lambda: house.ending)
        assert house.end() == ends_with


@pytest.mark.row("S8")
def test_a_child_that_was_up_once_is_started_again_whatever_it_ends_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "RESTART_SECONDS", 0.05)
    file = tmp_path / "lives"
    code = f"{NOTE} {JOIN} signs.give(); time.sleep(0.5); sys.exit(2)"
    with running({"line": child(code, file, 5.0)}) as house:
        assert look_until(house, lambda: len(lives(file)) >= 2)
        assert not house.ending


@pytest.mark.row("S7")
@pytest.mark.row("F-29")
def test_a_child_ends_when_its_supervisor_is_gone_however_that_ended(tmp_path: Path) -> None:
    file = tmp_path / "lives"
    with running({"line": child(BEAT, file)}) as house:
        assert look_until(
            house, lambda: house._running["line"].process.stdin is not None and bool(lives(file))
        )
        pipe = house._running["line"].process.stdin
        assert pipe is not None
        pipe.close()  # as the system does when the supervisor dies
        assert look_until(house, lambda: gone(lives(file)[0][0]))


def test_a_process_started_by_hand_gives_signs_to_nobody_and_goes_on() -> None:
    environ = {"OTHER": "x"}
    join_supervisor(environ).give()
    assert environ == {"OTHER": "x"}


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z"


def test_a_child_waits_for_the_one_it_follows_and_no_longer_than_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    slow = f"{NOTE} {JOIN}\ntime.sleep(0.5)\nwhile True: signs.give(); time.sleep(0.05)"
    children = {"second": replace(child(BEAT, second), after="first"), "first": child(slow, first)}
    with running(children) as house:
        assert look_until(house, lambda: len(lives(second)) == 1)
    (_, begun), (_, followed) = *lives(first), *lives(second)
    assert followed - begun >= 0.5
    monkeypatch.setattr(supervisor, "AFTER_SECONDS", 0.2)
    for file in (first, second):
        file.unlink()
    silent = {
        "second": replace(child(BEAT, second), after="first"),
        "first": child(f"{NOTE} time.sleep(60)", first),
    }
    with running(silent) as house:
        assert look_until(house, lambda: len(lives(second)) == 1)
