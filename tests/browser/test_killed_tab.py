"""The browser is killed while somebody speaks into it: what they said is a ticket, once."""

from __future__ import annotations

import os
import shutil
import signal

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from ivr.phone import sound
from logbook.database.tables import tickets
from tests.browser.conftest import ARGUMENTS
from tests.browser.office import Office
from tests.browser.waiting import Keyboard
from tests.suite.waiting import until


def codes(office: Office) -> list[str]:
    with office.hotline.database.reading() as conn:
        return list(conn.execute(select(tickets.c.code)).scalars())


@pytest.mark.proof
def test_the_browser_is_killed_while_somebody_speaks_and_what_they_said_is_a_ticket(
    chromium: Browser, office: Office
) -> None:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    doomed = chromium.browser_type.launch(executable_path=program, args=list(ARGUMENTS))
    page = doomed.new_page(base_url=office.address)
    page.goto("/phone")
    expect(page.locator("#own")).not_to_be_empty()
    Keyboard(page).press("Enter")
    for heard, key in (("bấm phím hai", "2"), ("cá nhân", "1"), ("Nếu đồng ý", "1")):
        expect(page.locator(".said.now", has_text=heard)).to_be_visible()
        Keyboard(page).press(key)
    expect(page.locator("#microphone")).to_have_attribute("aria-pressed", "true")
    seconds = _spoken(office, 6.0)
    processes = doomed.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    (browser,) = (each["id"] for each in processes if each["type"] == "browser")
    os.kill(browser, signal.SIGKILL)
    assert until(lambda: codes(office))
    assert len(codes(office)) == 1
    (kept,) = (office.hotline.settings.data_folder / "provider" / "recordings").glob("*.wav")
    assert sound.duration(kept.read_bytes()) > seconds - 1, "at most a second is lost"


def _spoken(office: Office, seconds: float) -> float:
    """Wait until so many seconds of speech are on disk; how many there are."""
    folder = office.hotline.settings.data_folder / "phone" / "spoken"

    def length() -> float:
        return max((path.stat().st_size / (2 * sound.RATE) for path in folder.glob("*.wav")), default=0.0)

    assert until(lambda: length() >= seconds)
    return length()
