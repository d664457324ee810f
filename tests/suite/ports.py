"""Ports for programs that are told which one to take: nobody else is given one until this process ends."""

from __future__ import annotations

import errno
import itertools
import os
import socket
from pathlib import Path

_FIRST, _COUNT = 20_000, 10_000
"""Below those that the system gives to outgoing connections: one of them would take the port of a program
that is just being started again, and a caller who tries it meanwhile may be connected to itself."""
_numbers = itertools.count(os.getpid() * 101)
_reserved: list[socket.socket] = []


def free_port() -> int:
    """A port on 127.0.0.1 that nobody listens at and no other test process is given."""
    for number in itertools.islice(_numbers, _COUNT):
        port = _FIRST + number % _COUNT
        if _is_free(port) and _reserve(port):
            return port
    raise AssertionError("no port is free")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _reserve(port: int) -> bool:
    """Keep the same port of a neighbouring address, where no program of ours listens."""
    kept = socket.socket()
    try:
        kept.bind(("127.0.0.2", port))
    except OSError as problem:
        kept.close()
        return problem.errno == errno.EADDRNOTAVAIL  # a system with a single loopback address
    _reserved.append(kept)
    return True


def outgoing_ports() -> range:
    """The ports that the system gives to outgoing connections; empty where it does not say so."""
    told = Path("/proc/sys/net/ipv4/ip_local_port_range")
    if not told.exists():
        return range(0)
    first, last = map(int, told.read_text().split())
    return range(first, last + 1)
