"""Keeps a handful of processes running side by side and ends them together."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from types import FrameType

RESTART_SECONDS = 2.0
END_SECONDS = 20.0
LOOK_SECONDS = 0.2

Command = Sequence[str]


class Supervisor:
    """Starts every command, starts it again when it dies, and ends all on TERM, HUP or Ctrl-C.

    Processes, not threads: a long job must never make a caller wait, and the telephone side and the
    scheduler do not know each other.
    """

    def __init__(self, commands: Mapping[str, Command]) -> None:
        """Keep the commands by name; nothing runs yet."""
        self._commands = commands
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._again_at: dict[str, float] = {}
        self._ending = False

    def start(self) -> None:
        """Start everything and listen for the end; a terminal that is closed is the end as well."""
        for name in ("SIGTERM", "SIGINT", "SIGHUP"):
            if hasattr(signal, name):  # Windows has no SIGHUP
                signal.signal(getattr(signal, name), self._told_to_end)
        for name in self._commands:
            self._launch(name)

    def watch(self) -> int:
        """Look after the processes until told to end; 0 when all of them ended."""
        while not self._ending:
            self.look()
            time.sleep(LOOK_SECONDS)
        return self._end()

    def look(self) -> None:
        """Start again what has died, after a pause."""
        now = time.monotonic()
        for name, process in list(self._running.items()):
            if process.poll() is None:
                continue
            if name not in self._again_at:
                sys.stderr.write(f"{name} ended with {process.returncode}, starting again\n")
                self._again_at[name] = now + RESTART_SECONDS
            elif now >= self._again_at[name]:
                self._launch(name)

    @property
    def ending(self) -> bool:
        """Whether it was told to end."""
        return self._ending

    def _launch(self, name: str) -> None:
        self._again_at.pop(name, None)
        self._running[name] = subprocess.Popen(self._commands[name])

    def _told_to_end(self, _sign: int, _frame: FrameType | None) -> None:
        self._ending = True

    def _end(self) -> int:
        for process in self._running.values():
            if process.poll() is None:
                process.terminate()
        by = time.monotonic() + END_SECONDS
        for process in self._running.values():
            try:
                process.wait(max(0.1, by - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        return 0
