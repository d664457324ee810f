"""A fair queue of all processes that write to the same SQLite file (P1)."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from logbook.clock import Clock

NEXT, WRITER = "-next", "-writer"
"""What the names of the two lock files end with; both stay empty, and may be removed while nothing runs."""


class WritersQueue:
    """Lets processes write in turn: whoever wants to go next holds the one lock while waiting for the other.

    A writer that comes back at once finds the first lock taken by the one who waits, and cannot overtake;
    with SQLite's own waiting, which sleeps up to 100 ms between two looks, it overtook again and again. The
    queue is for fairness only. SQLite's lock still keeps writers apart, so whoever cannot queue (no
    permission, a network share without locks) or has queued too long goes on and waits as SQLite does. The
    system lets both locks go when their process dies, however it dies.
    """

    def __init__(self, file: Path) -> None:
        """Prepare the queue of the database `file`; no file is made before somebody writes."""
        self._next = _FileLock(file.with_name(file.name + NEXT), 0.001)
        self._writer = _FileLock(file.with_name(file.name + WRITER), 0.0005)
        self._monotonic = Clock().monotonic
        self._said = False

    @contextmanager
    def turn(self, seconds: float) -> Iterator[bool]:
        """Wait for our turn, at most `seconds`, and keep it; yields whether another process was writing."""
        taken = self._take(self._monotonic() + seconds)
        try:
            yield self._writer.waited
        finally:
            if taken:
                self._writer.release()

    def close(self) -> None:
        """Give the files back; the next turn opens them again."""
        for lock in (self._next, self._writer):
            lock.close()

    def _take(self, by: float) -> bool:
        try:
            if not self._next.take(by, self._monotonic):
                return False
            try:
                return self._writer.take(by, self._monotonic)
            finally:
                self._next.release()
        except OSError as problem:
            if not self._said:
                log = structlog.get_logger("database")
                log.warning(
                    "writers cannot queue here, the slowest answers will be slower",
                    file=str(problem.filename or self._next.path),
                    error=problem.strerror,
                )
            self._said = True
            return False


class _FileLock:
    """A lock that the system keeps for one open file; not shared by two of these in one process either."""

    def __init__(self, path: Path, look_again: float) -> None:
        """Check every `look_again` seconds whether another process has released the lock."""
        self.path = path
        self.waited = False
        self._look_again = look_again
        self._open: tuple[int, int, tuple[int, int]] | None = None

    def take(self, by: float, monotonic: Callable[[], float]) -> bool:
        """Take the lock before the moment `by`; False when others held it, OSError without locks."""
        descriptor = self._descriptor()
        self.waited = False
        while not _locked(descriptor):
            self.waited = True
            if monotonic() >= by:
                return False
            time.sleep(self._look_again)
        return True

    def release(self) -> None:
        """Release the lock."""
        if self._open is not None:
            _unlock(self._open[0])

    def close(self) -> None:
        """Close the file."""
        if self._open is not None:
            os.close(self._open[0])
            self._open = None

    def _descriptor(self) -> int:
        """The open file; opened again in a child process, and when another file has taken the name."""
        if self._open is not None:
            descriptor, process, known = self._open
            if process == os.getpid() and _identity(self.path) == known:
                return descriptor
            self.close()
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        found = os.fstat(descriptor)
        self._open = (descriptor, os.getpid(), (found.st_dev, found.st_ino))
        return descriptor


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


if sys.platform == "win32":
    import msvcrt

    def _locked(descriptor: int) -> bool:
        os.lseek(descriptor, 0, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _locked(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
