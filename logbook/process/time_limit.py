"""Runs an outside act under a total time limit that the waiting side enforces (S4, F-27)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

_T = TypeVar("_T")


class TookTooLongError(Exception):
    """The act did not end in time and was abandoned; what it began may still happen."""


class _Act(threading.Thread, Generic[_T]):
    """One act in a thread of its own, which keeps no process alive."""

    def __init__(self, act: Callable[[], _T]) -> None:
        super().__init__(name="outside", daemon=True)
        self._act = act
        self._came: list[_T] = []
        self._failed: BaseException | None = None
        self.abandoned = False

    def run(self) -> None:
        """Act, and keep what came of it."""
        try:
            self._came.append(self._act())
        except BaseException as error:
            self._failed = error

    def outcome(self, seconds: float) -> _T:
        """Wait for the end; what the act returned or raised, TookTooLongError without one."""
        self.join(seconds)
        if self._failed is not None:
            raise self._failed
        if not self._came:
            self.abandoned = True
            raise TookTooLongError(f"no end within {seconds:g} s")
        return self._came[0]


def within(seconds: float, act: Callable[[], _T]) -> _T:
    """Return what `act` returns, or raise what it raises; TookTooLongError when it has not ended by then.

    Time-outs of sockets bound each read, and a peer that sends a byte now and then is never done. The act
    runs in a thread of its own, which is left behind when the time is up; what it returns later goes nowhere.
    """
    thread = _Act(act)
    thread.start()
    return thread.outcome(seconds)


def abandoned() -> int:
    """Return how many acts of this process were left behind and still have not ended."""
    acts: list[Any] = [thread for thread in threading.enumerate() if isinstance(thread, _Act)]
    return sum(act.abandoned for act in acts)
