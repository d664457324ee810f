"""What a test that runs all day may take; whatever starts or kills more is marked `proof`."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

COMPUTING = 5.0
"""Seconds of the processor, its own and its children's: a busy machine does not make them more."""
KILLS = 10
PROGRAMS = frozenset({"chromium", "chromium-browser", "soffice", "strace"})
EQUIPMENT = frozenset({"chromium", "libreoffice", "strace"})
"""Fixtures that start one of the programs: whoever asks for one is a proof without saying so."""


@dataclass(eq=False)
class Effort:
    """What one test did so far."""

    programs: set[str] = field(default_factory=set)
    kills: int = 0
    computed: float = 0.0

    def excess(self) -> str | None:
        """Why the test is too much for the daily run; None when it is not."""
        if self.programs:
            return f"starts {', '.join(sorted(self.programs))}"
        if self.kills > KILLS:
            return f"kills {self.kills} times"
        return None

    def length(self) -> str | None:
        """Say how long the test took, where that is long: said at the end of a run, and never a failure."""
        if self.computed > COMPUTING:
            return f"computes for {self.computed:.1f} seconds"
        return None

    def note(self, event: str, details: tuple[object, ...]) -> None:
        """Take an audit event of the interpreter into account."""
        match event, details:
            case "subprocess.Popen", (program, [*words], *_):
                named = {Path(str(word)).name for word in (program, *words[:2])}
                self.programs |= PROGRAMS & named
            case "os.kill" | "os.killpg", (_, signal.SIGKILL):
                self.kills += 1


_watched: list[Effort] = []


def _hear(event: str, details: tuple[object, ...]) -> None:
    if _watched and event in {"subprocess.Popen", "os.kill", "os.killpg"}:
        _watched[-1].note(event, details)


sys.addaudithook(_hear)


@contextmanager
def watched() -> Iterator[Effort]:
    """The effort of what happens inside, complete when it has ended."""
    effort = Effort()
    before = _computed()
    _watched.append(effort)
    try:
        yield effort
    finally:
        _watched.remove(effort)
        effort.computed = _computed() - before


def _computed() -> float:
    times = os.times()
    return time.process_time() + times.children_user + times.children_system
