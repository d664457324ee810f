"""An office at a real address, and tabs with telephones."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from ivr.softphone.telephones import Telephones
from tests.browser.office import Office, serving
from tests.ivr.softphone.tab import Tab

Opens = Callable[..., Tab]


@pytest.fixture(autouse=True)
def voice_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is spoken beforehand: a machine voice is a process, and most tests listen to nothing."""
    monkeypatch.setattr(Telephones, "_warm", lambda _: None)


@pytest.fixture
def office(tmp_path: Path, migrated_file: Path) -> Iterator[Office]:
    """An office that answers, on a Wednesday at ten past nine."""
    book = tmp_path / "logbook.db"
    shutil.copyfile(migrated_file, book)
    with serving(book) as opened:
        yield opened


@pytest.fixture
def tab(office: Office) -> Iterator[Opens]:
    """Opens telephones, and closes them."""
    with ExitStack() as opened:

        def come(number: str = "0912.345.678") -> Tab:
            made = Tab(office.address, number)
            opened.callback(made.close)
            return made

        yield come
