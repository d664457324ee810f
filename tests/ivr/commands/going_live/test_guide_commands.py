"""The administrator's guide can be followed: its commands are read from it and run, in its order."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from ivr.cli import COMMANDS, tongdai
from logbook.console.views import guides
from tests.frozen import CONFIG, HOUSE

INSTALL = HOUSE / "docs" / "install" / "README.md"
INSTALL_ENGLISH = INSTALL.with_name("README.en.md")
GUIDE = guides.FOLDER / "quan-tri.md"
ENGLISH = guides.FOLDER / "en" / "quan-tri.md"


def commands(text: str, fence: str) -> list[list[str]]:
    """Every line of the fenced blocks of a kind, as a shell splits it."""
    blocks = re.findall(rf"(?ms)^```{fence}\n(.*?)^```$", text)
    return [
        shlex.split(line, comments=True) for block in blocks for line in block.splitlines() if line.strip()
    ]


def test_every_command_of_the_administrators_guide_runs_on_an_office(
    tmp_path: Path, migrated_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TONGDAI_CONFIG", str(CONFIG))
    monkeypatch.setenv("TONGDAI_DATA", str(tmp_path))
    monkeypatch.setenv("TONGDAI_NOW", "2026-11-25T09:10")
    shutil.copyfile(migrated_file, tmp_path / "tongdai.db")
    run = commands(GUIDE.read_text("utf-8"), "sh")
    assert len(run) > 8
    failed = {}
    for program, *arguments in run:
        done = CliRunner().invoke(tongdai, arguments)
        if program != "tongdai" or done.exit_code != 0:
            failed[" ".join(arguments)] = done.output[-300:]
    assert failed == {}


def test_both_languages_of_a_guide_give_the_same_commands() -> None:
    for vietnamese, english in ((GUIDE, ENGLISH), (INSTALL, INSTALL_ENGLISH)):
        fenced = [
            re.findall(r"(?ms)^```(\w*)\n(.+?)^```$", file.read_text("utf-8"))
            for file in (vietnamese, english)
        ]
        assert fenced[0] == fenced[1], english
        assert len(fenced[0]) > 4


def test_every_command_named_anywhere_in_guides_and_installation_exists() -> None:
    texts = [file.read_text("utf-8") for file in (*guides.FOLDER.rglob("*.md"), INSTALL)]
    named = {
        one for text in texts for one in re.findall(r"(?:`|^|sudo )tongdai ([a-z]+)", text, re.MULTILINE)
    }
    assert "upgrade" in named
    assert sorted(named - set(COMMANDS)) == []
