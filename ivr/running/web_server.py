"""The web server: waitress reads whole requests before a thread sees them; every wait has a time limit.

Nothing that callers need waits for a stranger's bytes: a request that does not come, or drips, is closed
when its time is over, whoever has waited longest makes room when all places are taken, and answers that
nobody fetches are given up (T-16, T-17, T-26).
"""

from __future__ import annotations

import copy
import logging
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import waitress.wasyncore as loop
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError, TransferEncodingNotImplemented
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask

from ivr.running.pools import Pools, RequestKind, kind_of
from ivr.running.security_headers import Fields

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

LARGEST_HEAD = 64 * 1024
LARGEST_BODY = {
    RequestKind.HEALTH: 1024,
    RequestKind.READINESS: 1024,
    RequestKind.WEBHOOK: 64 * 1024,
    RequestKind.TELEPHONE: 64 * 1024,
    RequestKind.PAGE: 4 * 1024 * 1024,  # the pages refuse long forms themselves, with a sentence
    RequestKind.UPLOAD: 66 * 1024 * 1024,
    RequestKind.PROVIDER: 64 * 1024 * 1024,
}
"""Bytes of a body at most, refused with 413 before it is read."""
MOST_LARGE = 256 * 1024 * 1024
"""Bytes of all bodies larger than a page's while they are read: they stay in memory, since a temporary file
would keep the personal data in them (002-32) on the disk."""
MOST_BUFFERED = 512 * 1024 * 1024
"""Bytes of one answer kept for a slow reader, beyond the first megabyte on disk: no thread waits for it."""
CONNECTIONS = 1000 if sys.platform != "win32" else 400  # select() of Windows takes 512 sockets
TOO_LATE = "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n"


@dataclass(frozen=True)
class Deadlines:
    """Seconds a peer may take in all, however it drips; `stalled` is without a single byte fetched."""

    head: float = 5.0
    webhook: float = 5.0
    form: float = 30.0
    upload: float = 300.0
    idle: float = 75.0
    stalled: float = 30.0
    answer: float = 1800.0
    ending: float = 15.0
    look: float = 0.5


class _Adjustments(Adjustments):  # type: ignore[misc]
    """The server's settings, and which requests with large bodies it holds."""

    def __init__(self, **settings: object) -> None:
        """None is held yet."""
        super().__init__(**settings)
        self.large: WeakSet[_Request] = WeakSet()


class _Request(HTTPRequestParser):  # type: ignore[misc]
    """Reads one request; what a proxy in front might understand otherwise is refused."""

    size = 0
    """Bytes that its body may come to, where that is more than a page takes."""

    def parse_header(self, head: bytes) -> None:
        """Read the head; ParsingError for folded lines, a length beside chunks, and chunks in HTTP/1.0."""
        lines = head.lower().split(b"\r\n")[1:]
        if any(line.startswith((b" ", b"\t")) for line in lines):
            raise ParsingError("Folded header line")
        try:
            super().parse_header(head)
        except TransferEncodingNotImplemented as problem:
            raise ParsingError(str(problem)) from problem
        chunks = any(line.startswith(b"transfer-encoding") for line in lines)
        if chunks and (self.version != "1.1" or "CONTENT_LENGTH" in self.headers):
            raise ParsingError("Transfer-Encoding beside Content-Length, or in HTTP/1.0")
        size = LARGEST_BODY[self.kind] if chunks else self.content_length
        if size > LARGEST_BODY[RequestKind.PAGE]:
            if sum(other.size for other in self.adj.large) + size > MOST_LARGE:
                raise ParsingError("Too many large files at once")
            self.size = size
            self.adj.large.add(self)
        self.adj: _Adjustments = copy.copy(self.adj)
        self.adj.max_request_body_size = LARGEST_BODY[self.kind] + 1

    @property
    def kind(self) -> RequestKind:
        """What it is for, once its head is read."""
        return kind_of(getattr(self, "path", ""))


class _Refusal(ErrorTask):  # type: ignore[misc]
    """What the server answers itself (400, 413, 431, 500), with the headers of every other answer."""

    def execute(self) -> None:
        """Answer."""
        self.response_headers.extend(self.channel.server.headers)
        super().execute()


class _Connection(HTTPChannel):  # type: ignore[misc]
    """One connection, which knows since when it waits for its peer."""

    parser_class = _Request
    error_task_class = _Refusal

    def __init__(self, *arguments: Any, **named: Any) -> None:
        now = time.monotonic()
        self.begun: float | None = now  # a connection that says nothing is a request that does not come
        self.since, self._phase, self._seen, self._moved = now, "request", 0.0, now
        super().__init__(*arguments, **named)

    def received(self, data: bytes) -> bool:
        """Take bytes; a request begins with its first byte, the first one with the connection."""
        before = self.request
        took = bool(super().received(data))
        if self.request is None:
            self.begun = None
        elif self.request is not before and (before is not None or self.begun is None):
            self.begun = time.monotonic()
        return took

    def overdue(self, now: float, deadlines: Deadlines) -> bool:
        """Whether the peer had its time for what it has to do next: send, or fetch an answer."""
        phase = self.phase()
        if phase != self._phase:
            self._phase, self.since, self._moved = phase, now, now
        if phase == "served":
            if self.begun is not None:
                self.begun = now  # whoever waits for us need not send meanwhile
            return False
        if phase == "answer":
            if self.last_activity != self._seen:
                self._seen, self._moved = self.last_activity, now
            return now - self._moved > deadlines.stalled or now - self.since > deadlines.answer
        if phase == "idle" or self.begun is None:
            return now - self.since > deadlines.idle
        self.since = self.begun
        return now - self.begun > self._limit(deadlines)

    def phase(self) -> str:
        """What the connection is at: served, answer (being fetched), request (coming in), idle."""
        if self.requests:
            return "served"
        if self.total_outbufs_len:
            return "answer"
        return "request" if self.begun is not None else "idle"

    def _limit(self, deadlines: Deadlines) -> float:
        if self.request is None or not self.request.headers_finished:
            return deadlines.head
        if self.request.kind is RequestKind.UPLOAD:
            return deadlines.upload
        patient = self.request.kind in (RequestKind.PAGE, RequestKind.PROVIDER)
        return deadlines.form if patient else deadlines.webhook

    def drop(self) -> None:
        """Close it at once, and say why to whoever had begun to ask."""
        if self.request is not None and not self.total_outbufs_len and self.socket is not None:
            with suppress(OSError):
                self.socket.send(self.server.too_late)
        self.handle_close()


class WebServer(TcpWSGIServer):  # type: ignore[misc]
    """Serves one application on a listening socket until a signal ends it."""

    channel_class = _Connection

    def __init__(
        self,
        application: WSGIApplication,
        listener: socket.socket,
        pools: Pools,
        *,
        deadlines: Deadlines | None = None,
        connections: int = CONNECTIONS,
        each_look: Callable[[], None] = lambda: None,
        headers: Fields = (),
    ) -> None:
        """Take requests from `listener`; `each_look` is called about twice a second by the loop itself.

        `headers` stand on what the server answers before the application sees a request.
        """
        self.headers = headers
        self.too_late = (
            TOO_LATE + "".join(f"{name}: {value}\r\n" for name, value in headers) + "\r\n"
        ).encode()
        self.deadlines = deadlines or Deadlines()
        self._most, self._each_look, self._pools = connections, each_look, pools
        self._ending = False
        adjustments = _Adjustments(
            sockets=[listener],
            ident=None,  # nobody needs to know which server this is
            max_request_header_size=LARGEST_HEAD,
            max_request_body_size=max(LARGEST_BODY.values()),
            inbuf_overflow=max(LARGEST_BODY.values()) + 1,  # what people send stays in memory
            outbuf_high_watermark=MOST_BUFFERED,
            connection_limit=sys.maxsize,  # room is made instead, see handle_accept
            clear_untrusted_proxy_headers=False,  # the application alone knows which proxy it trusts
            log_socket_errors=False,
        )
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        address = (listener.family, listener.type, listener.proto, listener.getsockname())
        super().__init__(
            application,
            _sock=listener,
            dispatcher=pools,
            adj=adjustments,
            bind_socket=False,
            sockinfo=address,
        )

    def run(self) -> None:
        """Serve until a signal ends it, then finish running requests, `ending` seconds at most."""
        poll = loop.poll2 if hasattr(loop.select, "poll") else loop.poll
        look_at, by = 0.0, float("inf")
        while self.active_channels or not self._ending:
            poll(0.05 if self._ending else self.deadlines.look, self._map)
            now = time.monotonic()
            if self._ending and self.accepting:
                by = now + self.deadlines.ending
                self._stop_accepting()
            if now >= by:
                break
            if now >= look_at or self._ending:
                look_at = now + self.deadlines.look
                self._close_overdue(now)
                self._each_look()
        self._pools.shutdown(timeout=1)
        loop.close_all(self._map)

    def end(self, *_signal: object) -> None:
        """Take no new requests and let `run` return once the running ones are answered; for any thread."""
        self._ending = True
        with suppress(OSError):  # it has ended and closed everything already: signalled twice
            self.pull_trigger()

    def maintenance(self, now: float) -> None:
        """Nothing: waitress would look for inactivity only; see `_close_overdue`."""

    def readable(self) -> bool:
        """Whether a new connection can be taken: there is room, or somebody can make it."""
        full = len(self.active_channels) >= self._most
        return self.accepting and not (full and self._longest_waiting() is None)

    def handle_accept(self) -> None:
        """Take a connection; when there are too many, close the one that has kept us waiting longest."""
        super().handle_accept()
        if len(self.active_channels) > self._most and (waiting := self._longest_waiting()):
            waiting.drop()

    def _longest_waiting(self) -> _Connection | None:
        waiting = [each for each in self.active_channels.values() if each.phase() in ("request", "idle")]
        return min(waiting, key=lambda each: each.begun or each.since, default=None)

    def _stop_accepting(self) -> None:
        self.accepting = False
        self.del_channel()
        self.socket.close()

    def _close_overdue(self, now: float) -> None:
        for connection in list(self.active_channels.values()):
            idle = self._ending and connection.phase() == "idle"
            if idle or connection.overdue(now, self.deadlines):
                connection.drop()
