"""Two real schedulers on one database, a killer, and what the world outside kept of all they sent."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

import yaml
from sqlalchemy import Connection, func, or_, select, text

from logbook.clock import Clock, put_to
from logbook.database import leases
from logbook.database.engine import Database, DatabaseBusyError
from logbook.database.tables import deliveries as outbox
from logbook.database.tables import escalations
from logbook.database.tables import leases as lease_table
from logbook.outbox import deliveries
from logbook.tickets import notifications
from tests.frozen import CONFIG, HOUSE
from tests.scheduler.fake_provider import Ledger, fake_provider
from tests.suite.waiting import PATIENCE, until
from tests.town_hall import file_ticket, local_time

_T = TypeVar("_T")
MORNING = local_time("2026-11-25 08:00")
LONG_AGO = local_time("2026-11-03 09:10")
"""Opened then, a ticket's answer is overdue on that morning."""
TWICE = {"times": 2, "every_minutes": 15}
LADDERS: dict[str, list[tuple[str, str, dict[str, int]]]] = {
    "complaint": [("chu-tich", "zalo", {}), ("chu-tich", "sms", TWICE)],
    "conflict": [("pho-chu-tich", "sms", {})],
    "overdue": [("chanh-van-phong", "sms", {})],
    **{name: [("truc", "sms", {})] for name in ("reminder", "report", "office")},
}
STEPS = {
    ("new", "complaint"): {"0:0:0", "0:1:0", "0:1:1"},
    ("new", "conflict"): {"0:0:0"},
    ("late", "overdue"): {"0:0:0"},
}
"""What each escalation is sent by, once a quarter of an hour has passed: cycle, step, attempt."""
CITIZENS_FROM, LATE_FROM, CONFLICTS_FROM = 300_000, 200_000, 100_000
TAKES = 0.05
"""Seconds from a message's arrival outside to the answer: time enough for its sender to die in."""


def config(folder: Path) -> Path:
    """The shipped configuration for one busy day: everybody has a mobile, one ladder repeats itself."""
    seen = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    for number, official in enumerate(seen["notifications"]["officials"], start=1):
        official["number"] = f"09120000{number:02d}"
    once = {"after_minutes": 0, "times": 1, "every_minutes": 15}
    seen["notifications"]["ladders"] = {
        name: [{"official": who, "channel": way, **once, **more} for who, way, more in steps]
        for name, steps in LADDERS.items()
    }
    seen["notifications"]["sends_per_day"], seen["notifications"]["sends_per_person_per_day"] = 10_000, 1000
    seen["citizens"]["call_tries"] = 1
    file = folder / "config.yaml"
    file.write_text(yaml.safe_dump(seen, allow_unicode=True), encoding="utf-8")
    return file


@dataclass
class Chat:
    """A service for messages that takes them by plain posts and can be asked nothing."""

    url: str = ""
    refuses: Callable[[], bool] = lambda: False
    taken: list[str] = field(default_factory=list)


@contextlib.contextmanager
def chat_service() -> Iterator[Chat]:
    """A running service on 127.0.0.1 that keeps what it took."""
    chat = Chat()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            refused = chat.refuses()
            if not refused:
                chat.taken.append(seen["message"])
                time.sleep(TAKES)
            self.send_response(503 if refused else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    chat.url = f"json://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield chat
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Office:
    """One database, two runners, and an office clock that all of them share and that can be put forward."""

    database: Database
    folder: Path
    provider: Ledger
    chat: Chat
    running: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)
    logs: list[Path] = field(default_factory=list)
    kills: int = 0
    posts: int = 0
    late: int = 0
    command: tuple[str, ...] = ("-m", "scheduler")

    def __post_init__(self) -> None:
        self._config = config(self.folder)
        self.provider.now, self.provider.at_send = self.now, self._posted
        self.put_clock(MORNING)

    def _posted(self) -> None:
        self.posts += 1
        time.sleep(TAKES)

    def put_clock(self, moment: datetime) -> None:
        """Put the office clock to a moment for everybody who is started from now on."""
        self._told, self._moment, self._since = put_to(moment), moment, time.monotonic()

    def now(self) -> datetime:
        """What the office clock shows."""
        return self._moment + timedelta(seconds=time.monotonic() - self._since)

    # --- the runners -----------------------------------------------------------------------------------

    def start(self, *which: int) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TONGDAI_")}
        environment = kept | {
            "PYTHONUNBUFFERED": "1",
            "TONGDAI_CONFIG": str(self._config),
            "TONGDAI_DATA": str(self.folder / "data"),
            "TONGDAI_DATABASE_URL": self.database.url.render_as_string(hide_password=False),
            "TONGDAI_PUBLIC_URL": self.provider.url,
            "TONGDAI_NOW": self._told,
            "TONGDAI_CHANNEL_CHU_TICH_ZALO": self.chat.url,
        }
        for number in which:
            self.logs.append(self.folder / f"runner-{len(self.logs)}.log")
            with self.logs[-1].open("wb") as log:
                self.running[number] = subprocess.Popen(
                    [sys.executable, *self.command],
                    env=environment,
                    cwd=HOUSE,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )

    def kill(self, *which: int, free: bool = True) -> None:
        """kill -9; the lease of who held it runs out at once instead of half a minute later."""
        for number in which:
            process = self.running.pop(number)
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(PATIENCE)
            self.kills += 1
            if free:
                self.free(process.pid)

    def free(self, pid: int) -> None:
        gone = lease_table.c.owner.like(f"%:{pid}:%")
        values = {"until": Clock().now() - timedelta(seconds=1)}
        self.insist(lambda conn: conn.execute(lease_table.update().where(gone).values(**values)))

    def end(self) -> None:
        """Tell all of them to stop, and wait until they have; one that has hardly begun just dies of it."""
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            assert process.wait(PATIENCE) in (0, -signal.SIGTERM)
        self.running.clear()

    def holder(self) -> int | None:
        """The number of the runner that holds the lease."""
        found = self.insist(lambda conn: leases.holder(conn, "scheduler"), writes=False)
        if found is None or found[1] <= Clock().now():
            return None
        pid = int(found[0].rsplit(":", 2)[1])
        return next((number for number, one in self.running.items() if one.pid == pid), None)

    # --- the book --------------------------------------------------------------------------------------

    def insist(self, ask: Callable[[Connection], _T], *, writes: bool = True) -> _T:
        """One transaction, again when the connection broke in it; who only reads waits for nobody."""
        by = time.monotonic() + PATIENCE
        while True:
            try:
                with self.database.writing() if writes else self.database.reading() as conn:
                    return ask(conn)
            except DatabaseBusyError:
                if time.monotonic() > by:
                    raise

    def file(self, first: int, fresh: int, conflicts: int, late: int, news: int) -> None:
        """File so many fresh complaints, overdue tickets and pieces of news; codes from `first` on."""
        self.late += late
        self.insist(lambda conn: self._file(conn, first, (fresh, conflicts, late, news)))

    def _file(self, conn: Connection, first: int, counts: tuple[int, int, int, int]) -> None:
        fresh, conflicts, late, news = (range(first, first + count) for count in counts)
        now = self.now()
        for number in (*fresh, *(CONFLICTS_FROM + one for one in conflicts)):
            of_leader = number >= CONFLICTS_FROM
            notifications.opened(conn, file_ticket(conn, f"{number:06d}", now, conflict=of_leader))
        for number in late:
            given = {"state": "assigned", "noticed_at": LONG_AGO}
            file_ticket(conn, f"{LATE_FROM + number:06d}", LONG_AGO, **given)
        for number in news:
            ticket = file_ticket(conn, f"{CITIZENS_FROM + number:06d}", now, state="classified")
            key, to = f"ticket:{ticket.id}:accepted:1", f"+84913{number:06d}"
            seen = {"kind": "accepted", "recipient": deliveries.CITIZEN, "number": to}
            deliveries.put(conn, key=key, ticket_id=ticket.id, now=now, **seen)  # type: ignore[arg-type]

    def owed(self) -> int:
        """How much there is to do for a runner at this moment of the office clock."""
        return self.insist(lambda conn: _owed(conn, self.now(), self.late), writes=False)

    # --- the day ---------------------------------------------------------------------------------------

    def strike(self, chance: random.Random) -> None:
        """kill -9 one of the two, 0.3 to 1.5 s after somebody went to work, and start it again."""
        before = self.posts + len(self.chat.taken)
        until(lambda: self.posts + len(self.chat.taken) > before, 6)
        time.sleep(chance.uniform(0.3, 1.5))
        holder = self.holder()
        victim = holder if holder is not None and chance.random() < 0.8 else chance.choice((1, 2))
        self.kill(victim)
        self.start(victim)

    def pass_by(self, **time_: float) -> None:
        """Kill both, let time pass on the office clock, and start both."""
        self.kill(*self.running)
        self.provider.release.set()
        self.provider.until_quiet()  # what is still on its way to it arrives before the clock is put on
        self.provider.release = threading.Event()
        self.put_clock(self.now() + timedelta(**time_))
        self.start(1, 2)

    def settle(self, *minutes: float) -> None:
        """In peace: both end and start again after so many minutes, until each time nothing is to be done."""
        for each in minutes:
            self.end()
            self.put_clock(self.now() + timedelta(minutes=each))
            self.start(1, 2)
            until(lambda: self.owed() == 0, every=0.05)


def _owed(conn: Connection, now: datetime, late: int) -> int:
    state, due_at = outbox.c.state, outbox.c.due_at
    waiting = or_(state == "sending", state.in_(("due", "unsure")) & (due_at <= now))

    def count(what: Any) -> int:
        return int(conn.execute(what).scalar_one())

    rows = count(select(func.count()).select_from(outbox).where(waiting))
    steps = count(select(func.count()).select_from(escalations).where(escalations.c.next_at <= now))
    opened = count(select(func.count()).select_from(escalations).where(escalations.c.kind == "late"))
    return rows + steps + late - opened


@contextlib.contextmanager
def office_of(database: Database, folder: Path) -> Iterator[Office]:
    """An office whose runners do not outlive the test."""
    (folder / "data").mkdir()
    with fake_provider() as provider, chat_service() as chat:
        office = Office(database, folder, provider, chat)
        try:
            yield office
        finally:
            office.kill(*office.running, free=False)


@contextlib.contextmanager
def broken_connections(database: Database, every: float = 1.0) -> Iterator[list[int]]:
    """All connections to a PostgreSQL database are cut again and again; yields how many each time."""
    cut: list[int] = []
    over = threading.Event()
    others = "datname = current_database() AND pid <> pg_backend_pid()"
    query = text(f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE {others}")

    def go_on() -> None:
        while not over.wait(every):
            with contextlib.suppress(DatabaseBusyError), database.writing() as conn:
                cut.append(conn.execute(query).scalar_one())

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield cut
    finally:
        over.set()
        thread.join()
