"""What a process and its children have used so far, read from /proc; other systems cannot show it."""

from __future__ import annotations

import os
from pathlib import Path

PROC = Path("/proc")


def countable() -> bool:
    """Whether this system shows what a process used."""
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


def memory_of_all(root: int) -> float:
    """Memory of a process and its children together, in MB; pages that several share are counted once."""
    return sum(_memory(pid) for pid in family(root)) / 1_000_000


def _memory(pid: int) -> float:
    """Bytes of a process, its part of what it shares (proc(5), Pss); resident where that is secret."""
    try:
        recorded = (PROC / str(pid) / "smaps_rollup").read_text()
    except OSError:
        fields = _stat(pid)
        return int(fields[21]) * os.sysconf("SC_PAGE_SIZE") if fields else 0.0
    parts = [line.split() for line in recorded.splitlines() if line.startswith("Pss:")]
    return sum(int(part[1]) for part in parts) * 1024


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
