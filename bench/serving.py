"""Puts one application under one web server, as `python -m bench.serving <server> <module:factory> <port>`.

granian is started as `tongdai serve` starts it; gunicorn as docs/decisions/0003-web-server.md describes it.
"""

from __future__ import annotations

import os
import sys

from ivr.commands.serve import THREADS

HOST = "127.0.0.1"
GRANIAN = f"granian:{THREADS}"


def main(server: str, target: str, port: int) -> None:
    """Serve the application `target` makes; `server` is granian or gunicorn, a colon and the threads."""
    name, _, threads = server.partition(":")
    match name:
        case "granian":
            _granian(target, port, int(threads))
        case "gunicorn":
            _gunicorn(target, port, int(threads))
        case _:
            raise SystemExit(f"no such web server: {name}")


def _granian(target: str, port: int, threads: int) -> None:
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    Server(
        target,
        address=HOST,
        port=port,
        interface=Interfaces.WSGI,
        factory=True,
        workers=1,
        blocking_threads=threads,
        respawn_failed_workers=True,
        websockets=False,
        log_level=LogLevels.warning,
    ).serve()


def _gunicorn(target: str, port: int, threads: int) -> None:
    """One worker, its threads, and the settings that spare gunicorn's known traps (libraries.md)."""
    options = {
        "--bind": f"{HOST}:{port}",
        "--worker-class": "gthread",
        "--workers": "1",
        "--threads": str(threads),
        "--timeout": "30",
        "--graceful-timeout": "20",
        "--keep-alive": "5",
        "--log-level": "warning",
    }
    words = [word for option in options.items() for word in option]
    command = [sys.executable, "-m", "gunicorn", *words, "--no-control-socket", f"{target}()"]
    os.execv(sys.executable, command)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
