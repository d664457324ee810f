"""The gateway eSMS on this machine, as its public documentation describes it: what it took and answers."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEY, SECRET = "canary-api-key-000", "canary-secret-key-000"


@dataclass
class EsmsLedger:
    """`codes` are answered one after the other, then 100; "lost" takes a text and breaks the line."""

    url: str = ""
    codes: list[str] = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)
    states: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def send(self, form: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        code = self.codes.pop(0) if self.codes else "100"
        known = {one.get("RequestId") for one in self.taken} - {None}
        if (form.get("ApiKey"), form.get("SecretKey")) != (KEY, SECRET):
            return "answer", {"CodeResult": "101", "CountRegenerate": 0, "ErrorMessage": "Authorize Failed"}
        if form.get("RequestId") in known:
            return "answer", {"CodeResult": "124", "CountRegenerate": 0, "ErrorMessage": "Request exist"}
        if code not in ("100", "lost"):
            return "answer", {"CodeResult": code, "CountRegenerate": 0, "ErrorMessage": "no"}
        self.taken.append(form)
        return code, {"CodeResult": "100", "CountRegenerate": 0, "SMSID": f"sms-{len(self.taken)}"}


@contextlib.contextmanager
def esms() -> Iterator[EsmsLedger]:
    ledger = EsmsLedger()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            how, answer = ledger.send(form)
            if how == "lost":
                self.connection.close()
                return
            self._give(200, answer)

        def do_GET(self) -> None:
            ledger.asked.append(parse_qs(urlsplit(self.path).query)["RefId"][0])
            self._give(200, ledger.states.get(ledger.asked[-1], {"CodeResponse": "101"}))

        def _give(self, status: int, answer: dict[str, Any]) -> None:
            body = json.dumps(answer).encode()
            self.send_response(status)
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
