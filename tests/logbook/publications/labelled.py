"""Sentences by what they say of people: those that identify somebody, by kind, and those that do not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent


def sentences(name: str) -> Iterator[tuple[str, str]]:
    """Kind and sentence of each line of `<name>.txt`."""
    kind = ""
    for line in (HERE / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            kind = line.strip("[]")
        elif line and not line.startswith("#"):
            yield kind, line
