"""What CONTRIBUTING and README name exists: a guide that leads nowhere is worse than none."""

import re
from pathlib import Path

import pytest

from tests.house import ROOT

PATH = re.compile(r"`((?:callflows|ivr|logbook|scheduler|tests|docs|bench)/[\w./-]*)`")


GUIDES = [ROOT / name for name in ("CONTRIBUTING.md", "README.md", "SECURITY.md")]


@pytest.mark.parametrize(
    "guide", [*GUIDES, *sorted((ROOT / "docs").rglob("*.md"))], ids=lambda path: path.name
)
def test_every_path_a_guide_names_exists(guide: Path) -> None:
    named = PATH.findall(guide.read_text("utf-8"))
    assert [path for path in named if not (ROOT / path).exists()] == []
