"""Twenty slips typed in a real browser without the mouse."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import expect

from logbook.ratings import slip_lookup
from tests.browser.conftest import Visit
from tests.browser.office import Office
from tests.one_stop_desk import dossiers_of

COUNT = 20
KEYS_A_SECOND = 4
"""As an unhurried clerk types."""
TWO_MINUTES = 120


@pytest.mark.proof
@pytest.mark.row("003-01")
def test_twenty_slips_are_typed_in_two_minutes_without_the_mouse(office: Office, visit: Visit) -> None:
    with office.hotline.database.writing() as conn:
        references = dossiers_of(conn, COUNT)
    page = visit("desk_officer")
    page.goto("/console/slips/new")
    keys = 0

    def type_(text: str) -> None:
        nonlocal keys
        page.keyboard.type(text)
        keys += len(text)

    def press(key: str) -> None:
        nonlocal keys
        page.keyboard.press(key)
        keys += 1

    expect(page.locator("#number")).to_be_focused()
    begun = time.monotonic()
    type_("P-0001")
    for index, reference in enumerate(references, 1):
        expect(page.locator("#number")).to_have_value(f"P-{index:04d}")
        if index == 1:
            press("Enter")
        expect(page.locator("#reference")).to_be_focused()
        type_(reference)
        press("Enter")
        type_(str(index % 5 + 1) * 5)
        expect(page.locator("[data-next]")).to_be_focused()
        press("Enter")
        expect(page.get_by_role("status").first).to_have_text("Đã lưu phiếu.")
    machine = time.monotonic() - begun
    with office.hotline.database.reading() as conn:
        entered = {each.reference: each.answers for each in slip_lookup.recent(conn, 50)}
    assert entered == {name: (index % 5 + 1,) * 5 for index, name in enumerate(references, 1)}
    assert keys / KEYS_A_SECOND + machine < TWO_MINUTES, (keys, machine)
