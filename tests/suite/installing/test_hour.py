"""The guide of installation can be followed: on a machine of its own, its commands are run in their order."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.house import PACKAGES, ROOT
from tests.unavailable import unavailable

COPIED = ("pyproject.toml", "README.md", "LICENSE", "config.yaml", "requirements.lock")
APART = ("unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc")


@pytest.fixture
def hour(tmp_path: Path) -> dict[str, Any]:
    """What came of the whole guide."""
    if not hasattr(os, "geteuid") or subprocess.run([*APART, "true"], check=False).returncode:
        unavailable("no namespaces of its own on this machine")
    source = tmp_path / "source"
    for package in PACKAGES:
        shutil.copytree(ROOT / package, source / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in COPIED:
        shutil.copyfile(ROOT / name, source / name)
    shutil.copytree(ROOT / "docs" / "install", source / "docs" / "install")
    tmp_path.chmod(0o755)
    done = subprocess.run(
        [*APART, sys.executable, "-m", "tests.suite.installing.hour", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "TONGDAI_MACHINE": "yes"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    came: dict[str, Any] = json.loads(done.stdout)
    return came


@pytest.mark.proof
def test_from_an_empty_machine_to_a_trial_call_an_upgrade_and_a_restore_by_the_guides_own_commands(
    hour: dict[str, Any],
) -> None:
    seen = hour["seen"]
    assert "trouble" not in seen, seen
    failed = {command: said for command, status, said in hour["commands"] if status != 0}
    assert failed == {}, seen["log"]
    checked = next(said for command, _, said in hour["commands"] if command.endswith("check"))
    assert "Cấu hình dùng được" in checked
    assert seen["ratings"].count("5") >= 3, "the marks of the trial call are kept"
    assert (seen["started"], seen["upgraded"]) == ("tongdai-0.1.0", "tongdai-0.2.0")
    assert set(seen["call over an upgrade"]) <= {200, 204}, "a call goes on with the next release"
    assert seen["stopped"] < 10
    assert seen["not tongdai's"] == [], "no command leaves a file that the service cannot write"
