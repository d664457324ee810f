"""A provider of calls and text messages on this machine that fails as chosen, with a ledger of its own."""

from __future__ import annotations

import contextlib
import json
import random
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, BinaryIO, Literal, cast
from urllib.parse import parse_qs, urlsplit

from tests.suite.waiting import PATIENCE, until

Fault = Literal["ok", "400", "401", "429", "500", "hang", "reset", "bad_json", "lost", "nameless", "drip"]
"""`reset` takes nothing and breaks the line; `lost` takes it and breaks it before the answer; `drip` takes it
and answers byte by byte."""
TAKEN = frozenset({"ok", "lost", "bad_json", "nameless", "drip"})


@dataclass
class Ledger:
    """What the provider really took, and how it behaves: `faults` one after the other, then `usual`."""

    url: str = ""
    usual: Callable[[], Fault] = lambda: "ok"
    faults: list[Fault] = field(default_factory=list)
    asking: Fault = "ok"
    taken: list[dict[str, str]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    states: dict[str, str] = field(default_factory=dict)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    at_send: Callable[[], object] = lambda: None
    release: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    under_way: int = 0

    def next_fault(self) -> Fault:
        with self.lock:
            return self.faults.pop(0) if self.faults else self.usual()

    def take(self, kind: str, form: dict[str, str]) -> dict[str, str]:
        with self.lock:
            sid = f"{'CA' if kind == 'Calls' else 'SM'}{len(self.taken) + 1:032x}"
            row = {"sid": sid, "kind": kind, "at": format_datetime(self.now()), **form}
            self.taken.append(row)
        return row

    def until_quiet(self) -> None:
        """Wait until everything that was sent here has been taken or refused, whoever sent it has died since.

        Connections are accepted in their order: once ours is answered, all that came before are being served.
        """
        at = urlsplit(self.url)
        with closing(HTTPConnection(str(at.hostname), at.port or 0, timeout=PATIENCE)) as line:
            line.request("HEAD", "/")
            line.getresponse().read()
        assert until(lambda: self.under_way == 0)

    def sends(self, what: str) -> Counter[str]:
        """How often each thing was taken: `what` is the field that distinguishes one from the other."""
        return Counter(row[what].partition("?")[0] for row in self.taken)


def at_random(seed: int, share: float, *faults: Fault) -> Callable[[], Fault]:
    """Mostly well, and one of these faults at a share of the sends."""
    chance = random.Random(seed)
    return lambda: chance.choice(faults) if chance.random() < share else "ok"


class _Handler(BaseHTTPRequestHandler):
    """Answers who only asks whether it listens, and logs nothing."""

    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self.send_response(204)
        self.end_headers()
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    """Counts in the ledger what it has accepted and not answered yet."""

    daemon_threads = True

    def __init__(self, ledger: Ledger, handler: type[BaseHTTPRequestHandler]) -> None:
        self._ledger = ledger
        super().__init__(("127.0.0.1", 0), handler)

    def process_request(self, *accepted: Any) -> None:
        with self._ledger.lock:
            self._ledger.under_way += 1
        super().process_request(*accepted)

    def process_request_thread(self, *accepted: Any) -> None:
        try:
            super().process_request_thread(*accepted)
        finally:
            with self._ledger.lock:
                self._ledger.under_way -= 1


@contextlib.contextmanager
def fake_provider() -> Iterator[Ledger]:
    """A running provider on 127.0.0.1."""
    ledger = Ledger()

    class Handler(_Handler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            form = {name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()}
            kind = self._kind()
            ledger.at_send()
            fault = ledger.next_fault()
            row = ledger.take(kind, form) if fault in TAKEN else {}
            self._answer(fault, 201, shown(row) if fault == "ok" else {"status": "queued"})

        def do_GET(self) -> None:
            ledger.asked.append(self.path)
            kind, sid = self._kind(), self.path.rsplit("/", 1)[-1].partition(".")[0]
            if sid not in ("Calls", "Messages"):
                row = next((row for row in ledger.taken if row["sid"] == sid), None)
                state = {"status": ledger.states.get(sid, "in-progress"), "duration": "9"}
                self._answer(ledger.asking if row else "400", 200, shown(row or {}) | state)
                return
            wanted = parse_qs(urlsplit(self.path).query)
            rows = [
                shown(row)
                for row in reversed(ledger.taken)
                if row["kind"] == kind
                and all(row[name] in wanted[name] for name in ("To", "From") if name in wanted)
            ]
            page = {"next_page_uri": None, "page": 0, "page_size": 50, "uri": self.path}
            self._answer(ledger.asking, 200, {**page, kind.lower(): rows})

        def _kind(self) -> str:
            return "Calls" if "/Calls" in self.path else "Messages"

        def _answer(self, fault: Fault, status: int, body: object) -> None:
            if fault in ("hang", "drip"):
                _never_done(fault, cast(BinaryIO, self.wfile), ledger.release)
                fault = "reset"
            if fault in ("reset", "lost"):
                self.close_connection = True
                with contextlib.suppress(OSError):
                    self.connection.shutdown(socket.SHUT_RDWR)
                return
            if fault.isdecimal():
                status = int(fault)
                body = {"code": 20001, "message": "no", "status": status}
            sent = b"<html>" if fault == "bad_json" else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(sent)

    server = _Server(ledger, Handler)
    ledger.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield ledger
    finally:
        ledger.release.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _never_done(fault: Fault, answer: BinaryIO, release: threading.Event) -> None:
    """Say nothing for ever, or a byte of a long head now and then, until it is over."""
    if fault == "hang":
        release.wait(2 * PATIENCE)
        return
    with contextlib.suppress(OSError):
        answer.write(b"HTTP/1.1 201 Created\r\nX-Slow: ")
        while not release.wait(0.02):
            answer.write(b"x")


def shown(row: dict[str, str]) -> dict[str, object]:
    """A call or message as the provider's JSON has it."""
    return {
        "sid": row.get("sid"),
        "status": "queued",
        "to": row.get("To"),
        "from": row.get("From"),
        "body": row.get("Body"),
        "direction": "outbound-api",
        "date_created": row.get("at"),
        "duration": None,
        "parent_call_sid": None,
    }
