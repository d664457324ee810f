"""Measures an installation of many offices beside one office: `python -m bench.offices [OFFICES] [TICKETS]`.

Start to the first answer, processor time a webhook, memory and open files of the telephone's process, and
what one scheduler for all of them costs while nothing happens. Books hold TICKETS tickets each.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import processes
from bench.lists import NOW, fill
from bench.one_of_many import WEBHOOKS_A_CALL, call, until_first_answer
from logbook.database.engine import Database
from logbook.database_address import of_file
from logbook.offices.register import read_offices
from tests.frozen import HOUSE
from tests.logbook.offices.made import make_installation
from tests.suite.ports import free_port

CALLS = 260
IDLE_SECONDS = 40.0
VOICE, SCHEDULER = (sys.executable, "-m", "ivr", "voice"), (sys.executable, "-m", "scheduler")


@dataclass(frozen=True)
class Measured:
    """What one installation used; seconds, milliseconds and MB as the names say."""

    offices: int
    register_ms: float
    first_answer_s: float
    first_answer_cpu_s: float
    cpu_ms_a_webhook: float
    voice_mb: float
    voice_files: int
    scheduler_mb: float
    scheduler_files: int
    scheduler_cpu_percent: float
    scheduler_first_round_s: float


def main(arguments: Sequence[str]) -> int:
    """Measure one office and then as many as asked, with the same books."""
    offices = int(arguments[0]) if arguments else 65
    tickets = int(arguments[1]) if len(arguments) > 1 else 10_000
    with tempfile.TemporaryDirectory(prefix="offices-") as folder:
        book = Path(folder) / "book.db"
        with closing(Database(of_file(book))) as database:
            database.upgrade(NOW)
            if tickets:
                fill(database, tickets)
        found = []
        for count in (1, offices):
            found.append(measured(Path(folder) / str(count), count, book))
            print(found[-1], flush=True)
    for name in Measured.__dataclass_fields__:
        values = [getattr(one, name) for one in found]
        ratio = f"{values[1] / values[0]:8.2f} x" if values[0] else ""
        print(f"{name:26} {values[0]:10.2f} {values[1]:10.2f} {ratio}")
    return 0


def measured(folder: Path, count: int, book: Path) -> Measured:
    """Build an installation of `count` offices and measure its processes."""
    port = free_port()
    codes = [f"{10000 + number}" for number in range(count)]
    make_installation(folder, codes, book=book, address=f"http://127.0.0.1:{port}")
    begun = time.perf_counter()
    read_offices(folder)
    register = 1000 * (time.perf_counter() - begun)
    with process(VOICE, folder, port) as voice:
        begun = time.perf_counter()
        until_first_answer(port, codes[-1])
        first, first_cpu = time.perf_counter() - begun, processes.cpu_seconds(voice)
        some = codes[: min(count, 65)]
        for code in some:
            call(port, code)
        before = processes.cpu_seconds(voice)
        for number in range(CALLS):
            call(port, some[number % len(some)])
        cpu = 1000 * (processes.cpu_seconds(voice) - before) / (CALLS * WEBHOOKS_A_CALL)
        memory, files = processes.memory_of_all(voice), _files(voice)
        print(f"{count} offices: first answer {first:.2f} s, {cpu:.2f} ms a webhook", flush=True)
    with process(SCHEDULER, folder, port) as scheduler:
        begun = time.perf_counter()
        while _served(folder, codes) < count and time.perf_counter() - begun < 600:
            time.sleep(0.5)
        leased = time.perf_counter() - begun
        time.sleep(IDLE_SECONDS / 2)
        before, at = processes.cpu_seconds(scheduler), time.perf_counter()
        time.sleep(IDLE_SECONDS)
        idle = 100 * (processes.cpu_seconds(scheduler) - before) / (time.perf_counter() - at)
        its_memory, its_files = processes.memory_of_all(scheduler), _files(scheduler)
    shutil.rmtree(folder)
    return Measured(
        count, register, first, first_cpu, cpu, memory, files, its_memory, its_files, idle, leased
    )


@contextmanager
def process(command: Sequence[str], folder: Path, port: int) -> Iterator[int]:
    """A running part of the installation; its process id."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment = kept | {
        "PYTHONPATH": str(HOUSE),
        "TONGDAI_INSTALLATION": str(folder),
        "TONGDAI_MODE": "demo",
        "PORT": str(port),
    }
    quiet = subprocess.DEVNULL
    running = subprocess.Popen(command, env=environment, cwd=HOUSE, stdout=quiet, stderr=quiet)
    try:
        yield running.pid
    finally:
        running.terminate()
        running.wait(120)


def _files(root: int) -> int:
    return sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in processes.family(root))


def _served(folder: Path, codes: Sequence[str]) -> int:
    """Offices whose scheduler has made its first copy of the book: everything has run there once."""
    return sum(any((folder / "offices" / code / "var" / "backups").glob("*.db")) for code in codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
