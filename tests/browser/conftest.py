"""A real browser for the pages, and an office for it to look at."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright
from structlog.testing import capture_logs

from ivr.softphone.pages import SAMPLE
from logbook.accounts import accounts
from tests.browser.office import PASSWORD, Office, serving
from tests.browser.waiting import MILLISECONDS, be_patient, follow
from tests.unavailable import unavailable

SPEECH = SAMPLE / "complaint.wav"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    f"--use-file-for-fake-audio-capture={SPEECH}",
)
"""Whoever looks at a page is no telephone user: the microphone hears the sample complaint over and over."""
WIDE = ViewportSize(width=1366, height=768)
PHONE = ViewportSize(width=390, height=844)
Visit = Callable[..., Page]


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[MutableMapping[str, Any]]]:
    """What the program logs, kept off the screen."""
    with capture_logs() as lines:
        yield lines


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests, which each open contexts of their own."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        unavailable("no chromium on this machine: the console cannot be looked at")
    be_patient()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=list(ARGUMENTS), timeout=MILLISECONDS
        )
        yield browser
        browser.close()


@pytest.fixture
def office(tmp_path: Path, migrated_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """An open office with one person of each role; passwords are hashed cheaply here."""
    monkeypatch.setattr(accounts, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    book = tmp_path / "logbook.db"
    shutil.copyfile(migrated_file, book)
    with serving(book) as opened:
        opened.staff()
        yield opened


@pytest.fixture
def visit(chromium: Browser, office: Office) -> Iterator[Visit]:
    """A browser of its own at the console's first page, signed in as `login` where one is given."""
    with ExitStack() as opened:

        def come(login: str = "", *, phone: bool = False, **options: Any) -> Page:
            size = PHONE if phone else WIDE
            context = chromium.new_context(viewport=size, base_url=office.address, locale="vi", **options)
            opened.callback(context.close)
            page = context.new_page()
            page.set_default_timeout(MILLISECONDS)
            if login:
                page.goto("/console/")
                page.fill("#login", login)
                page.fill("#password", PASSWORD)
                follow(page.locator("main button"))
                assert page.url == f"{office.address}/console/"
            return page

        yield come
