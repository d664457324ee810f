"""What a killed test run leaves behind is removed by the next one, and two runs do not take each other's."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.frozen import HOUSE
from tests.postgresql import PREFIX, cluster, programs, remove_left_behind
from tests.suite.ports import free_port, outgoing_ports
from tests.suite.waiting import until
from tests.unavailable import unavailable

KILLED = """
import os, signal
from tests.postgresql import cluster, programs
with cluster(programs()) as made:
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that the server's user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="left-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def test_a_server_that_a_killed_run_left_behind_is_stopped_and_removed_and_no_other(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = programs() or unavailable("no PostgreSQL on this machine (initdb not found)")
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    code = f"import tempfile; tempfile.tempdir = {str(place)!r}{KILLED}"
    done = subprocess.run([sys.executable, "-c", code], cwd=HOUSE, check=False)
    assert done.returncode == -signal.SIGKILL
    (left,) = place.glob(f"{PREFIX}*")
    server = int((left / "data" / "postmaster.pid").read_text().split()[0])
    assert Path(f"/proc/{server}").exists()
    with cluster(found) as mine:
        assert not left.exists()
        assert until(lambda: not Path(f"/proc/{server}").exists())
        remove_left_behind(found)
        assert (mine.folder / "data" / "postmaster.pid").exists()
    assert list(place.iterdir()) == []


def test_no_port_is_given_twice_or_is_one_that_a_connection_may_take() -> None:
    ask = "from tests.suite.ports import free_port; print([free_port() for _ in range(50)])"
    mine = {free_port() for _ in range(50)}
    said = subprocess.run([sys.executable, "-c", ask], cwd=HOUSE, capture_output=True, text=True, check=True)
    theirs = {int(each) for each in said.stdout.strip(" []\n").split(",")}
    assert (len(mine), len(theirs), mine & theirs) == (50, 50, set())
    assert (mine | theirs) & set(outgoing_ports()) == set()
