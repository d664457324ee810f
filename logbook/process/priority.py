"""Lets a process give way to the one that answers callers, where both share a machine (P2)."""

from __future__ import annotations

import os
import sys

GIVES_WAY = 10
"""How much nicer a process is than the line. On Linux it then gets about a tenth of a processor both want."""


def give_way() -> None:
    """Take the processor only after those that answer callers; call it once, before any thread is started.

    Counted from how the program was started. What this process starts gives way as well. Windows has no such
    call, so nothing happens there. Not for a process that often writes: whoever holds the book's lock and is
    not let onto a busy machine keeps every caller waiting.
    """
    if sys.platform != "win32":
        os.nice(GIVES_WAY)
