"""Measures room on the data disk; `retention.least_disk_mb` is the one threshold (S14)."""

import shutil
from pathlib import Path

_MB = 1024 * 1024


def free_mb(folder: Path) -> int:
    """Return how many megabytes (1024 x 1024 bytes) are left where `folder` lies; OSError without one."""
    return shutil.disk_usage(folder).free // _MB
