"""Runs a program that reads what people send: limited in time, memory and files, with none of our secrets."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

_PASSED_ON = ("PATH", "LANG", "SYSTEMROOT", "COMSPEC", "PATHEXT")


def ends_well(command: Sequence[str], folder: Path, seconds: float, megabytes: int) -> bool:
    """Run a command in `folder` and return whether it ended well and in time (OSError when it is not there).

    It and all it started are killed in any case. Windows has no limit of memory.
    """
    known = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    here = str(Path(__file__).resolve().parents[2])
    child = subprocess.Popen(
        [sys.executable, "-m", "logbook.process.bounded", str(megabytes), *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env={**known, "PYTHONPATH": here, "TMPDIR": str(folder), "HOME": str(folder)},
        start_new_session=True,
    )
    try:
        return child.wait(seconds) == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        if child.returncode is None:
            child.kill() if sys.platform == "win32" else os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def main(megabytes: str, *command: str) -> None:
    """Take the limits on and become the command."""
    if sys.platform == "win32":
        sys.exit(subprocess.run(command, check=False).returncode)
    import resource

    most = int(megabytes) * 1024 * 1024
    for what, limit in (
        (resource.RLIMIT_AS, most),
        (resource.RLIMIT_FSIZE, 64 * 1024 * 1024),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (limit, limit))
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(*sys.argv[1:])
