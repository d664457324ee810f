"""Names files and folders after the second they were made in; the next of that second replaces nothing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path


def free_name(
    now: datetime, named: Callable[[str], Path], taken: Callable[[Path], bool] = Path.exists
) -> Path:
    """Return the path named after this second in UTC; after a later one where that path is taken."""
    while True:
        path = named(f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}")
        if not taken(path):
            return path
        now += timedelta(seconds=1)
