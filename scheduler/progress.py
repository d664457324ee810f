"""Watches that vital jobs make progress, and ends the process when they do not (S4)."""

from __future__ import annotations

from collections.abc import Mapping

from logbook.clock import Clock
from logbook.process import time_limit

STUCK_AFTER = 40.0
"""Seconds in which a step of any work ends: acts outside and waits for the database have less."""
AWAY = 10.0
"""A watch that was not read for so long was stopped itself, with the whole process; no job is to blame."""
MOST_ABANDONED = 16
"""Acts left behind at a time; with more of them a new process begins with none."""


class Progress:
    """Remembers when each watched job last made progress; thread-safe."""

    def __init__(
        self, clock: Clock, watched: Mapping[str, float], *, most_abandoned: float = MOST_ABANDONED
    ) -> None:
        """Watch from now on; `watched` are job names with the seconds between two runs of each."""
        self._clock, self._most_abandoned = clock, most_abandoned
        self._watched = dict(watched)
        self._running: set[str] = set()
        self._looked = clock.monotonic()
        self._moved = dict.fromkeys(self._watched, self._looked)

    def begun(self, name: str) -> None:
        """Note that a run of the job `name` begins."""
        self._running.add(name)
        self.moved(name)

    def ended(self, name: str) -> None:
        """Note that the run ended, well or not."""
        self._running.discard(name)
        self.moved(name)

    def moved(self, name: str) -> None:
        """Note that the job `name` made progress."""
        if name in self._watched:
            self._moved[name] = self._clock.monotonic()

    def stuck(self) -> list[str]:
        """Return the names of jobs without progress for longer than a step may take."""
        now = self._clock.monotonic()
        waits = {name: 0.0 if name in self._running else every for name, every in self._watched.items()}
        return [name for name, wait in waits.items() if now - self._moved[name] > wait + STUCK_AFTER]

    def look(self) -> list[str]:
        """Return why this process should end and begin anew, empty when it need not; once a second or so."""
        now = self._clock.monotonic()
        if now - self._looked > AWAY:
            self._moved = dict.fromkeys(self._watched, now)
        self._looked = now
        left = time_limit.abandoned()
        return [*self.stuck(), *([f"{left} acts outside"] if left > self._most_abandoned else [])]
