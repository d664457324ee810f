"""A sentence recorded in the browser with a microphone, kept, and heard by the next caller."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ARGUMENTS, PHONE, WIDE, Visit
from tests.browser.office import PASSWORD, Office
from tests.browser.waiting import MILLISECONDS, follow
from tests.logbook.prompts.voices import likeness, voice_of_somebody, wave_of

PAGES = (
    "/console/prompts",
    "/console/prompts/recording_notice",
    "/console/prompts/status_result.1",
    "/console/line/menu",
    "/console/line/procedures",
)


def microphone(folder: Path) -> tuple[Path, bytes]:
    """A sound file for Chromium's fake microphone, and the same as a telephone has it."""
    spoken = voice_of_somebody()
    samples = np.frombuffer(spoken[44:], np.int16)
    at = np.arange(len(samples) * 6) / 6
    file = folder / "spoken.wav"
    file.write_bytes(wave_of(np.interp(at, np.arange(len(samples)), samples).astype(np.int16), 48_000))
    return file, spoken


def sign_in(page: Page, office: Office) -> None:
    page.goto(f"{office.address}/console/")
    page.fill("#login", "clerk")
    page.fill("#password", PASSWORD)
    follow(page.locator("main button"))


@pytest.mark.proof
def test_a_sentence_recorded_in_the_browser_is_what_the_next_caller_hears(
    chromium: Browser, office: Office, tmp_path: Path
) -> None:
    file, spoken = microphone(tmp_path)
    arguments = (
        *ARGUMENTS,
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={file}",
    )
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    browser = chromium.browser_type.launch(
        executable_path=program, args=list(arguments), timeout=MILLISECONDS
    )
    try:
        page = browser.new_page(viewport=WIDE, locale="vi")
        page.set_default_timeout(MILLISECONDS)
        sign_in(page, office)
        page.goto(f"{office.address}/console/prompts/recording_notice")
        page.get_by_role("button", name="Bắt đầu thu").click()
        expect(page.locator("[data-told]")).to_contain_text("Đang thu")
        page.wait_for_timeout(4_000)
        page.get_by_role("button", name="Dừng").click()
        expect(page.locator("[data-told]")).to_contain_text("Đã thu xong")
        follow(page.get_by_role("button", name="Giữ bản thu"))
        expect(page.get_by_role("status").first).to_contain_text("Đã giữ bản thu âm")
    finally:
        browser.close()
    caller = office.ring()
    (heard,) = [each for each in caller.sent if "/ivr/prompt/" in each.url]
    alike = likeness(heard.body, spoken)
    print(f"correlation of the microphone with what the caller heard: {alike:.3f}")
    assert alike > 0.9


@pytest.mark.proof
def test_the_studio_can_be_used_by_keyboard_and_screen_reader_on_a_wide_screen_and_on_a_phone(
    visit: Visit,
) -> None:
    page = visit("clerk")
    wrong: dict[str, list[str]] = {}
    for size, name in ((WIDE, "wide"), (PHONE, "phone")):
        page.set_viewport_size(size)
        for path in PAGES:
            page.goto(path)
            found = Axe().run(page).response["violations"]
            sideways = page.evaluate("document.documentElement.scrollWidth > innerWidth")
            problems = [one["id"] for one in found] + (["scrolls sideways"] if sideways else [])
            if problems:
                wrong[f"{name} {path}"] = problems
    assert wrong == {}
