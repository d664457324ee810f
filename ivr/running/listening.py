"""Opens the listening sockets in the supervisor, so that callers wait while a process restarts."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Mapping, MutableMapping

from ivr.running.port import open_port

LISTENER, PAGES_LISTENER = "LISTENER_OUTSIDE", "LISTENER_PAGES"
"""Variables with the number of an inherited socket (POSIX)."""
PAGES_ADDRESS, PAGES_WORD = "PAGES_ADDRESS", "PAGES_WORD"
"""Variables the line and the pages share: where the pages listen, and the word that opens them."""
LOOPBACK = "127.0.0.1"
MOST_FILES = 4096
INHERITS = sys.platform != "win32"
"""Whether a process may inherit a socket by its number; elsewhere each opens its own."""


def listener_of(environ: MutableMapping[str, str], variable: str, host: str, port: int) -> socket.socket:
    """The socket this process inherited under `variable`, else one of its own."""
    number = environ.pop(variable, "")
    if number:
        return socket.socket(fileno=int(number))
    return open_port(host, port)


def pages_between() -> tuple[socket.socket, Mapping[str, str]]:
    """A socket for the pages on the loopback address, and what the line and the pages know of it."""
    listener = open_port(LOOPBACK, 0)
    port = listener.getsockname()[1]
    if not INHERITS:
        listener.close()
    return listener, {PAGES_ADDRESS: f"{LOOPBACK}:{port}", PAGES_WORD: os.urandom(32).hex()}


def more_files() -> None:
    """Let this process open as many files as the system allows, within reason: a connection is a file."""
    if sys.platform != "win32":
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(MOST_FILES, hard)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
