"""Does what the guides ask of systemd, from the unit: its command, account, environment, places to write.

`python systemctl.py enable --now NAME | start NAME | stop NAME | daemon-reload`. A service sees everything
read-only but its state and a `/tmp` of its own, holds no capability, and may gain none.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

UNITS, PLACE = Path("/etc/systemd/system"), Path("/opt/machine")
READ_ONLY = ("/etc", "/opt", "/srv", "/media", "/usr/local", "/root", "/")
CONFINED = """
mount --bind "$STATE" "$STATE"
mount -t tmpfs none /tmp
for place in {places}; do mount -o remount,bind,ro "$place" || exit 71; done
cd "$STATE"
exec setpriv --reuid "$WHO" --regid "$WHO" --init-groups --no-new-privs --inh-caps=-all \\
    --bounding-set=-all $COMMAND
"""


def settings_of(unit: Path) -> dict[str, str]:
    """The settings of a unit; the last one counts."""
    lines = [line.partition("=") for line in unit.read_text("utf-8").splitlines() if "=" in line[:40]]
    return {name: value for name, _, value in lines if not name.startswith("#")}


def start(name: str) -> int:
    """Start it as its unit says, and return at once, as Type=exec does."""
    unit = settings_of(UNITS / f"{name}.service")
    told = [line.split("=", 1) for line in Path(unit["EnvironmentFile"]).read_text("utf-8").splitlines()
            if "=" in line and not line.startswith("#")]  # fmt: skip
    state = Path("/var/lib") / unit["StateDirectory"]
    environment = {
        **{key: value.strip().strip('"') for key, value in told},
        "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        "PYTHONPATH": os.environ["PYTHONPATH"],
        "LANG": "C.UTF-8",
        "STATE": str(state),
        "WHO": unit["User"],
        "COMMAND": unit["ExecStart"],
    }
    confined = CONFINED.format(places=" ".join(one for one in READ_ONLY if Path(one).is_dir()))
    with (PLACE / "run" / f"{name}.log").open("ab") as log:
        running = subprocess.Popen(
            ["unshare", "--mount", "sh", "-ec", confined],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    (PLACE / "run" / f"{name}.pid").write_text(str(running.pid), "utf-8")
    return 0


def stop(name: str) -> int:
    """End it by SIGTERM to its first process, as KillMode=mixed does; 1 when it outlives its time."""
    file = PLACE / "run" / f"{name}.pid"
    if not file.is_file():
        return 0
    process, longest = (
        int(file.read_text("utf-8")),
        float(settings_of(UNITS / f"{name}.service")["TimeoutStopSec"]),
    )
    begun = time.monotonic()
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGTERM)
    while _lives(process) and time.monotonic() - begun < longest:
        time.sleep(0.05)
    took, lives = time.monotonic() - begun, _lives(process)
    with suppress(ProcessLookupError):
        os.killpg(process, signal.SIGKILL)
    (PLACE / "run" / f"{name}.stopped").write_text(f"{took:.2f}", "utf-8")
    file.unlink()
    return int(lives)


def _lives(process: int) -> bool:
    """Whether any process of the group is there and not only waits to be buried."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with suppress(OSError, ValueError, IndexError):
            state, _, group = (entry / "stat").read_text("utf-8").rpartition(")")[2].split()[:3]
            if int(group) == process and state != "Z":
                return True
    return False


def main(arguments: list[str]) -> int:
    """The exit status of one command."""
    verbs = {"start": (start,), "stop": (stop,), "enable": (start,), "restart": (stop, start)}
    words = [one for one in arguments if not one.startswith("-")]
    return max((verb(words[1]) for verb in verbs.get(words[0], ())), default=0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
