"""`tongdai upgrade` with a real older book: forward when the new release starts, back when it does not."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from ivr.cli import tongdai
from logbook.database import schema
from tests.frozen import CONFIG, HOUSE
from tests.house import PACKAGES
from tests.suite.ports import free_port

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a service of POSIX")
START = """#!/bin/sh
cd {data} && exec 0</dev/null >>{data}/log 2>&1
{root}/current/bin/tongdai serve &
echo $! >{data}/pid
"""
STOP = """#!/bin/sh
test -f {data}/pid || exit 0
kill "$(cat {data}/pid)" 2>/dev/null
while kill -0 "$(cat {data}/pid)" 2>/dev/null; do sleep 0.1; done
rm {data}/pid
"""


@dataclass(frozen=True)
class Server:
    """One machine with a release that runs on an older book."""

    root: Path
    data: Path
    environment: dict[str, str]

    def upgrade(self, release: Path, wait: float) -> tuple[int, str]:
        """Run the command; its exit status and what it said."""
        scripts = [f"{self.root}/{name}.sh" for name in ("stop", "start")]
        options = ["--root", str(self.root), "--stop", scripts[0], "--start", scripts[1], "--wait", str(wait)]
        done = CliRunner().invoke(tongdai, ["upgrade", str(release), *options], env=self.environment)
        return done.exit_code, done.output

    def revision(self) -> str:
        """The revision of the book as it stands."""
        with closing(sqlite3.connect(self.data / "tongdai.db")) as raw:
            return str(raw.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def release(root: Path, name: str, *, older: bool = False, broken: bool = False) -> Path:
    """A release of this program: itself, as it was one migration ago, or one whose workers do not start."""
    place = root / "releases" / name
    code = HOUSE
    if older or broken:
        code = place / "code"
        for package in PACKAGES:
            shutil.copytree(HOUSE / package, code / package, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copyfile(CONFIG, code / "config.yaml")
    if older:
        newest = max((code / "logbook/database/migrations/versions").glob("0*.py"))
        newest.unlink()
    if broken:
        worker = code / "ivr" / "worker.py"
        worker.write_text("raise SystemExit(3)\n", "utf-8")
    (place / "bin").mkdir(parents=True)
    program = place / "bin" / "tongdai"
    program.write_text(
        f'#!/bin/sh\ncd {place} && PYTHONPATH={code} exec {sys.executable} -m ivr "$@"\n', "utf-8"
    )
    program.chmod(0o755)
    return place


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    root, data = tmp_path / "opt", tmp_path / "data"
    data.mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "TONGDAI_CONFIG": str(CONFIG),
        "TONGDAI_DATA": str(data),
        "TONGDAI_MODE": "trial",
        "TONGDAI_PUBLIC_URL": "https://tongdai.example.vn",
        "TWILIO_ACCOUNT_SID": "AC" + "f" * 32,
        "TWILIO_AUTH_TOKEN": "canary-token-1234567890",
        "SECRET_KEY": "canary-secret-1234567890",
        "PORT": str(free_port()),
    }
    old = release(root, "cũ", older=True)
    (root / "current").symlink_to("releases/cũ")
    subprocess.run([old / "bin/tongdai", "db", "upgrade"], env=environment, check=True, capture_output=True)
    for name, text in (("start", START), ("stop", STOP)):
        script = root / f"{name}.sh"
        script.write_text(text.format(root=root, data=data), "utf-8")
        script.chmod(0o755)
    subprocess.run([root / "start.sh"], env=environment, check=True)
    yield Server(root, data, environment)
    subprocess.run([root / "stop.sh"], env=environment, check=False)


@pytest.mark.proof
@pytest.mark.row("F-17")
def test_an_older_book_goes_to_the_new_release_and_back_where_that_does_not_start(server: Server) -> None:
    before = server.revision()
    assert before != schema.head()
    status, said = server.upgrade(release(server.root, "hỏng", broken=True), wait=4)
    assert (status, "Đã trở về bản cũ với sổ cũ, đang chạy." in said) == (1, True), said
    assert server.revision() == before
    assert (server.root / "current").resolve().name == "cũ"
    status, said = server.upgrade(release(server.root, "mới"), wait=90)
    assert (status, "Đã lên bản mới" in said) == (0, True), said
    assert server.revision() == schema.head()
    assert (server.root / "current").resolve().name == "mới"
    assert len(list((server.data / "backups").glob("*.db"))) == 2


def test_a_release_that_does_not_accept_the_settings_stops_nothing(tmp_path: Path) -> None:
    root = tmp_path / "opt"
    strange = root / "releases" / "lạ" / "bin"
    strange.mkdir(parents=True)
    (strange / "tongdai").write_text("#!/bin/sh\necho 'config.yaml: khóa lạ' >&2; exit 2\n", "utf-8")
    (strange / "tongdai").chmod(0o755)
    (root / "current").symlink_to("releases/lạ")
    stopped = tmp_path / "stopped"
    options = ["--root", str(root), "--stop", f"touch {stopped}", "--start", "true"]
    environment = {"TONGDAI_CONFIG": str(CONFIG), "TONGDAI_DATA": str(tmp_path / "var")}
    done = CliRunner().invoke(tongdai, ["upgrade", str(strange.parent), *options], env=environment)
    assert (done.exit_code, "khóa lạ" in done.output, stopped.exists()) == (1, True, False)
    wheel = tmp_path / "tongdai-9.9-py3-none-any.whl"
    wheel.write_bytes(b"")
    done = CliRunner().invoke(tongdai, ["upgrade", str(wheel), *options], env=environment)
    assert (done.exit_code, "requirements.lock" in done.output) == (1, True)
