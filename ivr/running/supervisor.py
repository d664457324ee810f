"""Keeps a few processes running side by side, restarts them, and ends them together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType

from logbook.process.supervision import VARIABLE

RESTART_SECONDS = 0.5
LONGEST_PAUSE = 30.0
HEALTHY_SECONDS = 60.0
"""A process that lived so long is started again at once, as if it had never died."""
END_SECONDS = 20.0
LOOK_SECONDS = 0.1
START_SECONDS = 60.0
"""How long a new process may take to its first heartbeat."""
AFTER_SECONDS = 10.0
AWAY_SECONDS = 5.0
"""A supervisor that did not look for so long was stopped itself; it blames nobody for that time."""
REFUSED = 78
"""A process ends with this status when it must not start at all, having said why (sysexits.h, EX_CONFIG)."""
WRONG_SETTINGS = 2


@dataclass(frozen=True)
class Child:
    """One process to keep running.

    `silence_seconds`: it is killed, with everything it started, and started again when it gave no sign of
    life for so long; None leaves it alone. The process gives signs with what
    `logbook.process.supervision.join_supervisor()` returns: call `.give()` about once a second, and only
    while its vital work gets on, so that a process which hangs is silent. `sockets` are listening sockets it
    inherits: the number of each stands in the variable of that name (POSIX only). `after` names the child
    whose first heartbeat it waits for, AFTER_SECONDS at most: what callers need comes up by itself.
    """

    command: Sequence[str]
    silence_seconds: float | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    sockets: Mapping[str, socket.socket] = field(default_factory=dict)
    after: str = ""


@dataclass
class _Life:
    """One run of a child."""

    child: Child
    process: subprocess.Popen[bytes]
    word: str
    begun: float
    last_sign: float | None = None

    def silent(self, now: float) -> bool:
        """Whether it should have given a sign by now."""
        limit = self.child.silence_seconds
        if limit is None:
            return False
        if self.last_sign is None:
            return now - self.begun > START_SECONDS
        return now - self.last_sign > limit

    def kill(self) -> None:
        """End it and everything it started, at once."""
        if hasattr(os, "killpg"):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
        elif self.process.poll() is None:
            self.process.kill()

    def gone(self) -> bool:
        """Whether it has ended; what it left behind is ended then as well."""
        if self.process.poll() is None:
            return False
        self.kill()
        if self.process.stdin is not None:
            self.process.stdin.close()
        return True


class Supervisor:
    """Starts every child, starts it again when it dies or is silent, and ends all on TERM or Ctrl-C.

    Processes, not threads: a long job must never make a caller wait, and the telephone side and the
    scheduler do not know each other. HUP, which a closed terminal sends, ends everything too, unless
    `reloads`: then each child gets a successor, and ends when that one gave its first heartbeat.
    """

    def __init__(self, children: Mapping[str, Child], *, reloads: bool = False) -> None:
        """Keep the children by name; nothing runs yet."""
        self._children = children
        self._reloads = reloads
        self._running: dict[str, _Life] = {}
        self._next: dict[str, _Life] = {}
        self._leaving: list[tuple[_Life, float]] = []
        self._again_at: dict[str, float] = {}
        self._deaths: dict[str, int] = {}
        self._been_up: set[str] = set()
        self._ending = self._reload = False
        self._status = 0
        self._looked = self._begun = time.monotonic()
        self._ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._ear.bind(("127.0.0.1", 0))
        self._ear.setblocking(False)

    def start(self) -> None:
        """Start everything and listen for the end."""
        for name in ("SIGTERM", "SIGINT", "SIGHUP"):
            if hasattr(signal, name):  # Windows has no SIGHUP
                reload = self._reloads and name == "SIGHUP"
                signal.signal(
                    getattr(signal, name), self._on_reload_signal if reload else self._on_end_signal
                )
        self._begun = time.monotonic()
        self._launch_whose_turn_it_is()

    def watch(self) -> int:
        """Supervise the processes until a signal ends it.

        Returns 0 when all of them ended, 1 or 2 when one refused to start at all.
        """
        while not self._ending:
            self.look()
            time.sleep(LOOK_SECONDS)
        return self.end()

    def look(self) -> None:
        """Start again what has died or is silent, after a pause that grows; carry on a reload."""
        now = time.monotonic()
        self._hear(now)
        if now - self._looked > AWAY_SECONDS:
            for life in (*self._running.values(), *self._next.values()):
                life.begun, life.last_sign = now, now if life.last_sign is not None else None
        self._looked = now
        if self._reload:
            self._reload = False
            self._begin_reload()
        self._carry_on_reload(now)
        self._launch_whose_turn_it_is()
        for name, life in list(self._running.items()):
            self._look_after(name, life, now)

    @property
    def ending(self) -> bool:
        """Whether a signal asked it to end, or a child refused to start."""
        return self._ending

    def end(self) -> int:
        """End all children in good order, whoever does not within END_SECONDS by force."""
        lives = [*self._running.values(), *self._next.values(), *(life for life, _ in self._leaving)]
        for life in lives:
            if life.process.poll() is None:
                life.process.terminate()
        by = time.monotonic() + END_SECONDS
        for life in lives:
            try:
                life.process.wait(max(0.1, by - time.monotonic()))
            except subprocess.TimeoutExpired:
                life.kill()
                life.process.wait()
            life.gone()
        self._ear.close()
        return self._status

    def _launch_whose_turn_it_is(self) -> None:
        long_enough = time.monotonic() - self._begun > AFTER_SECONDS
        for name, child in self._children.items():
            if name not in self._running and (not child.after or child.after in self._been_up or long_enough):
                self._running[name] = self._launch(name)

    def _look_after(self, name: str, life: _Life, now: float) -> None:
        if name in self._again_at:
            if now >= self._again_at[name]:
                del self._again_at[name]
                self._running[name] = self._launch(name)
            return
        if life.silent(now):
            _report(f"{name} gives no sign of life, ending it")
            life.kill()
            life.process.wait()
        if life.gone():
            self._died(name, life, now)

    def _died(self, name: str, life: _Life, now: float) -> None:
        status = life.process.returncode
        if status in (REFUSED, WRONG_SETTINGS) and name not in self._been_up:
            self._status = 1 if status == REFUSED else status
            self._ending = True
            return
        lived = now - life.begun
        if lived > HEALTHY_SECONDS:
            self._deaths[name] = 0
        pause = min(LONGEST_PAUSE, RESTART_SECONDS * 2 ** min(self._deaths.get(name, 0), 16))
        self._deaths[name] = self._deaths.get(name, 0) + 1
        self._again_at[name] = now + pause
        _report(f"{name} ended with {status}, starting again in {pause:.1f} s")

    def _begin_reload(self) -> None:
        for name, life in self._running.items():
            if name not in self._next and life.process.poll() is None:
                self._next[name] = self._launch(name)

    def _carry_on_reload(self, now: float) -> None:
        for name, life in list(self._next.items()):
            if life.last_sign is not None or self._running[name].process.poll() is not None:
                self._leaving.append((self._running[name], now + END_SECONDS))
                if self._running[name].process.poll() is None:
                    self._running[name].process.terminate()
                self._again_at.pop(name, None)
                self._running[name] = self._next.pop(name)
            elif life.gone() or life.silent(now):
                _report(f"{name}: the new process did not come up, the old one goes on")
                life.kill()
                del self._next[name]
        for life, by in list(self._leaving):
            if now > by:
                life.kill()
            if life.gone():
                self._leaving.remove((life, by))

    def _hear(self, now: float) -> None:
        heard = set()
        while True:
            try:
                heard.add(self._ear.recv(256).decode("ascii", "replace"))
            except OSError:
                break
        for lives in (self._running, self._next):
            for name, life in lives.items():
                if life.word in heard:
                    life.last_sign = now
                    self._been_up.add(name)
                elif now - life.begun > AWAY_SECONDS and self._is_left_alone(life):
                    self._been_up.add(name)

    @staticmethod
    def _is_left_alone(life: _Life) -> bool:
        return life.child.silence_seconds is None and life.process.poll() is None

    def _launch(self, name: str) -> _Life:
        child, word = self._children[name], os.urandom(16).hex()
        environment = {**os.environ, **child.environment}
        environment[VARIABLE] = f"{self._ear.getsockname()[1]}:{word}"
        environment |= {variable: str(each.fileno()) for variable, each in child.sockets.items()}
        inherited = [each.fileno() for each in child.sockets.values()]
        if sys.platform == "win32":
            process = subprocess.Popen(child.command, env=environment, stdin=subprocess.PIPE)
        else:
            process = subprocess.Popen(
                child.command,
                env=environment,
                stdin=subprocess.PIPE,
                pass_fds=inherited,
                process_group=0,  # so that whatever it starts can be ended with it
            )
        return _Life(child, process, word, time.monotonic())

    def _on_end_signal(self, _sign: int, _frame: FrameType | None) -> None:
        self._ending = True

    def _on_reload_signal(self, _sign: int, _frame: FrameType | None) -> None:
        self._reload = True


def _report(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
