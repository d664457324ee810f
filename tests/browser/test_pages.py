"""Every page as somebody sees it who needs contrast, labels and order, and on a telephone's screen."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize

from tests.browser.conftest import PHONE, Visit
from tests.browser.full_house import NOWHERE, furnish, pages
from tests.browser.office import Office

MOST = [("head_of_office", 3), ("clerk", 1), ("chairman", 1), ("administrator", 1)]
"""How many of the newest of each kind a role opens; the head of the office sees the most pages."""
TWICE: ViewportSize = {"width": 683, "height": 384}
"""A screen of 1366 pixels on which everything is shown at 200 % (WCAG 1.4.10)."""
PAPER: ViewportSize = {"width": 718, "height": 1000}
"""A4 between margins of a centimetre, in pixels of a stylesheet."""
BROADER = "() => document.documentElement.scrollWidth - window.innerWidth"


def violations(page: Page) -> list[str]:
    """What axe finds wrong, as one line each: rule, and the element."""
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


def opened(page: Page, address: str) -> bool:
    """Go there; whether the person may see it. Anything but a page or a refusal fails the test."""
    answer = page.goto(address)
    assert answer is not None
    assert answer.status in (200, 403, 404), f"{answer.status} {address}"
    return answer.status == 200


@pytest.mark.parametrize(("role", "most"), MOST)
def test_no_page_of_the_console_shuts_anybody_out(office: Office, visit: Visit, role: str, most: int) -> None:
    furnish(office)
    page = visit(role, bypass_csp=True)
    seen, wrong = 0, {}
    for address in pages(office, most):
        if not opened(page, address) and address != NOWHERE:
            continue
        seen += 1
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        if found := violations(page):
            wrong[address] = found
    assert not wrong, "\n".join(f"{where}: {found}" for where, found in wrong.items())
    assert seen >= 9


def test_the_pages_before_signing_in_shut_nobody_out(office: Office, visit: Visit) -> None:
    page = visit(bypass_csp=True)
    for address in ("/", "/console/sign-in"):
        assert opened(page, address)
        assert violations(page) == []
    for address in ("/nowhere", "/r/NOSUCHCODE1", "/tra-loi/99", "/console/nowhere"):
        assert not opened(page, address)
        assert violations(page) == [], address
        page.set_viewport_size(PHONE)
        assert page.evaluate(BROADER) <= 0, address


@pytest.mark.row("S13")
@pytest.mark.parametrize(("role", "most"), MOST)
def test_on_a_telephone_and_at_twice_the_size_no_page_has_to_be_pushed_sideways(
    office: Office, visit: Visit, role: str, most: int
) -> None:
    furnish(office)
    page = visit(role, phone=True)
    broad = {}
    for address in ("/", *pages(office, most)):
        opened(page, address)
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        for size in (PHONE, TWICE):
            page.set_viewport_size(size)
            if (pixels := page.evaluate(BROADER)) > 0:
                broad[address, size["width"]] = pixels
    assert broad == {}


@pytest.mark.parametrize("media", ["print", "screen"])
def test_on_paper_and_tablets_cause_and_remedy_of_a_late_ticket_are_the_widest_columns(
    office: Office, visit: Visit, media: Literal["print", "screen"]
) -> None:
    furnish(office)
    page = visit("head_of_office")
    page.set_viewport_size(PAPER)
    page.emulate_media(media=media)
    opened(page, "/console/reports/1")
    widths = page.eval_on_selector_all(".report-late th", "all => all.map(one => one.offsetWidth)")
    assert min(widths[-2:]) >= max(widths[:-2]), widths
    codes = page.eval_on_selector_all(
        ".report-late td a", "all => all.map(one => one.getClientRects().length)"
    )
    assert set(codes) == {1}
    assert page.evaluate(BROADER) <= 0
