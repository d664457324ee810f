"""The chairman puts the leader's page on the telephone's screen; without a network it says so."""

from __future__ import annotations

import json
import os

import pytest
from playwright.sync_api import expect

from logbook.console.assets import FOLDER
from tests.browser.conftest import Visit


@pytest.mark.proof
def test_the_leaders_page_is_an_app_that_says_when_there_is_no_network_and_keeps_nothing(
    visit: Visit,
) -> None:
    page = visit("chairman", phone=True)
    page.goto("/console/leader")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    manifest = page.evaluate("fetch(document.querySelector('link[rel=manifest]').href).then((a) => a.json())")
    assert manifest == json.loads((FOLDER / "app.webmanifest").read_text("utf-8"))
    assert (manifest["display"], manifest["start_url"]) == ("standalone", "/console/leader")
    page.reload()
    page.context.set_offline(True)
    page.goto("/console/leader")
    expect(page.get_by_role("heading", name="Không có mạng")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert (
        page.evaluate("getComputedStyle(document.querySelector('main')).borderTopColor") == "rgb(155, 28, 31)"
    )
    if shot := os.environ.get("TONGDAI_TEST_SHOT"):
        page.screenshot(path=shot)
    kept = page.evaluate(
        "caches.keys().then((n) => Promise.all(n.map((k) => caches.open(k).then((c) => c.keys()))))"
        ".then((all) => all.flat().map((one) => new URL(one.url).pathname))"
    )
    assert sorted(kept) == ["/console/static/offline.css", "/console/static/offline.html"]
    page.context.set_offline(False)
    page.get_by_role("link", name="mở lại trang Lãnh đạo").click()
    expect(page.get_by_role("heading", name="Việc của lãnh đạo")).to_be_visible()


@pytest.mark.proof
def test_whoever_wants_less_motion_or_larger_type_gets_it(visit: Visit) -> None:
    page = visit("chairman", reduced_motion="reduce")
    moving = page.evaluate(
        "[...document.querySelectorAll('*')]"
        ".filter((one) => parseFloat(getComputedStyle(one).transitionDuration) > 0).length"
    )
    assert moving == 0
    size = "parseFloat(getComputedStyle(document.querySelector('main :is(p, li, td, div)')).fontSize)"
    before = page.evaluate(size)
    page.evaluate("document.documentElement.style.fontSize = '24px'")
    assert page.evaluate(size) == pytest.approx(before * 1.5)
