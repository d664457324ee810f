"""Puts one application under one web server, as `python -m bench.serving <server> <module:factory> <port>`.

waitress is started as `tongdai voice` starts it, with its deadlines; gunicorn as it is known to run well.
"""

from __future__ import annotations

import os
import signal
import sys
from importlib import import_module

from ivr.running.pools import CALLERS, Pool, Pools, RequestKind
from ivr.running.port import open_port
from ivr.running.web_server import WebServer

HOST = "127.0.0.1"
OURS = f"waitress:{CALLERS.threads}"


def main(server: str, target: str, port: int) -> None:
    """Serve the application `target` makes; `server` is waitress or gunicorn, a colon and the threads."""
    name, _, threads = server.partition(":")
    match name:
        case "waitress":
            _waitress(target, port, int(threads))
        case "gunicorn":
            _gunicorn(target, port, int(threads))
        case _:
            raise SystemExit(f"no such web server: {name}")


def _waitress(target: str, port: int, threads: int) -> None:
    module, _, factory = target.partition(":")
    application = getattr(import_module(module), factory)()
    pools = Pools({kind: Pool(threads if kind is RequestKind.WEBHOOK else 1) for kind in RequestKind})
    server = WebServer(application, open_port(HOST, port), pools)
    signal.signal(signal.SIGTERM, server.end)
    server.run()


def _gunicorn(target: str, port: int, threads: int) -> None:
    """One worker, its threads, and the settings that spare gunicorn's known traps (docs/performance.md)."""
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
