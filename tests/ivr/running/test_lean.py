"""What the processes load at their start: each its own part, and nothing for a day that may never come."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.frozen import CONFIG, HOUSE
from tests.suite.ports import free_port

WRITERS = ("docx", "lxml", "xlsxwriter", "typst", "numpy", "PIL")
"""What makes files is loaded when somebody wants a file."""
NEVER_AT_START = (*WRITERS, "alembic", "twilio.rest", "sqlalchemy.dialects.postgresql", "holidays.countries")
"""The holidays of other countries are 12 MB; an office on SQLite does without the other dialect."""
PAGES = ("logbook.console", "logbook.public.registry", "logbook.reports", "logbook.publications")
HEAVY = (*NEVER_AT_START, *PAGES, "sqlalchemy", "flask", "pydantic", "structlog", "yaml", "holidays")
SPARED = {
    "ivr.worker": (*NEVER_AT_START, *PAGES, "requests", "segno", "ivr.offices", "ivr.provider", "holidays"),
    "ivr.running.parts": (*HEAVY, "click", "ssl", "http.client"),
    "ivr.commands.serve": HEAVY,
    "scheduler.__main__": ("sqlalchemy.dialects.postgresql", "holidays.countries", "alembic"),
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


def test_what_becomes_the_process_that_watches_loads_little_on_the_way(tmp_path: Path) -> None:
    program = (
        "import sys; import ivr.running.parts as parts; from ivr import cli\n"
        "parts.become = lambda *_: (print(*sys.modules), sys.exit(0))\n"
        "cli.main()"
    )
    environment = {
        "TONGDAI_DATA": str(tmp_path),
        "TONGDAI_CONFIG": str(CONFIG),
        "TONGDAI_NOW": "2026-11-25T09:10:00+07:00",
        "PORT": str(free_port()),
    }
    for command in ("voice", "serve"):
        shown = subprocess.run(
            [sys.executable, "-c", program, command],
            cwd=HOUSE,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=True,
        )
        loaded = shown.stdout.split()
        assert "ivr.commands.serve" in loaded
        assert [name for name in HEAVY if name in loaded] == []
