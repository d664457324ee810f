"""A machine of its own for a test: what is changed in `/etc`, `/opt`, `/var/lib` … is gone afterwards.

Run as `unshare --mount --net python -m tests.suite.installing.hour FOLDER`. No network is reached from it.
In systemd's place stands `systemctl.py`, which does what the units of docs/install say.
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path

CHANGED = ("/etc", "/opt", "/srv", "/media", "/var/lib", "/usr/local", "/root")
"""What an installation writes into; below a folder in memory while the test runs."""
PLACE = Path("/opt/machine")
SUDO = """#!/bin/sh
# The two ways in which the guides use sudo: as root, or `-u NAME`, with variables before the command.
who=root
while :; do case "$1" in -u) who=$2; shift 2;; *=*) export "$1"; shift;; *) break;; esac; done
[ "$who" = root ] && exec "$@"
exec setpriv --reuid "$who" --regid "$who" --init-groups "$@"
"""
UP = 0x8913, 0x8914, 1
"""Read flags, write flags, the flag of an interface that is up (Linux, netdevice(7))."""


def prepare(scratch: Path) -> None:
    """Put the machine in order; `scratch` is an empty folder."""
    if os.environ.get("TONGDAI_MACHINE") != "yes":
        raise SystemExit("only in namespaces of its own")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=0755", "none", str(scratch)], check=True)
    for folder in CHANGED:
        upper, work = (scratch / folder.strip("/").replace("/", "-") / name for name in ("up", "work"))
        upper.mkdir(parents=True, mode=0o755)
        work.mkdir()
        layers = f"lowerdir={folder},upperdir={upper},workdir={work}"
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o", layers, folder], check=True)
    _loopback_up()
    for name in ("bin", "site", "run"):
        (PLACE / name).mkdir(parents=True)
    _program("sudo", SUDO)
    own = Path(__file__).with_name("systemctl.py")
    _program("systemctl", f'#!/bin/sh\nexec {sys.executable} {own} "$@"\n')
    _program("python3", f'#!/bin/sh\nexec {Path(sys.executable).resolve()} "$@"\n')
    _site_packages()


def environment() -> dict[str, str]:
    """What commands on the machine find: no variable of ours but the packages, and pip without a network."""
    return {
        "PATH": f"{PLACE / 'bin'}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "PYTHONPATH": str(PLACE / "site"),
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # pip reads it the other way round: build with what is here
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
        "LANG": "C.UTF-8",
        "HOME": "/root",
    }


def _site_packages() -> None:
    """What the lock files name is here already; this program is not among it, nor is pip."""
    entries = []
    for number, packages in enumerate(one for one in sys.path if one.endswith("site-packages")):
        here = PLACE / f"packages-{number}"  # seen by a service with a /tmp of its own, wherever they lie
        here.mkdir()
        subprocess.run(["mount", "--bind", packages, str(here)], check=True)
        entries += list(here.iterdir())
    for entry in entries:
        name = entry.name.lower()
        ours = name.startswith(("tongdai", "__editable__", "pip")) or entry.suffix == ".pth"
        if not ours and not (PLACE / "site" / entry.name).is_symlink():
            (PLACE / "site" / entry.name).symlink_to(entry)


def _program(name: str, text: str) -> None:
    file = PLACE / "bin" / name
    file.write_text(text, "utf-8")
    file.chmod(0o755)


def _loopback_up() -> None:
    read, write, up = UP
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        asked = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(control, read, asked))[1]
        fcntl.ioctl(control, write, struct.pack("16sh14x", b"lo", flags | up))
