"""The commands that the program proposes can be typed as they are printed."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ivr.running.own_name import own_name

HERE = Path(sys.executable).with_name("tongdai")


def finds(monkeypatch: pytest.MonkeyPatch, *folders: Path) -> None:
    monkeypatch.setenv("PATH", os.pathsep.join(map(str, folders)))


def test_the_search_path_that_finds_this_program_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    finds(monkeypatch, HERE.parent)
    assert own_name() == "tongdai"


def test_a_link_to_this_program_in_the_search_path_is_enough_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "tongdai").symlink_to(HERE)
    finds(monkeypatch, tmp_path)
    assert own_name() == "tongdai"


def test_a_person_in_the_checkout_is_told_the_way_from_there_and_anywhere_else_the_whole_way(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    finds(monkeypatch, tmp_path)
    monkeypatch.chdir(HERE.parents[2])
    assert own_name() == str(Path(*HERE.parts[-3:]))
    assert own_name(tmp_path) == shlex.quote(str(HERE))


def test_another_program_of_that_name_is_not_mistaken_for_this_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = tmp_path / "tongdai"
    other.write_text("#!/bin/sh\nexit 1\n")
    other.chmod(0o700)
    finds(monkeypatch, tmp_path)
    assert shutil.which("tongdai") == str(other)
    named = shlex.split(own_name())
    told = subprocess.run([*named, "--help"], capture_output=True, text=True, check=False, cwd=Path.cwd())
    assert told.returncode == 0, told.stderr
    assert "serve" in told.stdout


def test_a_folder_with_a_space_can_be_typed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "hai chữ"
    folder.mkdir()
    python, program = folder / "python", folder / "tongdai"
    program.write_text("")
    monkeypatch.setattr(sys, "executable", str(python))
    finds(monkeypatch, tmp_path)
    assert shlex.split(own_name()) == [str(program)]
