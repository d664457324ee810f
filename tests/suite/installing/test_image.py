"""The image without an engine: its size, and its parts as compose.yaml has them, on a read-only root."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from bench.script import Script
from tests.frozen import CONFIG
from tests.house import ROOT
from tests.suite.installing.image import BASE_BYTES, DOCKERFILE, ImageContents
from tests.suite.ports import free_port
from tests.suite.waiting import PATIENCE, until

MEGABYTE = 1_000_000
MOST = 250 * MEGABYTE
SECRETS = {
    "TONGDAI_MODE": "trial",
    "TONGDAI_PUBLIC_URL": "https://tongdai.example.vn",
    "TWILIO_ACCOUNT_SID": "AC" + "f" * 32,
    "TWILIO_AUTH_TOKEN": "canary-token-1234567890",
    "SECRET_KEY": "canary-secret-1234567890",
    "TONGDAI_DATA_KEY": "R2F0ZS1rZWVwZXItb2YtdGhlLWNvbW11bmUtMTIzNDU=",
}
DEBIAN = Path("/usr/bin/python3.11")
"""The interpreter of the image; where this machine has none, the one that runs the tests."""
USER = ("setpriv", "--reuid", "10001", "--regid", "10001", "--clear-groups", "--no-new-privs")


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder whose content everybody may read and nobody but root may change."""
    folder = Path(tempfile.mkdtemp(prefix="tongdai-image-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


class Container:
    """One service of compose.yaml: its command and environment, as a user that may write into the data."""

    def __init__(self, place: Path, name: str, port: int) -> None:
        made: dict[str, Any] = yaml.safe_load((ROOT / "docs/install/compose.yaml").read_text("utf-8"))
        service = made["services"][name]
        entry = re.search(r'ENTRYPOINT \["[^"]+", (.+)\]', DOCKERFILE.read_text("utf-8"))
        assert entry is not None
        words = re.findall(r'"([^"]+)"', entry[1])
        self._command = [
            *self.user(),
            str(DEBIAN if DEBIAN.is_file() else Path(sys.executable).resolve()),
            *words,
            *service["command"],
        ]
        self._environment = {
            **{key: str(value) for key, value in service["environment"].items()},
            **SECRETS,
            "TONGDAI_CONFIG": str(place / "config.yaml"),
            "TONGDAI_DATA": str(place / "data"),
            "TONGDAI_HOST": "127.0.0.1",
            "PORT": str(port),
            "PYTHONPATH": str(place / "packages"),
            "PYTHONSAFEPATH": "1",
            "PYTHONPYCACHEPREFIX": str(place / "compiled"),
            "HOME": str(place / "data"),
            "PATH": "/usr/bin:/bin",
        }
        self._log = place / f"{name}.log"
        self._data = place / "data"

    @staticmethod
    def user() -> tuple[str, ...]:
        """How a command becomes the image's user, where this is root."""
        return USER if os.geteuid() == 0 else ()

    def run(self) -> int:
        """Run it to its end, as `tables` does."""
        return self.begun().wait(PATIENCE)

    def begun(self) -> subprocess.Popen[bytes]:
        """Start it."""
        with self._log.open("ab") as log:
            return subprocess.Popen(
                self._command, env=self._environment, cwd=self._data, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def said(self) -> str:
        """Its log."""
        return self._log.read_text("utf-8")[-2000:]


def ended(running: subprocess.Popen[bytes]) -> float:
    """Seconds from SIGTERM to its end."""
    begun = time.monotonic()
    running.send_signal(signal.SIGTERM)
    running.wait(PATIENCE)
    return time.monotonic() - begun


def healthy(port: int) -> bool:
    """What the HEALTHCHECK of the Dockerfile finds."""
    code = re.search(r'"-c", "(.+?)"\]', DOCKERFILE.read_text("utf-8"))
    assert code is not None
    asked = code[1].replace("127.0.0.1:8000", f"127.0.0.1:{port}")
    return subprocess.run([sys.executable, "-c", asked], check=False, capture_output=True).returncode == 0


def processor_seconds(group: int) -> float:
    """What the processes of a group have computed so far."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = stat.read_text("utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        if int(words[2]) == group:
            ticks += int(words[11]) + int(words[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def send(script: Script, port: int, steps: slice, call: list[Any]) -> list[int]:
    """Requests of one call to the voice; their statuses."""
    head = {
        "Host": script.public_url.partition("//")[2],
        "Content-Type": "application/x-www-form-urlencoded",
    }
    return [
        requests.post(
            f"http://127.0.0.1:{port}{step.path}",
            data=step.body,
            headers={**head, "X-Twilio-Signature": step.signature},
            timeout=PATIENCE,
        ).status_code
        for step in call[steps]
    ]


@pytest.mark.proof
@pytest.mark.skipif(sys.platform != "linux", reason="an image of Linux")
def test_the_parts_of_the_image_run_with_its_packages_alone_and_lose_no_call_when_one_ends(
    place: Path,
) -> None:
    contents = ImageContents(DOCKERFILE.read_text("utf-8"))
    for here, there in contents.files():
        link = place / "packages" / there
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(here)
    shutil.copyfile(CONFIG, place / "config.yaml")
    for name in ("data", "compiled"):
        (place / name).mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(place / name, 10001, 10001)
    voice_port, web_port = free_port(), free_port()
    tables = Container(place, "tables", voice_port)
    assert tables.run() == 0, tables.said()
    parts = {
        "voice": Container(place, "voice", voice_port),
        "web": Container(place, "web", web_port),
        "scheduler": Container(place, "scheduler", free_port()),
    }
    running = {name: part.begun() for name, part in parts.items()}
    try:
        assert until(lambda: healthy(voice_port) and healthy(web_port)), [
            one.said() for one in parts.values()
        ]
        assert requests.get(f"http://127.0.0.1:{web_port}/console/sign-in", timeout=PATIENCE).ok
        script = Script(
            SECRETS["TONGDAI_PUBLIC_URL"], SECRETS["TWILIO_AUTH_TOKEN"], SECRETS["TWILIO_ACCOUNT_SID"]
        )
        call: list[Any] = script.rating()
        assert set(send(script, voice_port, slice(0, 4), call)) == {200}
        took = {"voice": ended(running["voice"])}
        running["voice"] = parts["voice"].begun()
        assert until(lambda: healthy(voice_port)), parts["voice"].said()
        computed = processor_seconds(running["voice"].pid)
        assert set(send(script, voice_port, slice(4, None), call)) <= {200, 204}
        took |= {name: ended(running[name]) for name in parts}
        assert {name: seconds for name, seconds in took.items() if seconds >= 10} == {}
        assert computed < 3, "a voice that starts computes less than three seconds before it is healthy"
        written = {
            file.relative_to(place).parts[0] for file in place.rglob("*") if file.stat().st_uid == 10001
        }
        assert os.geteuid() != 0 or written == {"data", "compiled"}
    finally:
        for process in running.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    compiled = sum(file.stat().st_size for file in (place / "compiled").rglob("packages/**/*.pyc"))
    files = sum(here.stat().st_size for here, _ in contents.files())
    assert BASE_BYTES + files + compiled < MOST, (BASE_BYTES, files, compiled)


def test_the_guides_say_what_the_small_image_leaves_out() -> None:
    given = re.search(r'^ARG LEAVE_OUT="([^"]+)"', DOCKERFILE.read_text("utf-8"), re.MULTILINE)
    assert given is not None
    for guide in ("README.md", "README.en.md"):
        assert '--build-arg LEAVE_OUT=""' in (DOCKERFILE.parent / guide).read_text("utf-8")
    for name in given[1].split():
        assert re.search(rf"^{name}==", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE), name
