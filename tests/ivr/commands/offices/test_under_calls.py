"""A province that runs: one office moves, one is restored, one upgraded, and callers of the others go on."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
import requests
from alembic import command

from ivr.commands.offices.moving import pause
from ivr.phone.transport import HttpTransport
from logbook.clock import Clock
from logbook.database import schema
from logbook.database.engine import Database
from logbook.database_address import of_file
from logbook.dossiers.months import Month
from logbook.offices.environment import settings_of
from logbook.offices.register import OfficeEntry, read_offices
from tests.caller import Caller
from tests.frozen import HOUSE
from tests.ivr.commands.offices.test_province import MACHINE, run
from tests.logbook.offices.made import make_installation
from tests.suite.ports import free_port
from tests.suite.waiting import until

pytestmark = pytest.mark.proof


@dataclass
class Citizens:
    """Each office has somebody who calls again and again, rates, and notes what was wrong."""

    offices: list[OfficeEntry]
    here: str
    calls: dict[str, int] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def call(self, office: OfficeEntry) -> None:
        settings = settings_of(office, MACHINE)
        caller = Caller(
            lambda *_: (),
            settings.auth_token.get_secret_value(),
            called=settings.line.number,
            account_sid=settings.account_sid,
            public_url=settings.public_url,
            transport=HttpTransport(settings.public_url, self.here),
        ).dial()
        if office.name not in " ".join(caller.heard):
            self.troubles.append(f"{office.name}: heard {caller.heard}")
        caller.press("4").press("5").hang_up()
        self.calls[office.code] = self.calls.get(office.code, 0) + 1

    def _go_on(self, office: OfficeEntry) -> None:
        try:
            while not self._over.is_set():
                self.call(office)
        except Exception as trouble:
            self.troubles.append(f"{office.name}: {trouble!r}")

    def _have_called(self, since: dict[str, int]) -> bool:
        calls = dict(self.calls)
        return self.troubles != [] or all(
            calls.get(one.code, 0) > since.get(one.code, 0) + 1 for one in self.offices
        )

    @contextmanager
    def calling(self) -> Iterator[None]:
        """All of them call meanwhile, and have called before and call once more afterwards."""
        threads = [threading.Thread(target=self._go_on, args=(one,)) for one in self.offices]
        for thread in threads:
            thread.start()
        try:
            assert until(lambda: self._have_called({}))
            yield
            begun = dict(self.calls)
            assert until(lambda: self._have_called(begun))
        finally:
            self._over.set()
            for thread in threads:
                thread.join()


@contextmanager
def served(folder: Path, port: int) -> Iterator[str]:
    """Everything of the province in the processes of one, as `tongdai serve` runs it; its address."""
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment |= {**MACHINE, "PYTHONPATH": str(HOUSE), "PORT": str(port)}
    with (folder.parent / "serve.log").open("ab") as log:
        running = subprocess.Popen(
            [sys.executable, "-m", "ivr", "--installation", str(folder), "serve"],
            env=environment,
            cwd=folder.parent,
            stdout=log,
            stderr=log,
        )
    here = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        try:
            return running.poll() is not None or requests.get(f"{here}/readyz", timeout=5).ok
        except requests.RequestException:
            return False

    try:
        assert until(answers)
        assert running.poll() is None, (folder.parent / "serve.log").read_text("utf-8")[-3000:]
        yield here
    finally:
        running.terminate()
        running.wait(30)


def older_book(entry: OfficeEntry) -> None:
    """The office's book is one that a release before this one made."""
    file = entry.folder / "var" / "tongdai.db"
    for part in file.parent.glob("tongdai.db*"):
        part.rename(part.with_name(f"aside-{part.name}"))
    with closing(Database(of_file(file))) as database, database.writing() as conn:
        command.upgrade(schema.config(conn), sorted(schema.known())[-3])


@pytest.mark.row("T-23")
def test_one_moves_one_is_restored_and_one_upgraded_while_all_others_are_called(tmp_path: Path) -> None:
    folder, port = tmp_path / "tỉnh", free_port()
    other = make_installation(tmp_path / "khác", (), address="https://khac.example")
    address = f"http://127.0.0.1:{port}"
    status, said = run(folder, "province", "sample", "--offices", "6", "--address", address)
    assert status == 0, said
    moved, restored, upgraded, *called = read_offices(folder).entries.values()
    assert run(folder, "--office", restored.code, "backup")[0] == 0
    (copy,) = (restored.folder / "var" / "backups").glob("*.db")
    pause(upgraded.folder, paused=True)
    older_book(upgraded)
    with served(folder, port) as here:
        citizens = Citizens(called, here)
        with citizens.calling():
            status, said = run(folder, "office", "move", moved.code, "--to", str(other))
            assert status == 0, said
            pause(restored.folder, paused=True)
            words = ("--office", restored.code, "restore", str(copy), "--yes")
            tried: list[tuple[int, str]] = []

            def is_restored() -> bool:
                tried.append(run(folder, *words))
                return tried[-1][0] == 0

            assert until(is_restored, every=0.5), tried[-1]
            pause(restored.folder, paused=False)
            status, said = run(folder, "--office", upgraded.code, "db", "upgrade")
            assert status == 0, said
            pause(upgraded.folder, paused=False)
            for one in (restored, upgraded):
                assert until(partial(ready, here, one.code), every=0.2)
                citizens.call(one)
        shown = province_page(folder, here)
    assert citizens.troubles == []
    assert run(other, "--office", moved.code, "verify")[0] == 0
    assert "6/6 đơn vị đã xác nhận báo cáo tháng." in shown


def ready(here: str, code: str) -> bool:
    """Whether that office says that it is ready for calls."""
    return requests.get(f"{here}/readyz", params={"office": code}, timeout=10).ok


def province_page(folder: Path, here: str) -> str:
    """The province's page of last month, as whoever has its account sees it."""
    browser = requests.Session()
    browser.trust_env = False
    login, password = (folder / "province" / "demo-account.txt").read_text("utf-8").split()
    sign_in = f"{here}/console/sign-in"
    assert until(lambda: browser.get(sign_in, timeout=30).ok, every=0.2), (
        "the pages begin after the telephone"
    )
    page = browser.get(sign_in, timeout=30).text
    token = page.partition('name="form_token" value="')[2].partition('"')[0]
    form = {"login": login, "password": password, "form_token": token}
    assert browser.post(sign_in, data=form, timeout=30).ok
    return browser.get(
        f"{here}/console/", params={"month": str(Month.of(Clock().now()).plus(-1))}, timeout=30
    ).text
