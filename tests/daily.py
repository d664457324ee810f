"""What a test that runs all day may take; whatever starts or kills more is marked `proof`."""

from __future__ import annotations

import functools
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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

    def started(self, command: object, executable: object) -> None:
        """Take a program into account that is started as subprocess.Popen is told."""
        words = [*command[:2]] if isinstance(command, list | tuple) else []
        self.programs |= PROGRAMS & {Path(str(word)).name for word in (executable, *words)}

    def signalled(self, which: int) -> None:
        """Take a signal to a process or a group into account."""
        self.kills += which == signal.SIGKILL


_watched: list[Effort] = []


def _listen() -> None:
    """Notice what is started and killed in this process.

    An audit hook would notice too, and be asked at every `id()`: a twentieth of all computing.
    """
    begin = subprocess.Popen.__init__

    @functools.wraps(begin)
    def heard(self: Any, args: Any, *more: Any, **how: Any) -> None:
        for effort in _watched[-1:]:
            effort.started(args, how.get("executable"))
        begin(self, args, *more, **how)

    def hearing(kill: Callable[[int, int], None]) -> Callable[[int, int], None]:
        @functools.wraps(kill)
        def killed(whom: int, which: int) -> None:
            for effort in _watched[-1:]:
                effort.signalled(which)
            kill(whom, which)

        return killed

    setattr(subprocess.Popen, "__init__", heard)  # noqa: B010 - mypy lets nobody assign to a method
    os.kill, os.killpg = hearing(os.kill), hearing(os.killpg)


_listen()


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
