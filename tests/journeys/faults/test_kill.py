"""The line is killed again and again while callers speak: nothing is lost, nothing is doubled."""

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from sqlalchemy import text

from bench.serving import OURS
from ivr.phone.document import parse
from ivr.phone.parameters import new_sid
from logbook.clock import Clock
from logbook.database.engine import Database, DatabaseBusyError
from logbook.provider import CallState
from logbook.recordings.at_provider import Held
from logbook.retention import backup
from logbook.settings.environment import DEMO_AUTH_TOKEN
from logbook.settings.loading import load_settings
from logbook.tickets import history
from scheduler.open_calls import OpenCallsDue
from scheduler.own_line import OwnLine
from tests import frozen
from tests.frozen import CONFIG, HOUSE
from tests.journeys.faults.storm import encoded, open_line, sign, way_on, words_of
from tests.suite.ports import free_port
from tests.suite.waiting import PATIENCE, until

pytestmark = [pytest.mark.alone, pytest.mark.proof]

HOTLINE = (sys.executable, "-m", "ivr", "voice")
CALLERS = 4
SENT_AGAIN = 0.2
LOST = 0.25
"""The share of messages a provider sends once, for which nobody waits, that never arrive (F-26)."""
WEBHOOKS = int(os.environ.get("TONGDAI_TEST_STORM", "0"))
"""So many acknowledged webhooks in a long proof, a kill every few hundred of them; 0 is the short one."""
LONGEST_LIFE, LONGEST_STORM = (60.0, 7200.0) if WEBHOOKS else (4.0, 3 * PATIENCE)
MOST_ANSWERS = 600 if WEBHOOKS else 40
"""Answers between two kills, at most."""


@dataclass
class House:
    """A server process group that can be killed and started again."""

    command: Sequence[str]
    port: int
    environment: dict[str, str]
    kills: int = 0
    running: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """What it said of its troubles."""
        return Path(self.environment["TONGDAI_DATA"]) / "line.log"

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                self.command,
                env=self.environment,
                cwd=HOUSE,
                start_new_session=True,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        assert until(self._answers, every=0.03), f"the line did not come up: {self.log.read_text()[-2000:]}"

    def _answers(self) -> bool:
        assert self.running is not None
        assert self.running.poll() is None, f"the line ended by itself: {self.log.read_text()[-2000:]}"
        try:
            return requests.get(f"{self.url}/healthz", timeout=5).ok
        except requests.RequestException:
            return False

    def kill(self, sign: signal.Signals = signal.SIGKILL) -> None:
        assert self.running is not None
        os.killpg(self.running.pid, sign)
        self.running.wait(PATIENCE)
        self.kills += 1

    def suffer(self, kills: int, ledger: "Ledger", chance: random.Random, sign: signal.Signals) -> None:
        """Get `sign` after every few answers, however long they take; in the end the program runs."""
        for _ in range(kills):
            enough = ledger.acknowledged + chance.randint(1, MOST_ANSWERS)
            by = time.monotonic() + LONGEST_LIFE
            while ledger.acknowledged < enough and time.monotonic() < by:
                time.sleep(0.005)
            self.kill(sign)
            self.start()


@dataclass
class Ledger:
    """What the telephone's side knows: kept outside the hotline's database."""

    finished: dict[str, str] = field(default_factory=dict)
    recorded: dict[str, str] = field(default_factory=dict)
    lost: int = 0
    acknowledged: int = 0
    cut: int = 0
    other_answers: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)


class Citizen(threading.Thread):
    """Places whole calls, one after the other; each request is sent until it is answered."""

    def __init__(
        self, house: House, ledger: Ledger, ending: threading.Event, seed: int, lost: float = 0.0
    ) -> None:
        super().__init__(daemon=True)
        self._lost = lost
        self._house, self._ledger, self._ending = house, ledger, ending
        self._chance = random.Random(seed)
        self._session = requests.Session()
        self._session.trust_env = False

    def run(self) -> None:
        try:
            while not self._ending.is_set():
                self._call()
        except Exception as trouble:
            self._ledger.troubles.append(repr(trouble))

    def _call(self) -> None:
        sid, spoken = new_sid("CA"), new_sid("RE")
        words = {"RecordingSid": spoken, "RecordingDuration": "9"}
        path = self._ask("/ivr/voice", words_of(sid))
        for keys in ("2", "1", "1"):
            path = self._ask(path, words_of(sid, Digits=keys))
        number = path.rpartition("/")[2]
        self._ledger.recorded[sid] = spoken
        if self._chance.random() < 0.5:
            path = self._ask(path, words_of(sid, **words, Digits="#"))
            if not self._is_lost():
                self._ask(path, words_of(sid, Digits="1"))
        elif not self._is_lost():
            self._ask(path, words_of(sid, "completed", **words, Digits="hangup"))
        seen = {"CallSid": sid, **words, "RecordingStatus": "completed"}
        if not self._is_lost():
            self._tell(f"/ivr/recording/{number}", seen)
        if not self._is_lost():
            self._tell("/ivr/status", words_of(sid, "completed", SequenceNumber="0", CallDuration="30"))
        self._ledger.finished[sid] = spoken

    def _is_lost(self) -> bool:
        """Whether the next message never leaves the provider; one who does not press 1 has hung up."""
        lost = self._chance.random() < self._lost
        self._ledger.lost += lost
        return lost

    def _ask(self, path: str, fields: dict[str, str]) -> str:
        """Send a request and return where its answer leads; an apology leads through itself."""
        answer = self._tell(path, fields)
        leads = way_on(parse(answer, "text/xml"))
        return leads if "again=" not in leads else self._ask(leads, fields)

    def _tell(self, path: str, fields: dict[str, str]) -> bytes:
        answer = self._until_answered(path, fields)
        self._ledger.acknowledged += 1
        if self._chance.random() < SENT_AGAIN:
            other = self._until_answered(path, fields)
            if other != answer and b"again=" not in answer + other:
                self._ledger.other_answers.append(path)
        return answer

    def _until_answered(self, path: str, fields: dict[str, str]) -> bytes:
        url = self._house.url + path
        headers = {
            "X-Twilio-Signature": sign(DEMO_AUTH_TOKEN, url, fields),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        by = time.monotonic() + PATIENCE
        while time.monotonic() < by:
            try:
                reply = self._session.post(url, data=encoded(fields), headers=headers, timeout=15)
                if reply.ok:
                    return reply.content
                self._ledger.faults.append(f"{reply.status_code} {path}")
            except requests.RequestException:
                self._ledger.cut += 1
            time.sleep(0.02)
        raise TimeoutError(path)


@contextmanager
def house_of(command: Sequence[str], database_url: str, folder: Path, **more: str) -> Iterator[House]:
    """A running line on a database of its own; `more` are variables of its environment."""
    port = free_port()
    with closing(Database(database_url)) as database:
        open_line(database, folder)
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment = {
        **kept,
        "PYTHONPATH": str(HOUSE),
        "TONGDAI_CONFIG": str(CONFIG),
        "TONGDAI_DATA": str(folder),
        "TONGDAI_DATABASE_URL": database_url,
        "PORT": str(port),
        **more,
    }
    house = House([*command, *([str(port)] if "bench.serving" in command else [])], port, environment)
    try:
        house.start()
        yield house
    finally:
        house.kill()


def storm(
    house: House,
    kills: int,
    calls: int,
    seed: int,
    sign: signal.Signals = signal.SIGKILL,
    *,
    lost: float = 0.0,
    ledger: Ledger | None = None,
) -> Ledger:
    """Callers and a killer, until so many kills and finished calls; every call begun comes to its end.

    Of the messages nobody waits for a share of `lost` is never sent.
    """
    ledger, ending = ledger or Ledger(), threading.Event()
    citizens = [Citizen(house, ledger, ending, seed * 100 + number, lost) for number in range(CALLERS)]
    for citizen in citizens:
        citizen.start()
    house.suffer(kills, ledger, random.Random(seed), sign)
    by = time.monotonic() + LONGEST_STORM
    while len(ledger.finished) < calls and not ledger.troubles and time.monotonic() < by:
        time.sleep(0.02)
    ending.set()
    for citizen in citizens:
        citizen.join(3 * PATIENCE)
    assert not any(citizen.is_alive() for citizen in citizens)
    return ledger


class Sweeper(threading.Thread):
    """Asks a provider that knows every finished call, and posts to the program, which may just be dead."""

    def __init__(self, database_url: str, house: House, ledger: Ledger) -> None:
        super().__init__(daemon=True)
        self._ledger, self.over = ledger, threading.Event()
        self._database = Database(database_url)
        settings = load_settings(frozen.OFFICE)
        line = OwnLine(replace(settings, public_url=house.url, port=house.port))
        later = Clock(Clock().now() + timedelta(minutes=10))
        patience = timedelta(minutes=5)
        self.due = OpenCallsDue(self._database, later, self, self, line, patience, patience)

    def run(self) -> None:
        """Look again and again while the program is killed."""
        while not self.over.wait(0.2):
            with suppress(DatabaseBusyError):
                self.due.run_once(lambda: True)

    def end(self) -> None:
        """Look until nothing is left to be asked; the program runs by now."""
        self.over.set()
        if self.ident is not None:
            self.join(PATIENCE)
        clock = Clock(Clock().now() + timedelta(hours=1))
        for _ in range(100):
            clock = Clock(clock.now() + timedelta(minutes=10))
            if not replace(self.due, clock=clock).run_once(lambda: True) and not self._open():
                break
        self._database.close()

    def _open(self) -> int:
        with self._database.reading() as conn:
            return int(conn.execute(text("SELECT count(*) FROM calls WHERE ask_at IS NOT NULL")).scalar_one())

    def state(self, sid: str) -> CallState:
        return CallState("completed" if sid in self._ledger.finished else "in-progress", 30)

    def leg(self, sid: str) -> None:
        return None

    def of_call(self, call_sid: str) -> list[Held]:
        spoken = self._ledger.recorded.get(call_sid)
        return [Held(spoken, call_sid, Clock().now(), 9)] if spoken else []


def verdict(database_url: str, ledger: Ledger) -> dict[str, int]:
    """Compare the ledger with the database; every number should be 0."""
    with closing(Database(database_url)) as database, database.reading() as conn:
        filed: dict[str, list[str]] = {}
        for sid, spoken in conn.execute(
            text(
                "SELECT c.sid, r.sid FROM tickets t JOIN calls c ON c.id = t.call_id"
                " LEFT JOIN recordings r ON r.id = t.recording_id"
            )
        ):
            filed.setdefault(sid, []).append(spoken)
        ended = set(
            conn.execute(text("SELECT sid FROM calls WHERE outcome IS NOT NULL AND ask_at IS NULL")).scalars()
        )
        sound = [("ok",)]
        if database.is_sqlite:
            sound = [tuple(row) for row in conn.execute(text("PRAGMA integrity_check"))]
        return {
            "lost": sum(not filed.get(sid) for sid in ledger.finished),
            "another recording": sum(
                spoken not in filed.get(sid, [spoken]) for sid, spoken in ledger.finished.items()
            ),
            "doubled": sum(len(tickets) > 1 for tickets in filed.values()),
            "unended": len(set(ledger.finished) - ended),
            "other answers": len(ledger.other_answers),
            "unsound": int(sound != [("ok",)]),
            "broken history": int(history.verify(conn) is not None),
            "troubles": len(ledger.troubles),
        }


def careless(which: str) -> list[str]:
    """The command for one of the careless hotlines, under the same web server."""
    return [sys.executable, "-m", "bench.serving", OURS, f"tests.journeys.faults.careless:{which}"]


@pytest.mark.row("F-01")
@pytest.mark.row("F-16")
@pytest.mark.row("F-26")
@pytest.mark.row("S2")
@pytest.mark.skipif(sys.platform == "win32", reason="process groups and kill -9 are of POSIX")
def test_a_line_killed_all_the_time_loses_nothing_and_doubles_nothing_though_messages_never_come(
    database_url: str, tmp_path: Path
) -> None:
    """With TONGDAI_TEST_STORM=10000 as many webhooks; run with -s it says what happened."""
    calls, kills = max(25, WEBHOOKS // 7), max(8, WEBHOOKS // 400)
    with house_of(HOTLINE, database_url, tmp_path) as house:
        early = Ledger()
        late = Ledger(recorded=early.recorded)
        storm(house, kills=0, calls=12, seed=4, lost=LOST, ledger=early)
        missing = verdict(database_url, early)
        assert missing["lost"] + missing["unended"] > 0, "without a sweep this proves nothing"
        sweeper = Sweeper(database_url, house, late)
        sweeper.start()
        storm(house, kills=kills, calls=calls, seed=1, lost=LOST, ledger=late)
        late.finished |= early.finished
        sweeper.end()
        if database_url.startswith("sqlite"):
            with closing(Database(database_url)) as database:
                made = backup.make(database, tmp_path / "recordings", tmp_path / "backups", Clock().now())
            shutil.copyfile(made.path, tmp_path / "restored.db")
    found = verdict(database_url, late)
    print(late.acknowledged, "acknowledged,", late.lost, "lost,", house.kills, "kills,", found)
    assert set(found.values()) == {0}, (found, late.troubles)
    assert len(late.finished) >= calls
    if database_url.startswith("sqlite"):
        assert set(verdict(f"sqlite:///{tmp_path}/restored.db", late).values()) == {0}


@pytest.mark.row("F-01")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_line_that_acknowledges_before_it_commits_is_found_out(database_url: str, tmp_path: Path) -> None:
    with house_of(careless("acknowledges_first"), database_url, tmp_path) as house:
        ledger = storm(house, kills=10, calls=25, seed=2)
    found = verdict(database_url, ledger)
    assert found["lost"] + found["another recording"] + found["unended"] + found["other answers"] > 0, found


@pytest.mark.row("F-01")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_line_that_knows_no_natural_keys_is_found_out(database_url: str, tmp_path: Path) -> None:
    with house_of(careless("knows_no_keys"), database_url, tmp_path) as house:
        ledger = storm(house, kills=2, calls=40, seed=3)
    found = verdict(database_url, ledger)
    assert found["doubled"] > 0, found
