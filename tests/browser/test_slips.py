"""Twenty slips typed in a real browser without the mouse."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from logbook.ratings import slip_lookup
from tests.browser.conftest import Visit
from tests.browser.office import Office
from tests.browser.waiting import Keyboard
from tests.one_stop_desk import dossiers_of

COUNT = 20
KEYS_A_SECOND = 4
"""As an unhurried clerk types."""
SECONDS_A_PAGE = 1
"""What the office's machine may take to store a slip and show the next form; this one may be slower."""
TWO_MINUTES = 120


@pytest.mark.proof
@pytest.mark.row("003-01")
def test_twenty_slips_are_typed_in_two_minutes_without_the_mouse(office: Office, visit: Visit) -> None:
    with office.hotline.database.writing() as conn:
        references = dossiers_of(conn, COUNT)
    page = visit("desk_officer")
    page.goto("/console/slips/new")
    keys = Keyboard(page)
    keys.type("P-0001", into="#number")
    for index, reference in enumerate(references, 1):
        expect(page.locator("#number")).to_have_value(f"P-{index:04d}")
        if index == 1:
            keys.press("Enter")
        keys.type(reference, into="#reference")
        keys.press("Enter")
        keys.type(str(index % 5 + 1) * 5, into="#a1")
        keys.follow("Enter", at="[data-next]")
        expect(page.get_by_role("status").first).to_have_text("Đã lưu phiếu.")
    with office.hotline.database.reading() as conn:
        entered = {each.reference: each.answers for each in slip_lookup.recent(conn, 50)}
    assert entered == {name: (index % 5 + 1,) * 5 for index, name in enumerate(references, 1)}
    assert keys.pressed / KEYS_A_SECOND + COUNT * SECONDS_A_PAGE < TWO_MINUTES, keys.pressed
