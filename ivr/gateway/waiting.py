"""Hands a channel that comes in to whoever waits for it: a call that was picked up, a clerk to be asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, Queue
from threading import Lock

from ivr.gateway.conversation import Conversation

TOKEN = re.compile(r"[0-9a-f]{32}", re.ASCII)


class Awaited:
    """Channels that are expected, each by a token nobody can guess."""

    def __init__(self) -> None:
        """Expect nobody."""
        self._lock = Lock()
        self._queues: dict[str, Queue[Conversation]] = {}

    @contextmanager
    def expecting(self, token: str) -> Iterator[Queue[Conversation]]:
        """Expect a channel meanwhile; one that comes too late is closed."""
        queue: Queue[Conversation] = Queue()
        with self._lock:
            self._queues[token] = queue
        try:
            yield queue
        finally:
            with self._lock:
                del self._queues[token]
            while True:
                try:
                    queue.get_nowait().close()
                except Empty:
                    break

    def hand_over(self, token: str, conversation: Conversation) -> bool:
        """Give the channel to whoever expects it; False when nobody does."""
        with self._lock:
            queue = self._queues.get(token)
            if queue is None:
                return False
            queue.put(conversation)
            return True
