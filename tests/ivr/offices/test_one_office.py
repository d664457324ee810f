"""Every command works for one office of an installation as for an office alone."""

from __future__ import annotations

import os
from pathlib import Path
from unittest.mock import patch

import pytest
from click.testing import CliRunner

from ivr.cli import tongdai
from tests.logbook.offices.made import CODES, make_installation, number_of

FIRST, SECOND, _ = CODES


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "")
    monkeypatch.setenv("TONGDAI_DATA", "")
    monkeypatch.delenv("TONGDAI_CONFIG", raising=False)
    return make_installation(tmp_path / "tỉnh")


def run(*arguments: str) -> tuple[int, str]:
    with patch.dict(os.environ):  # a command that becomes an office changes its process's environment
        result = CliRunner().invoke(tongdai, arguments)
    return result.exit_code, result.output + str(result.exception or "")


def test_a_command_names_its_office_and_touches_no_other(folder: Path) -> None:
    status, said = run("--installation", str(folder), "--office", FIRST, "db", "upgrade")
    assert status == 0, said
    books = {code: (folder / "offices" / code / "var" / "tongdai.db").exists() for code in CODES}
    assert books == {code: code == FIRST for code in CODES}
    assert run("--installation", str(folder), "--office", FIRST, "tickets", "--json")[0] == 0


def test_a_command_takes_no_secret_of_the_machine_for_the_offices(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An office without its token does not start with the one that happens to stand in the environment."""
    (folder / "offices" / FIRST / "tongdai.env").unlink()
    monkeypatch.setenv("TONGDAI_MODE", "production")
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "the-token-of-somebody-else")
    said = run("--installation", str(folder), "--office", FIRST, "tickets")[1]
    assert "TWILIO_AUTH_TOKEN\n  vi: thiếu" in said


def test_a_command_without_an_office_asks_for_one(folder: Path) -> None:
    status, said = run("--installation", str(folder), "tickets")
    assert (status, "tongdai --office MÃ" in said) == (1, True), said
    status, said = run("--office", FIRST, "tickets")
    assert (status, "--installation THƯ-MỤC" in said) == (1, True), said


def test_a_wrong_office_is_said_with_what_is_wrong(folder: Path) -> None:
    assert "Không có đơn vị 99999" in run("--installation", str(folder), "--office", "99999", "tickets")[1]
    (folder / "offices" / SECOND / "office.yaml").write_text("name: xã\n", "utf-8")
    assert (
        "number\n  vi: thiếu khóa này" in run("--installation", str(folder), "--office", SECOND, "tickets")[1]
    )


def test_the_number_of_an_office_is_in_its_own_configuration(folder: Path) -> None:
    assert number_of(FIRST) != number_of(SECOND)
    status, said = run("--installation", str(folder), "--office", SECOND, "check")
    assert f"offices/{SECOND}/config.yaml" in said, (status, said)
