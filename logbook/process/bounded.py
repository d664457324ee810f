"""Runs a program that reads what people send: limited in time, memory and files, with none of our secrets."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event

from logbook.clock import Clock

LARGEST_FILE = 64 * 1024 * 1024
_LOOK = 0.1
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "COMSPEC", "PATHEXT")
"""All that such a program learns of our environment, which holds the office's secrets."""


def ends_well(command: Sequence[str], folder: Path, seconds: float, megabytes: int) -> bool:
    """Run a command in `folder` and return whether it ended well and in time (OSError when it is not there).

    It and all it started are killed in any case. Windows has no limit of memory.
    """
    child = subprocess.Popen(
        [sys.executable, "-m", "logbook.process.bounded", str(megabytes), *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env=environment(folder),
        start_new_session=True,
    )
    try:
        in_time = waited(child, seconds)
    finally:
        killed(child)
    return in_time and child.returncode == 0


def environment(folder: Path) -> dict[str, str]:
    """Return what such a program knows of the world: `folder` is its home."""
    known = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    here = str(Path(__file__).resolve().parents[2])
    return {**known, "PYTHONPATH": here, "TMPDIR": str(folder), "HOME": str(folder)}


def waited(
    child: subprocess.Popen[bytes], seconds: float, goes_on: Callable[[], bool] = lambda: True
) -> bool:
    """Wait for the child's end; False when its time was up, or nobody wants it any more."""
    clock, nothing = Clock(), Event()
    by = clock.monotonic() + seconds
    while not _ended(child):
        if clock.monotonic() >= by or not goes_on():
            return False
        nothing.wait(_LOOK)
    return True


def _ended(child: subprocess.Popen[bytes]) -> bool:
    """Whether it ended; where it can, its number stays its own until `killed` has ended what it left."""
    if sys.platform == "win32" or not hasattr(os, "waitid"):  # macOS before Python 3.13
        return child.poll() is not None
    return os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def killed(child: subprocess.Popen[bytes]) -> None:
    """End a child that began a session of its own, and all it started."""
    if sys.platform == "win32":
        child.kill()
    else:
        with suppress(ProcessLookupError, PermissionError):  # macOS: only its remains are left
            os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def limit(megabytes: int) -> None:
    """Memory and files as far as the system lets a process limit itself; Windows does not."""
    if sys.platform != "win32":
        import resource

        for what, most in (
            (resource.RLIMIT_AS, megabytes * 1024 * 1024),
            (resource.RLIMIT_FSIZE, LARGEST_FILE),
            (resource.RLIMIT_CORE, 0),
        ):
            resource.setrlimit(what, (most, most))


def main(megabytes: str, *command: str) -> None:
    """Take the limits on and become the command."""
    if sys.platform == "win32":
        sys.exit(subprocess.run(command, check=False).returncode)
    limit(int(megabytes))
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(*sys.argv[1:])
