"""Zalo on this machine, as public documentation describes it: OAuth with tokens used once, ZNS, receipts."""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

APP_ID, APP_SECRET, OA_SECRET = "1234567890123456789", "canary-app-secret-00", "canary-oa-secret-000"
FIRST = "canary-first-refresh-token"


@dataclass
class ZaloLedger:
    """`codes` are answered one after the other, then 0; "lost" takes what is asked and breaks the line.

    `oauth` likewise for tokens: "lost" uses the refresh token up without an answer.
    """

    url: str = ""
    codes: list[int | str] = field(default_factory=list)
    oauth: list[str] = field(default_factory=list)
    refresh: str = FIRST
    access: str = ""
    used: list[str] = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)
    arrived: set[str] = field(default_factory=set)
    asked: list[dict[str, list[str]]] = field(default_factory=list)

    def token(self, form: dict[str, list[str]], secret: str | None) -> dict[str, Any] | None:
        given = form.get("refresh_token", [""])[0]
        if secret != APP_SECRET or form.get("app_id") != [APP_ID] or given != self.refresh:
            return {"error": -14014, "error_name": "Invalid refresh token", "error_reason": "used"}
        self.used.append(given)
        number = len(self.used)
        self.refresh, self.access = f"canary-refresh-{number}", f"canary-access-{number}"
        if self.oauth and self.oauth.pop(0) == "lost":
            return None
        return {"access_token": self.access, "refresh_token": self.refresh, "expires_in": "90000"}

    def send(self, form: dict[str, Any], access: str | None) -> dict[str, Any] | None:
        if access != self.access:
            return {"error": -124, "message": "Access token invalid"}
        code = self.codes.pop(0) if self.codes else 0
        if isinstance(code, int) and code != 0:
            return {"error": code, "message": "no"}
        self.taken.append(form)
        if code == "lost":
            return None
        return {"error": 0, "message": "Success", "data": {"msg_id": f"zns-{len(self.taken)}"}}

    def state(self, query: dict[str, list[str]]) -> dict[str, Any]:
        self.asked.append(query)
        status = int(query["message_id"][0] in self.arrived)
        return {"error": 0, "data": {"status": status, "message": "", "delivery_time": ""}}


def receipt(form: dict[str, Any], sid: str, event: str = "user_received_message") -> bytes:
    """What Zalo posts to our webhook when a message is on the telephone."""
    message = {"delivery_time": "1764547200000", "msg_id": sid, "tracking_id": form["tracking_id"]}
    body = {"event_name": event, "app_id": APP_ID, "timestamp": "1764547200123", "message": message}
    return json.dumps(body).encode()


def signature(body: bytes, secret: str = OA_SECRET) -> str:
    stamp = json.loads(body)["timestamp"]
    return "mac=" + hashlib.sha256(APP_ID.encode() + body + stamp.encode() + secret.encode()).hexdigest()


@contextlib.contextmanager
def zalo() -> Iterator[ZaloLedger]:
    ledger = ZaloLedger()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/v4/oa/access_token":
                self._give(ledger.token(parse_qs(body.decode()), self.headers["secret_key"]))
            elif self.path == "/message/template":
                self._give(ledger.send(json.loads(body), self.headers["access_token"]))

        def do_GET(self) -> None:
            self._give(ledger.state(parse_qs(urlsplit(self.path).query)))

        def _give(self, answer: dict[str, Any] | None) -> None:
            if answer is None:
                self.connection.close()
                return
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    ledger.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield ledger
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
