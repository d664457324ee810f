"""Programs that read what people send are ended with all they started, in time or not."""

from __future__ import annotations

from pathlib import Path

import pytest

from logbook.clock import Clock
from logbook.process import bounded
from tests.logbook.transcripts.stand_ins import still_runs


@pytest.mark.parametrize("stays", ["", "; wait"])
def test_what_a_program_leaves_behind_is_ended_with_it(tmp_path: Path, stays: str) -> None:
    script = f"sleep 600 & echo $! > pid{stays}"
    assert bounded.ends_well(("sh", "-c", script), tmp_path, 3.0 if stays else 60.0, 512) == (not stays)
    left = int((tmp_path / "pid").read_text("utf-8"))
    by = Clock().monotonic() + 60
    while still_runs(left):
        assert Clock().monotonic() < by
