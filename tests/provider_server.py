"""A provider of recordings on this machine that shows chosen faults, and remembers who asked for what."""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WAV = b"RIFF" + (36 + 1600).to_bytes(4, "little") + b"WAVEfmt " + b"\0" * 28 + b"\0" * 1600


@dataclass
class Answer:
    """What is sent back: `announced` is a false Content-Length, `pause` seconds between bytes."""

    status: int = 200
    body: bytes = WAV
    media_type: str = "audio/x-wav"
    announced: int | None = None
    pause: float = 0.0
    location: str | None = None
    reset: bool = False


@dataclass
class Provider:
    """`answers` are given one by one, the last for ever; `asked` is the ledger outside our database."""

    url: str = ""
    answers: list[Answer] = field(default_factory=lambda: [Answer()])
    deleting: list[int] = field(default_factory=lambda: [204])
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)

    def next_answer(self) -> Answer:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def next_deletion(self) -> int:
        return self.deleting.pop(0) if len(self.deleting) > 1 else self.deleting[0]


@contextlib.contextmanager
def provider_server() -> Iterator[Provider]:
    """A running provider on 127.0.0.1."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _note(self) -> None:
            provider.asked.append((self.command, self.path, self.headers.get("Authorization")))

        def do_GET(self) -> None:
            self._note()
            answer = provider.next_answer()
            if answer.reset:
                self.close_connection = True
                return
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.media_type)
            self.send_header("Connection", "close")
            self.send_header("Content-Length", str(answer.announced or len(answer.body)))
            if answer.location:
                self.send_header("Location", answer.location)
            self.end_headers()
            self.close_connection = True
            with contextlib.suppress(OSError):
                self._send(answer)

        def _send(self, answer: Answer) -> None:
            if not answer.pause:
                self.wfile.write(answer.body)
                return
            for byte in answer.body:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(answer.pause)

        def do_DELETE(self) -> None:
            self._note()
            self.send_response(provider.next_deletion())
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    provider.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
