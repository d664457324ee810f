"""How tests wait for what happens beside them: for something to be so, never for a time to pass."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE = 180.0
"""Seconds a test waits for another process, thread or page. Only one that fails ever waits so long: a machine
that is busy with something else fails none."""


def until(true: Callable[[], object], seconds: float = PATIENCE, *, every: float = 0.02) -> bool:
    """Wait until something is true, and look every `every` seconds; False when it did not come to that."""
    by = time.monotonic() + seconds
    while time.monotonic() < by:
        if true():
            return True
        time.sleep(every)
    return bool(true())
