"""`tongdai upgrade`: a new release in one command, and back to the one before when it does not start.

A release is a virtual environment below ROOT/releases; ROOT/current points to the one that runs. The order:
install the new one beside, check the settings with it, stop, copy (by the old one), upgrade the tables (by
the new one), point to it, start, wait until it is ready. Whatever fails after the stop puts both back.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

ANSWERS_SECONDS = 2.0
OLD_SECONDS = 60.0
"""How long the release that ran before gets to be ready again."""


class UpgradeFailedError(Exception):
    """One step did not work; the message says which, in Vietnamese."""


@dataclass(frozen=True)
class Upgrading:
    """Where releases stand, how the service is stopped and started, where it says that it is ready."""

    root: Path
    stop: Sequence[str]
    start: Sequence[str]
    ready_at: str
    wait: float
    data: Path

    @property
    def current(self) -> Path:
        """The link to the release that runs."""
        return self.root / "current"

    def run(self, release: Path, *arguments: str) -> str:
        """Run `tongdai` of a release as whoever owns the data (UpgradeFailedError); what it printed."""
        program = release / ("Scripts/tongdai.exe" if sys.platform == "win32" else "bin/tongdai")
        done = subprocess.run(
            [str(program), *arguments], capture_output=True, text=True, check=False, **self._as_owner()
        )
        if done.returncode:
            said = (done.stderr.strip() or done.stdout.strip()).splitlines()
            raise UpgradeFailedError(
                f"tongdai {' '.join(arguments)}: {said[-1] if said else done.returncode}"
            )
        return str(done.stdout)

    def _as_owner(self) -> dict[str, Any]:
        """So that nothing of the data becomes root's own when root upgrades."""
        if sys.platform == "win32" or os.geteuid() != 0 or not self.data.exists():
            return {}
        owner = self.data.stat()
        return {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}

    def service(self, command: Sequence[str]) -> None:
        """Stop or start the service (UpgradeFailedError)."""
        if subprocess.run(list(command), check=False).returncode:
            raise UpgradeFailedError(f"lệnh không chạy được: {shlex.join(command)}")

    def point_to(self, release: Path) -> None:
        """Let `current` name another release, with no moment without one."""
        unfinished = self.root / ".current"
        unfinished.unlink(missing_ok=True)
        unfinished.symlink_to(
            release.relative_to(self.root) if release.is_relative_to(self.root) else release
        )
        unfinished.replace(self.current)

    def is_ready(self, seconds: float) -> bool:
        """Whether the program answers, and can answer the telephone, within so many seconds."""
        import time

        import requests

        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                if requests.get(self.ready_at, timeout=ANSWERS_SECONDS).ok:
                    return True
            except requests.RequestException:
                pass
            time.sleep(0.3)
        return False


@click.command(
    help="Lên bản mới bằng một lệnh: sao lưu, nâng cấp, khởi động; không chạy được thì trở về bản cũ."
)
@click.argument("release", type=click.Path(exists=True, path_type=Path))
@click.option("--lock", type=click.Path(exists=True, path_type=Path), help="requirements.lock của bản mới.")
@click.option("--root", type=click.Path(path_type=Path), default=Path("/opt/tongdai"), help="Nơi để các bản.")
@click.option("--stop", default="systemctl stop tongdai", help="Lệnh dừng chương trình.")
@click.option("--start", default="systemctl start tongdai", help="Lệnh khởi động chương trình.")
@click.option("--wait", default=60.0, help="Chờ bản mới sẵn sàng nhiều nhất bao nhiêu giây.")
def upgrade(release: Path, *, lock: Path | None, root: Path, stop: str, start: str, wait: float) -> None:
    """Upgrade to `release`, a wheel or an environment; exit 1 with the old one running."""
    from logbook.settings.loading import load_settings

    settings = load_settings()
    host = "127.0.0.1" if settings.host == "0.0.0.0" else settings.host  # noqa: S104 (asked, not bound)
    work = Upgrading(
        root=root.resolve(),
        stop=shlex.split(stop),
        start=shlex.split(start),
        ready_at=f"http://{host}:{settings.port}/readyz",
        wait=wait,
        data=settings.data_folder,
    )
    try:
        new = release.resolve() if release.is_dir() else _installed(work.root, release, lock)
        old = work.current.resolve(strict=True)
        work.run(new, "check", "--offline", "--json")
        copy = _stopped_and_changed(work, old, new)
    except (UpgradeFailedError, OSError) as problem:
        raise click.ClickException(f"Chưa nâng cấp: {problem}") from None
    click.echo(f"Đã lên bản {new.name}. Bản sao trước khi nâng cấp: {copy}. Bản cũ còn ở {old}.")


def _stopped_and_changed(work: Upgrading, old: Path, new: Path) -> Path:
    """Everything from the stop on; UpgradeFailedError once the old release has its place again."""
    work.service(work.stop)
    undo: list[Callable[[], object]] = [lambda: work.service(work.start)]
    try:
        copy = _copied(work, old)
        undo.append(lambda: work.run(old, "restore", str(copy), "--yes"))
        work.run(new, "db", "upgrade")
        work.point_to(new)
        undo.append(lambda: work.point_to(old))
        undo.append(lambda: subprocess.run(list(work.stop), check=False))
        work.service(work.start)
        if not work.is_ready(work.wait):
            raise UpgradeFailedError(f"bản mới không sẵn sàng sau {work.wait:.0f} giây ({work.ready_at})")
    except (UpgradeFailedError, OSError) as problem:
        for step in reversed(undo):
            step()
        if not work.is_ready(max(work.wait, OLD_SECONDS)):
            raise UpgradeFailedError(
                f"{problem}. Đã trả lại bản cũ nhưng nó CHƯA sẵn sàng; xem nhật ký."
            ) from None
        raise UpgradeFailedError(f"{problem}. Đã trở về bản cũ với sổ cũ, đang chạy.") from None
    return copy


def _copied(work: Upgrading, old: Path) -> Path:
    """The copy the old release makes, whose tables it knows; nothing to copy on a first start."""
    said = work.run(old, "backup")
    head = "Đã sao lưu và kiểm tra: "
    line = next((line for line in said.splitlines() if line.startswith(head)), "")
    if not line:
        raise UpgradeFailedError(f"không rõ bản sao ở đâu: {said.strip()}")
    return Path(line.removeprefix(head).rpartition(" (")[0])


def _installed(root: Path, wheel: Path, lock: Path | None) -> Path:
    """Install a wheel into an environment below `root` (UpgradeFailedError leaves nothing of it)."""
    if lock is None:
        raise UpgradeFailedError("cần --lock requirements.lock của bản mới để cài từ tệp .whl")
    place = root / "releases" / wheel.name.removesuffix("-py3-none-any.whl")
    if place.exists():
        raise UpgradeFailedError(f"đã có bản này ở {place}")
    python = place / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    for command in (
        [sys.executable, "-m", "venv", str(place)],
        [str(python), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(lock)],
        [str(python), "-m", "pip", "install", "--quiet", "--no-deps", str(wheel)],
    ):
        if subprocess.run(command, check=False).returncode:
            shutil.rmtree(place, ignore_errors=True)
            raise UpgradeFailedError(f"không cài được: {shlex.join(command)}")
    return place
