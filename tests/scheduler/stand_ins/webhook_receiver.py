"""A receiver of webhooks on this machine: it keeps a ledger, checks signatures, and fails as it is told."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Receiver:
    """`taken` is what it answered 2xx to, in order; `all_seen` every try."""

    url: str = ""
    host: str = ""
    key: bytes = b""
    fails: Callable[[int], int | None] = lambda _: None
    taken: list[dict[str, Any]] = field(default_factory=list)
    all_seen: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)

    def hear(self, headers: dict[str, str], body: bytes) -> int:
        self.headers = headers
        message_id = headers["webhook-id"]
        signed = f"{message_id}.{headers['webhook-timestamp']}.".encode() + body
        seal = base64.b64encode(hmac.new(self.key, signed, hashlib.sha256).digest()).decode()
        if self.key and headers["webhook-signature"] != f"v1,{seal}":
            self.wrong.append(message_id)
            return 401
        self.all_seen.append(message_id)
        failing = self.fails(len(self.all_seen))
        if failing is None:
            self.taken.append(json.loads(body) | {"id": message_id})
        return failing or 204


def half_the_time(seed: int) -> Callable[[int], int | None]:
    """Fail about every second try, as a seed says; a few are taken although the answer says no."""
    chance = random.Random(seed)
    return lambda _: 503 if chance.random() < 0.5 else None


@contextlib.contextmanager
def receiver() -> Iterator[Receiver]:
    heard = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = heard.hear({name.lower(): value for name, value in self.headers.items()}, body)
            self.send_response(status)
            if status in (301, 302, 307, 308):
                self.send_header("Location", heard.url + "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    heard.host = f"127.0.0.1:{server.server_address[1]}"
    heard.url = f"http://{heard.host}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield heard
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
