"""The applications that are measured: how each is made ready, started, waited for and ended."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from bench import floor
from bench.caller import Caller
from bench.script import Script
from bench.serving import HOST, OURS
from logbook.settings.environment import DEMO_ACCOUNT_SID, DEMO_AUTH_TOKEN

REPOSITORY = Path(__file__).resolve().parents[1]
OPEN_LINE = "2026-11-25T09:10:00+07:00"
LONGEST_START = 90.0
LONGEST_STOP = 10.0
_OURS = ("TONGDAI_", "TWILIO_", "BENCH_")
_NAMES = ("PORT", "SECRET_KEY", "PYTHONDONTWRITEBYTECODE")


@dataclass(frozen=True)
class Place:
    """Where an application stands for the time of a bench: its folder, database and port."""

    folder: Path
    database_url: str
    port: int

    @property
    def public_url(self) -> str:
        """The address that requests are signed for."""
        return f"http://{HOST}:{self.port}"


@dataclass(frozen=True)
class Contestant:
    """An application under a web server: its name, and what starts it at a place."""

    name: str
    environment: Callable[[Place], Mapping[str, str]]
    command: Callable[[Place], list[str]]
    prepare: Callable[[Place], None] = lambda _: None


@dataclass
class Running:
    """A started application: its process, whom to call, and seconds from the command to the first answer."""

    contestant: Contestant
    place: Place
    process: subprocess.Popen[bytes]
    script: Script
    start_seconds: float


def the_floor(server: str = OURS) -> Contestant:
    """The Core floor."""

    def environment(place: Place) -> dict[str, str]:
        return {
            floor.DATABASE: place.database_url,
            floor.PUBLIC_URL: place.public_url,
            floor.TOKEN: DEMO_AUTH_TOKEN,
        }

    return Contestant(
        f"floor {server}",
        environment,
        lambda place: _serving(server, "bench.floor:from_environment", place.port),
    )


def our_application(server: str = OURS) -> Contestant:
    """The hotline's voice process: `tongdai voice` itself, or the same application under another server."""

    def command(place: Place) -> list[str]:
        if server == OURS:
            return [sys.executable, "-m", "ivr", "voice"]
        return _serving(server, "ivr.wsgi:voice", place.port)

    return Contestant(f"ours {server}", _our_environment, command, _prepare)


def the_whole_office() -> Contestant:
    """What offices run: `tongdai serve` with telephone, pages and a scheduler that escalates and sends."""
    return Contestant("serve", _our_environment, lambda _: [sys.executable, "-m", "ivr", "serve"], _prepare)


def at_free_port(folder: Path, database_url: str) -> Place:
    """A place at a port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return Place(folder, database_url, int(probe.getsockname()[1]))


@contextmanager
def running(contestant: Contestant, place: Place) -> Iterator[Running]:
    """The application, started and answering; ended afterwards. RuntimeError when it does not start."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(_OURS) and name not in _NAMES
    }
    environment = {**kept, **contestant.environment(place), "PYTHONPATH": str(REPOSITORY)}
    script = Script(place.public_url, DEMO_AUTH_TOKEN, DEMO_ACCOUNT_SID)
    begun = time.perf_counter()
    with (place.folder / "bench.log").open("ab") as log:
        process = subprocess.Popen(
            contestant.command(place), env=environment, cwd=place.folder, stdout=log, stderr=log
        )
    try:
        _wait_for_answer(process, script, contestant.name)
        yield Running(contestant, place, process, script, time.perf_counter() - begun)
    finally:
        _end(process)


def wait_for_pages(url: str, paths: Collection[str]) -> None:
    """Until every page was answered, which may be later than the telephone; RuntimeError when too late."""
    ends = time.monotonic() + LONGEST_START
    with requests.Session() as browser:
        browser.trust_env = False
        while any(browser.get(f"{url}{path}", timeout=30).status_code != 200 for path in paths):
            if time.monotonic() > ends:
                raise RuntimeError("the pages do not answer")
            time.sleep(0.5)


def _wait_for_answer(process: subprocess.Popen[bytes], script: Script, name: str) -> None:
    ends = time.perf_counter() + LONGEST_START
    problem = "no answer"
    while process.poll() is None and time.perf_counter() < ends:
        with Caller(script) as caller:
            problem = caller.ask(script.rating()[0])
        if not problem:
            return
        time.sleep(0.005)
    raise RuntimeError(f"{name} did not start: {problem}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(LONGEST_STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _our_environment(place: Place) -> dict[str, str]:
    return {
        "TONGDAI_DATA": str(place.folder),
        "TONGDAI_CONFIG": str(REPOSITORY / "config.yaml"),
        "TONGDAI_DATABASE_URL": place.database_url,
        "TONGDAI_PUBLIC_URL": place.public_url,
        "TONGDAI_NOW": OPEN_LINE,
        "PORT": str(place.port),
    }


def _prepare(place: Place) -> None:
    """Tables and criteria, so that the start that is measured is the one of every day."""
    from ivr.line.hotline import open_hotline
    from ivr.running.prepare import prepare
    from logbook.settings.loading import load_settings

    hotline = open_hotline(load_settings(_our_environment(place)))
    if not hotline.database.is_sqlite:
        hotline.database.upgrade(hotline.clock.now())
    prepare(hotline)
    hotline.database.close()


def _serving(server: str, target: str, port: int) -> list[str]:
    return [sys.executable, "-m", "bench.serving", server, target, str(port)]
