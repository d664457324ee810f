"""What a process and its children have used so far, read from /proc; other systems cannot tell."""

from __future__ import annotations

import os
from pathlib import Path

PROC = Path("/proc")


def countable() -> bool:
    """Whether this system tells what a process used."""
    return (PROC / "self" / "stat").exists()


def family(root: int) -> list[int]:
    """A process and everything it started that still runs."""
    parents = {pid: fields[1] for pid in _running() if (fields := _stat(pid))}
    found = [root]
    for parent in found:
        found += [pid for pid, of in parents.items() if int(of) == parent]
    return found


def cpu_seconds(root: int) -> float:
    """Processor time of a process and its children, the ended ones included, in seconds."""
    ticks = 0
    for pid in family(root):
        if fields := _stat(pid):
            ticks += sum(int(field) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def largest_memory(root: int) -> float:
    """Resident memory of the largest process of a family, in MB: the one that answers the telephone."""
    pages = max((int(fields[21]) for pid in family(root) if (fields := _stat(pid))), default=0)
    return pages * os.sysconf("SC_PAGE_SIZE") / 1_000_000


def parent_of(pid: int, name: str) -> int | None:
    """The parent of process `pid` when both run here under this name; None otherwise."""
    fields = _stat(pid)
    if fields is None or _name(pid) != name:
        return None
    parent = int(fields[1])
    return parent if _name(parent) == name else None


def _running() -> list[int]:
    return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdecimal()]


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/<pid>/stat from the third on (proc(5)); None when the process is gone."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def _name(pid: int) -> str:
    try:
        return (PROC / str(pid) / "comm").read_text().strip()
    except OSError:
        return ""
