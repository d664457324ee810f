"""Somebody who never saw the program sets up a second commune in a browser, from nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from logbook.settings.env_file import read_env_file
from logbook.settings.loading import load_settings
from tests.browser.waiting import MILLISECONDS, follow
from tests.ivr.commands.going_live.test_setup import GIVEN
from tests.suite.waiting import PATIENCE


@pytest.mark.proof
def test_a_second_commune_is_made_from_nothing_in_a_browser(chromium: Browser, tmp_path: Path) -> None:
    folder = tmp_path / "Phường Bảo Lộc"
    free = {name: value for name, value in os.environ.items() if not name.startswith(("TONGDAI_", "TWILIO_"))}
    command = [sys.executable, "-m", "ivr", "setup", "--web", "--folder", str(folder)]
    running = subprocess.Popen(command, env=free, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    try:
        assert running.stdout is not None
        link = next(
            found[0] for line in running.stdout if (found := re.search(r"http://\S+/begin/\S+", line))
        )
        context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="vi")
        page = context.new_page()
        page.set_default_timeout(MILLISECONDS)
        page.goto(link)
        assert Axe().run(page).violations_count == 0
        for width in (320, 390, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        for name, value in GIVEN.items():
            page.fill(f"#{name}", "0263" if name == "number" else value)
        follow(page.get_by_role("button", name="Kiểm tra và cài đặt"))
        expect(page.get_by_role("alert")).to_contain_text("Có 1 ô cần sửa")
        assert Axe().run(page).violations_count == 0
        page.emulate_media(color_scheme="dark")
        assert Axe().run(page).violations_count == 0
        page.fill("#number", GIVEN["number"])
        page.fill("#admin_password", GIVEN["admin_password"])
        follow(page.get_by_role("button", name="Kiểm tra và cài đặt"))
        expect(page.get_by_role("heading", name="Đã cài đặt xong.")).to_be_visible()
        context.close()
        assert running.wait(PATIENCE) == 0, "the page closes by itself"
    finally:
        running.kill()
        running.communicate()
    settings = load_settings(read_env_file(folder / "tongdai.env"))
    assert settings.office.agency == "Ủy ban nhân dân phường 1 Bảo Lộc"
    checked = subprocess.run(
        [sys.executable, "-m", "ivr", "check", "--offline"],
        env=free,
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "[x] Quản trị viên: đã có" in checked.stdout
