"""One thread that does small things later: sends again what was not answered, registers anew."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable

import structlog

log = structlog.get_logger("ivr.embedded")


class Later:
    """Something that will be done, unless it is called off."""

    def __init__(self, act: Callable[[], None]) -> None:
        """Do `act` when it is due."""
        self.act: Callable[[], None] | None = act

    def call_off(self) -> None:
        """Do nothing when it is due."""
        self.act = None


class Timers:
    """What is due next; acts are short."""

    def __init__(self) -> None:
        """Begin at once."""
        self._due: list[tuple[float, int, Later]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._ended = False
        threading.Thread(target=self._run, name="timers", daemon=True).start()

    def after(self, seconds: float, act: Callable[[], None]) -> Later:
        """Do `act` after so many seconds."""
        later = Later(act)
        with self._changed:
            heapq.heappush(self._due, (time.monotonic() + seconds, next(self._numbers), later))
            self._changed.notify()
        return later

    def end(self) -> None:
        """Do nothing any more."""
        with self._changed:
            self._ended = True
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._ended:
                    return
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is None or wait > 0:
                    self._changed.wait(wait)
                    continue
                later = heapq.heappop(self._due)[2]
            act = later.act
            if act is None:
                continue
            try:
                act()
            except Exception:
                log.exception("a timer failed")
