"""A form written for a citizen is put into the log on a phone: ten seconds a case, measured by the steps."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import Locator, Page, expect

from logbook.duty import team, written_forms
from logbook.officials import register
from logbook.officials.register import OfficialDetails
from tests.browser.conftest import Visit
from tests.browser.office import Office
from tests.browser.waiting import Keyboard

MOST_TAPS = 6
"""Procedure, what was checked, how it was confirmed, asked for, same day, keep."""
FORM = ".forms-new"


class Thumb:
    """Taps and keys of one case."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.taps = self.keys = 0

    def tap(self, where: Locator) -> None:
        """One tap, on something large enough for a thumb."""
        box = where.bounding_box()
        assert box is not None
        assert box["height"] >= 24, where
        where.tap()
        self.taps += 1

    def choose(self, name: str, value: str) -> None:
        """Tap the words beside a box."""
        self.tap(self.page.locator(f"{FORM} label:has([name={name}][value='{value}'])"))

    def type(self, selector: str, words: str) -> None:
        """Tap a field and type into it."""
        self.tap(self.page.locator(selector))
        Keyboard(self.page).type(words, into=selector)
        self.keys += len(words)


def finish(thumb: Thumb) -> None:
    thumb.choose("check_result", "complete")
    thumb.choose("confirmed_by", "signature")
    thumb.choose("asked_for", "yes")
    thumb.choose("same_day", "yes")
    with thumb.page.expect_navigation():
        thumb.tap(thumb.page.locator(f"{FORM} button"))
    expect(thumb.page.get_by_role("status").first).to_contain_text("Đã ghi vào sổ viết hộ")


@pytest.mark.proof
@pytest.mark.row("001-08", "001-13")
@pytest.mark.parametrize("script", [True, False])
def test_a_case_like_one_before_takes_six_taps_and_no_key_on_a_phone(
    office: Office, visit: Visit, script: bool
) -> None:
    with office.hotline.database.writing() as conn:
        now = office.hotline.clock.now()
        details = OfficialDetails(
            "Nguyễn Lan", "", "", "youth", "2026-01-05", "", "team_member", "", False, "lan"
        )
        register.add(conn, details, now)
        team.join(conn, "lan", date(2026, 11, 1), None, "leader", now)
    page = visit("team_member", phone=True, has_touch=True, java_script_enabled=script)
    page.goto("/console/forms")
    assert page.locator("#helper").input_value() == "lan", "whoever is signed in wrote it"
    first = Thumb(page)
    first.type("#procedure", "Đăng ký khai sinh")
    first.type("#field", "Hộ tịch")
    finish(first)
    assert first.taps == MOST_TAPS + 1

    again = Thumb(page)
    again.tap(page.locator(".forms-again label", has_text="Đăng ký khai sinh"))
    finish(again)
    assert (again.taps, again.keys) == (MOST_TAPS, 0)
    with office.hotline.database.reading() as conn:
        rows = written_forms.between(conn, date(2026, 11, 25), date(2026, 11, 25))
    assert [(one.form.procedure, one.form.field, one.form.helper) for one in rows] == [
        ("Đăng ký khai sinh", "Hộ tịch", "lan")
    ] * 2
