"""Keeps the parts of the program running: `python -m ivr.running.parts serve|voice|web PORT`.

`tongdai` checks everything first and then becomes this process, which knows how to watch and nothing else:
it lives as long as the program and holds a tenth of the memory that the checks took.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, MutableMapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NoReturn

from ivr.running.listening import INHERITS, LISTENER, PAGES_LISTENER, listener_of, pages_between
from ivr.running.supervisor import Child, Supervisor

if TYPE_CHECKING:
    import socket

Command = Literal["serve", "voice", "web"]
SCHEDULER = (sys.executable, "-m", "scheduler")
WELCOME = (sys.executable, "-m", "ivr.running.demonstration")
SAMPLE, CLOCK, OFFICES = "sample", "clock", "offices"
SILENCE = 25.0
"""Seconds without a heartbeat after which a process is ended and started again (F-30)."""
COMES_UP_SECONDS = 30.0


def become(command: Command, port: int, outside: socket.socket, *options: str) -> NoReturn:
    """Let this process go on as the one that watches, and end with its status.

    `options`: "sample" fills an empty demonstration; "clock=FILE" is a file to delete at the end; "offices"
    says that an installation of many is served.
    """
    arguments = [command, str(port), *options]
    if not INHERITS:
        outside.close()
        sys.exit(main(arguments))
    os.set_inheritable(outside.fileno(), True)
    os.environ[LISTENER] = str(outside.fileno())
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, "-m", "ivr.running.parts", *arguments])  # noqa: S606


def main(arguments: Sequence[str], environ: MutableMapping[str, str] = os.environ) -> int:
    """Watch until a signal ends it; 0 then, 1 or 2 when a part refused to start."""
    command, port, *options = arguments
    environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # it looks through all packages for them
    sockets = {LISTENER: listener_of(environ, LISTENER, "", 0)} if INHERITS else {}
    if command != "serve":
        house = Supervisor({command: worker(command, sockets, {})}, reloads=True)
        house.start()
        return house.watch()
    house = Supervisor(office(sockets))
    house.start()
    greeting = threading.Thread(target=greet, args=(house, int(port), options), name="greet", daemon=True)
    greeting.start()
    try:
        return house.watch()
    finally:
        for name, _, value in (option.partition("=") for option in options):
            if name == CLOCK:
                Path(value).unlink(missing_ok=True)


def office(sockets: Mapping[str, socket.socket]) -> dict[str, Child]:
    """All parts of one office; the telephone comes up first, whatever the machine is short of."""
    listener, between = pages_between()
    return {
        "line": worker("line", sockets, between),
        "pages": worker("pages", {PAGES_LISTENER: listener}, between, after="line"),
        "scheduler": Child(SCHEDULER, SILENCE, after="line"),
    }


def worker(
    part: str, sockets: Mapping[str, socket.socket], environment: Mapping[str, str], *, after: str = ""
) -> Child:
    """A process that answers requests (`ivr.worker`)."""
    command = (sys.executable, "-m", "ivr.worker", part)
    return Child(command, SILENCE, environment, sockets if INHERITS else {}, after)


def greet(house: Supervisor, port: int, options: Sequence[str]) -> None:
    """Print the program's address once it is ready, or that it takes long; however long that is."""
    if not answers(port, house, COMES_UP_SECONDS) and not house.ending:
        sys.stdout.write("Tổng đài còn đang khởi động; địa chỉ sẽ hiện ở đây khi dùng được.\n")
        sys.stdout.flush()
    if not answers(port, house):
        return
    if OFFICES in options:
        sys.stdout.write(f"Tổng đài của các đơn vị đang chạy tại cổng {port}  (Ctrl-C để dừng)\n")
        sys.stdout.flush()
    else:
        subprocess.run([*WELCOME, *(one for one in options if one == SAMPLE)], check=False)


def answers(port: int, house: Supervisor, seconds: float = float("inf")) -> bool:
    """Whether the program becomes ready within `seconds`, while its processes are looked after elsewhere."""
    import http.client  # the telephone alone greets nobody

    by = time.monotonic() + seconds
    while time.monotonic() < by and not house.ending:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        with suppress(OSError, http.client.HTTPException):
            line.request("GET", "/readyz")
            if line.getresponse().status == http.client.OK:
                line.close()
                return True
        line.close()
        time.sleep(0.2)
    return False


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.exit(main(sys.argv[1:]))
