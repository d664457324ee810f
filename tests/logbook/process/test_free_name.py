"""What is kept under the second it was made in is never replaced by another of the same second."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from logbook.process.free_name import free_name


def test_three_of_one_second_have_three_names_in_their_order(tmp_path: Path) -> None:
    now = datetime.fromisoformat("2026-12-31T23:59:58.400+07:00")
    kept = []
    for _ in range(3):
        path = free_name(now, lambda second: tmp_path / f"x-{second}.tar")
        path.mkdir()
        kept.append(path.name)
    assert kept == ["x-20261231T165958Z.tar", "x-20261231T165959Z.tar", "x-20261231T170000Z.tar"]
    assert free_name(now, lambda second: tmp_path / second, lambda _: False).name == "20261231T165958Z"
