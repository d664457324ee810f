"""What the processes load at their start: each its own part, and nothing for a day that may never come."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.frozen import HOUSE

WRITERS = ("docx", "lxml", "xlsxwriter", "typst", "numpy", "PIL")
"""What makes files is loaded when somebody wants a file."""
NEVER_AT_START = (*WRITERS, "alembic", "twilio.rest")
PAGES = ("logbook.console", "logbook.public.registry", "logbook.reports", "logbook.publications")
SPARED = {
    "ivr.worker": (*NEVER_AT_START, *PAGES, "requests", "segno"),
    "ivr.running.parts": (*NEVER_AT_START, *PAGES, "sqlalchemy", "flask", "pydantic", "click.testing"),
    "logbook.console.registry": NEVER_AT_START,
}


@pytest.mark.parametrize("module", SPARED)
def test_a_process_loads_its_own_part_only(module: str) -> None:
    program = f"import sys, {module}; print(*sys.modules)"
    shown = subprocess.run(
        [sys.executable, "-c", program], cwd=HOUSE, capture_output=True, text=True, check=True
    )
    loaded = shown.stdout.split()
    assert module in loaded
    assert [name for name in SPARED[module] if name in loaded] == []
