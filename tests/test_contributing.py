"""What CONTRIBUTING and README name exists: a guide that leads nowhere is worse than none."""

import re
from pathlib import Path

import pytest

from logbook.settings import environment
from tests.house import ROOT

PATH = re.compile(r"`((?:callflows|ivr|logbook|scheduler|tests|docs|bench)/[\w./-]*)`")


GUIDES = [ROOT / name for name in ("CONTRIBUTING.md", "README.md", "SECURITY.md")]


@pytest.mark.parametrize(
    "guide", [*GUIDES, *sorted((ROOT / "docs").rglob("*.md"))], ids=lambda path: path.name
)
def test_every_path_a_guide_names_exists(guide: Path) -> None:
    named = PATH.findall(guide.read_text("utf-8"))
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_room_stands_on_the_map_of_contributing() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    places = text[text.index("## Where a thing lives") : text.index("## Where do I find")]
    rooms = {
        room
        for one in ("logbook", "ivr")
        for room in (ROOT / one).iterdir()
        if (room / "__init__.py").exists()
    }
    files = {file for file in (ROOT / "logbook").glob("*.py") if file.stem != "__init__"}
    named = set(re.findall(r"\b[a-z_]+\b", places))
    assert sorted(place.name for place in rooms | files if place.stem not in named) == []


def test_every_variable_of_the_environment_is_explained_to_whoever_runs_an_office() -> None:
    text = (ROOT / "docs" / "operating.md").read_text("utf-8")
    wanted = {
        *environment.VARIABLES,
        environment.CHANNEL,
        "SECRET_KEY",
        "TWILIO_ACCOUNT_SID",
        "TWILIO_AUTH_TOKEN",
    }
    assert sorted(name for name in wanted if f"`{name}" not in text) == []
