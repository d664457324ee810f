"""Delivers requests of real calls to the hotline, whose callers wait for no answer longer than they must."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from http import HTTPStatus

from werkzeug.datastructures import Headers

from ivr.phone.transport import HttpTransport, Reply, Transport

LONGEST_WAIT = 4.0
"""Seconds a caller waits for one answer of the hotline: after two of them the exchange takes over (L1)."""


class HurriedTransport(HttpTransport):
    """Delivers to the hotline on this machine; nobody on a telephone waits longer than LONGEST_WAIT."""

    def __init__(self, public_url: str, local_url: str, took: deque[float]) -> None:
        """Deliver as an HttpTransport does; how long each answer took is added to `took`, in seconds."""
        super().__init__(public_url, local_url)
        self.took = took

    def send(self, method: str, url: str, headers: Headers, body: bytes, timeout: float) -> Reply:
        """Send and wait at most LONGEST_WAIT."""
        begun = time.monotonic()
        try:
            return super().send(method, url, headers, body, min(timeout, LONGEST_WAIT))
        finally:
            self.took.append(time.monotonic() - begun)


class NotingTransport:
    """Delivers through another transport, and tells once that the hotline has answered.

    A call that waited for the hotline has little patience left; without being told, the line would end it at
    the next failure, however long it was answered in between.
    """

    def __init__(self, inner: Transport, answered: Callable[[], None]) -> None:
        """Nothing is told before the first answer that is no error."""
        self._inner, self._answered, self._told = inner, answered, False

    def send(self, method: str, url: str, headers: Headers, body: bytes, timeout: float) -> Reply:
        """Deliver as the other transport does."""
        reply = self._inner.send(method, url, headers, body, timeout)
        if not self._told and reply.status < HTTPStatus.BAD_REQUEST:
            self._told = True
            self._answered()
        return reply
