"""What a supervised process does: it ends with its supervisor and sends it heartbeats.

The supervisor holds the other end of the process's standard input: when it dies, however it dies, that end
closes. Heartbeats are datagrams on the loopback address, so that they work on every system and cost
nothing when nobody reads them.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import sys
import threading
from collections.abc import MutableMapping
from contextlib import suppress

VARIABLE = "SUPERVISED"
"""Set by the supervisor: the port of its ear, a colon, and this process's own word."""
LEFT_ALONE = 70
"""The exit status of a process that ended because its supervisor did."""
_PR_SET_PDEATHSIG = 1


class SignsOfLife:
    """Sends the supervisor heartbeats while this process makes progress; sends nothing when there is none."""

    def __init__(self, details: str = "") -> None:
        """Keep what the supervisor passed on: `port:word`, or nothing in a process started by hand."""
        port, _, self._word = details.partition(":")
        self._ear = ("127.0.0.1", int(port)) if port else None
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM) if port else None

    def give(self) -> None:
        """Give one sign; at least one per second keeps the supervisor from ending this process."""
        if self._socket is not None and self._ear is not None:
            with suppress(OSError):  # an ear that is gone is noticed elsewhere
                self._socket.sendto(self._word.encode(), self._ear)


def join_supervisor(environ: MutableMapping[str, str] | None = None) -> SignsOfLife:
    """End from now on when the supervisor ends, even by kill -9; return the way to give it heartbeats.

    Call it once, first thing in the process. In a process started by hand it does nothing. What this process
    starts itself is not looked after: the variable is taken out of the environment.
    """
    kept = os.environ if environ is None else environ
    details = kept.pop(VARIABLE, "")
    if details:
        _die_with_parent()
        threading.Thread(target=_wait_for_the_end, name="supervised", daemon=True).start()
    return SignsOfLife(details)


def _wait_for_the_end() -> None:
    with suppress(OSError):
        while os.read(0, 1024):
            pass
    # Nothing is cleaned up: what is not committed is asked for again, as after kill -9.
    os._exit(LEFT_ALONE)


def _die_with_parent() -> None:
    """On Linux the kernel ends even a process that is stopped or hangs (prctl(2), PR_SET_PDEATHSIG)."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
