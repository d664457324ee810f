"""Eight offices under calls, killed again and again: nothing lost, nothing doubled, nothing crossed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests
from sqlalchemy import text

from logbook.database.engine import Database
from tests.conftest import NOW
from tests.frozen import HOUSE
from tests.journeys.faults.storm import encoded, sign
from tests.journeys.faults.test_kill import HOTLINE, Citizen, House, Ledger, verdict
from tests.logbook.offices.made import make_installation, number_of, token_of
from tests.suite.ports import free_port
from tests.suite.waiting import PATIENCE

pytestmark = [pytest.mark.alone, pytest.mark.proof]
CODES = tuple(f"225{number:02d}" for number in range(8))
ON_POSTGRESQL = CODES[-1]
KILLS, CALLS_EACH = 5, 2
SCHEDULER = (sys.executable, "-m", "scheduler")


class OfficeCitizen(Citizen):
    """Calls one office: every other call by the address that all offices share."""

    def __init__(self, house: House, ledger: Ledger, ending: threading.Event, seed: int, code: str) -> None:
        super().__init__(house, ledger, ending, seed)
        self._code, self._placed = code, 0

    def _until_answered(self, path: str, fields: dict[str, str]) -> bytes:
        self._placed += path == "/ivr/voice"
        shared = path == "/ivr/voice" and self._placed % 2 == 1
        name = "127.0.0.1" if shared else f"{self._code}.localhost"
        host = f"{name}:{self._house.port}"
        fields = fields | ({"To": number_of(self._code)} if "To" in fields else {})
        headers = {
            "X-Twilio-Signature": sign(token_of(self._code), f"http://{host}{path}", fields),
            "Content-Type": "application/x-www-form-urlencoded",
            "Host": host,
        }
        by = time.monotonic() + PATIENCE
        while time.monotonic() < by:
            try:
                reply = self._session.post(
                    self._house.url + path, data=encoded(fields), headers=headers, timeout=15
                )
                if reply.ok:
                    return reply.content
                self._ledger.faults.append(f"{reply.status_code} {path}")
            except requests.RequestException:
                self._ledger.cut += 1
            time.sleep(0.05)
        raise TimeoutError(path)


@dataclass
class Runners:
    """The telephone's supervisor and a scheduler, of one installation."""

    house: House
    schedulers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def begin_scheduler(self) -> None:
        with self.house.log.open("ab") as log:
            self.schedulers.append(
                subprocess.Popen(
                    SCHEDULER, env=self.house.environment, cwd=HOUSE, stdout=subprocess.DEVNULL, stderr=log
                )
            )

    def kill_scheduler(self) -> None:
        process = self.schedulers.pop()
        process.kill()
        process.wait(PATIENCE)

    def kill_worker(self) -> None:
        """The process that answers; its supervisor starts another."""
        assert self.house.running is not None
        children = Path(f"/proc/{self.house.running.pid}/task/{self.house.running.pid}/children")
        for pid in children.read_text().split():
            os.kill(int(pid), signal.SIGKILL)
        self.house.kills += 1


@contextmanager
def running(folder: Path, log: Path) -> Iterator[Runners]:
    port = free_port()
    (folder / "installation.yaml").write_text(
        f'province: "tỉnh Khánh Hòa"\npublic_address: "http://127.0.0.1:{port}"\n', "utf-8"
    )
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment = {
        **kept,
        "PYTHONPATH": str(HOUSE),
        "TONGDAI_INSTALLATION": str(folder),
        "TONGDAI_MODE": "demo",
        "PORT": str(port),
        "TONGDAI_DATA": str(log),
    }
    runners = Runners(House(HOTLINE, port, environment))
    try:
        runners.house.start()
        runners.begin_scheduler()
        yield runners
    finally:
        for process in runners.schedulers:
            process.kill()
            process.wait(PATIENCE)
        runners.house.kill()


@pytest.mark.row("F-01")
@pytest.mark.row("F-20")
@pytest.mark.skipif(sys.platform == "win32", reason="process groups and kill -9 are of POSIX")
@pytest.mark.parametrize("empty_database", ["postgresql"], indirect=True)
def test_eight_offices_killed_under_calls_lose_double_and_cross_nothing(
    tmp_path: Path, migrated_file: Path, empty_database: Database
) -> None:
    """Seven books are files, one is a database of PostgreSQL."""
    folder = make_installation(tmp_path / "i", CODES, book=migrated_file)
    empty_database.upgrade(NOW)
    address = empty_database.url.render_as_string(hide_password=False)
    with (folder / "offices" / ON_POSTGRESQL / "tongdai.env").open("a", encoding="utf-8") as file:
        file.write(f"TONGDAI_DATABASE_URL={address}\n")
    books = {code: f"sqlite:///{folder}/offices/{code}/var/tongdai.db" for code in CODES}
    books[ON_POSTGRESQL] = address
    ledgers = {code: Ledger() for code in CODES}
    (tmp_path / "log").mkdir()
    with running(folder, tmp_path / "log") as runners:
        storm(runners, ledgers)
    found = {code: verdict(books[code], ledger) for code, ledger in ledgers.items()}
    wrong = {code: said for code, said in found.items() if set(said.values()) != {0}}
    assert wrong == {}, (wrong, [ledger.troubles for ledger in ledgers.values()])
    assert [code for code in CODES if crossed(books[code], code, ledgers[code])] == []
    assert min(len(ledger.finished) for ledger in ledgers.values()) >= CALLS_EACH
    assert runners.house.kills >= KILLS


def storm(runners: Runners, ledgers: dict[str, Ledger]) -> None:
    """Callers of every office, and a killer of one process after the other."""
    ending, chance = threading.Event(), random.Random(5)
    citizens = [
        OfficeCitizen(runners.house, ledger, ending, int(code), code) for code, ledger in ledgers.items()
    ]
    for citizen in citizens:
        citizen.start()
    for number in range(KILLS):
        enough = sum(one.acknowledged for one in ledgers.values()) + chance.randint(8, 40)
        by = time.monotonic() + 8.0
        while sum(one.acknowledged for one in ledgers.values()) < enough and time.monotonic() < by:
            time.sleep(0.02)
        if number % 3 == 2:
            runners.kill_scheduler()
            runners.begin_scheduler()
        if number % 2:
            runners.kill_worker()
        else:
            runners.house.kill()
            runners.house.start()
    by = time.monotonic() + PATIENCE
    while time.monotonic() < by and min(len(one.finished) for one in ledgers.values()) < CALLS_EACH:
        time.sleep(0.05)
    ending.set()
    for citizen in citizens:
        citizen.join(PATIENCE)
    assert not any(citizen.is_alive() for citizen in citizens)


def crossed(address: str, code: str, ledger: Ledger) -> list[str]:
    """Calls in an office's book that nobody placed to it."""
    with closing(Database(address)) as database, database.reading() as conn:
        rows = conn.execute(text("SELECT sid, called FROM calls WHERE direction = 'inbound'")).all()
    known = ledger.recorded.keys() | ledger.finished.keys()
    return [sid for sid, called in rows if called != number_of(code) or (known and sid not in known)]
