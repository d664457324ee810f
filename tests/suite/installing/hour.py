"""The hour of the guide, from nothing to a restore: each command read from docs/install/README.md and run.

Prints one JSON object: how each command ended, and what was seen between them.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import requests

from bench.script import Script
from logbook.settings.env_file import read_env_file
from tests.ivr.commands.going_live.test_setup import GIVEN
from tests.suite.installing import machine

HERE = "http://127.0.0.1:8000"
ENVIRONMENT = Path("/etc/tongdai/tongdai.env")
DATA = Path("/var/lib/tongdai")
PATIENCE = 600.0
BEGUN = time.monotonic()


@dataclass
class Hour:
    """What came of it: commands with their status and last words, and what was seen between them."""

    commands: list[tuple[str, int, str]] = field(default_factory=list)
    seen: dict[str, object] = field(default_factory=dict)


def blocks(guide: Path) -> Iterator[list[str]]:
    """The commands of each shell block of a guide, in its order."""
    for block in re.findall(r"(?ms)^```sh\n(.*?)^```$", guide.read_text("utf-8")):
        yield [line for line in block.splitlines() if line.strip()]


def keep(hour: Hour, command: str, status: int, said: str) -> None:
    """Keep how a command ended, and say so to whoever watches."""
    sys.stderr.write(f"{time.monotonic() - BEGUN:.0f} s, {status}: {command}\n")
    hour.commands.append((command, status, said[-1500:]))


def run(hour: Hour, command: str, folder: Path, **more: str) -> None:
    """Run one command of the guide as a person types it."""
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={**machine.environment(), **more},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=PATIENCE,
    )
    keep(hour, command, done.returncode, done.stdout + done.stderr)


def set_up(hour: Hour, command: str, folder: Path) -> None:
    """The set-up page, filled in as a person does in a browser of that machine."""
    running = subprocess.Popen(
        ["bash", "-c", command],
        cwd=folder,
        env=machine.environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert running.stdout is not None
    link = next(found[0] for line in running.stdout if (found := re.search(r"http://\S+/begin/\S+", line)))
    browser = requests.Session()
    browser.trust_env = False
    browser.get(link, timeout=PATIENCE)
    done = browser.post(link.partition("/begin/")[0] + "/", data=GIVEN, timeout=PATIENCE)
    said = running.stdout.read()
    keep(hour, command, running.wait(PATIENCE) or int(done.status_code != 200), said)


def until(true: Callable[[], bool]) -> float:
    """Wait; the seconds it took (TimeoutError)."""
    begun = time.monotonic()
    while time.monotonic() - begun < PATIENCE:
        if true():
            return round(time.monotonic() - begun, 1)
        time.sleep(0.1)
    raise TimeoutError


def answers() -> bool:
    """Whether the program is ready for calls."""
    try:
        return requests.get(f"{HERE}/readyz", timeout=5).ok
    except requests.RequestException:
        return False


def call_steps() -> tuple[str, list[tuple[str, bytes, dict[str, str]]]]:
    """A call of the bench to this office: address, form and signature of each request."""
    told = read_env_file(ENVIRONMENT)
    script = Script(told["TONGDAI_PUBLIC_URL"], told["TWILIO_AUTH_TOKEN"], told["TWILIO_ACCOUNT_SID"])
    host = told["TONGDAI_PUBLIC_URL"].partition("//")[2]
    head = {"Host": host, "Content-Type": "application/x-www-form-urlencoded"}
    return host, [
        (step.path, step.body, {**head, "X-Twilio-Signature": step.signature}) for step in script.rating()
    ]


def send(steps: list[tuple[str, bytes, dict[str, str]]]) -> list[int]:
    """Send requests of a call one after the other; the statuses."""
    return [
        requests.post(f"{HERE}{path}", data=body, headers=head, timeout=PATIENCE).status_code
        for path, body, head in steps
    ]


def install(hour: Hour, commands: list[str], folder: Path) -> None:
    """From nothing to a trial call."""
    for command in commands:
        if "setup --web" in command:
            set_up(hour, command, folder)
            continue
        run(hour, command, folder)
        if "systemctl enable" in command:
            hour.seen["start"] = until(answers)
            verified = ["systemd-analyze", "verify", "--man=no", "/etc/systemd/system/tongdai.service"]
            run(hour, " ".join(verified), folder)
    hour.seen["ratings"] = hour.commands[-1][2]


def upgrade(hour: Hour, command: str, folder: Path) -> None:
    """To the next release; a call goes on over it."""
    _, steps = call_steps()
    before = send(steps[:4])
    hour.seen["started"] = str(Path("/opt/tongdai/current").resolve().name)
    run(hour, command, folder)
    hour.seen["stopped"] = float((machine.PLACE / "run" / "tongdai.stopped").read_text("utf-8"))
    hour.seen["upgraded"] = str(Path("/opt/tongdai/current").resolve().name)
    hour.seen["call over an upgrade"] = [*before, *send(steps[4:])]


def restore(hour: Hour, commands: list[str], folder: Path) -> None:
    """A copy on another disk, put back."""
    for command in commands:
        if "…" in command:
            copy = next(Path("/media/usb/tongdai").glob("tongdai-*.db"))
            command = re.sub(r"/media/usb/tongdai/\S+", str(copy), command)
        run(hour, command, folder)
    hour.seen["restart"] = until(answers)
    hour.seen["not tongdai's"] = [
        str(file) for file in DATA.rglob("*") if file.owner() != "tongdai" or file.group() != "tongdai"
    ]


def main(folder: Path) -> None:
    """The whole hour, in a folder with the source and the releases."""
    (folder / "scratch").mkdir()
    machine.prepare(folder / "scratch")
    hour, source = Hour(), folder / "source"
    release = source / "docs" / "install"
    build, linux, _, upgrading, copying = blocks(release / "README.md")
    try:
        for version in ("0.1.0", "0.2.0"):
            project = source / "pyproject.toml"
            text = re.sub(r'(?m)^version = ".*"$', f'version = "{version}"', project.read_text("utf-8"))
            project.write_text(text, "utf-8")
            run(hour, build[0], source)
        for file in (*source.glob("*.whl"), source / "requirements.lock"):
            shutil.move(file, release / file.name)
        install(hour, linux, release)
        upgrade(hour, upgrading[0], release)
        restore(hour, copying, release)
    except (TimeoutError, OSError, StopIteration, subprocess.TimeoutExpired) as trouble:
        hour.seen["trouble"] = repr(trouble)
    finally:
        log = machine.PLACE / "run" / "tongdai.log"
        hour.seen["log"] = log.read_text("utf-8")[-3000:] if log.is_file() else ""
        run(Hour(), "systemctl stop tongdai", release)
    sys.stdout.write(json.dumps(asdict(hour), ensure_ascii=False))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
