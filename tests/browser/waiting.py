"""How a test waits for a page. Keys are pressed here alone, for one that comes before its page is lost.

A browser says that a page is loaded a moment before it moves the focus there, a key that leads on is pressed
before the next page is asked for, and a sentence like "saved" may still be the one of the page before.
"""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.suite.waiting import PATIENCE

MILLISECONDS = PATIENCE * 1000


def be_patient() -> None:
    """Let every `expect` of this process wait as long as a page may take; five seconds are not enough."""
    expect.set_options(timeout=MILLISECONDS)


def follow(link: Locator) -> None:
    """Click what leads to another page, or sends a form, and wait until that page is there."""
    with link.page.expect_navigation():
        link.click()


class Keyboard:
    """Somebody's keys on one page."""

    def __init__(self, page: Page) -> None:
        """Begin with no key pressed."""
        self.page, self.pressed = page, 0

    def type(self, text: str, *, into: str) -> None:
        """Type as soon as the focus is in this field."""
        expect(self.page.locator(into)).to_be_focused()
        self.page.keyboard.type(text)
        self.pressed += len(text)

    def press(self, *keys: str, at: str = "") -> None:
        """Press keys that stay on this page, as soon as the focus is at `at` where that is said."""
        if at:
            expect(self.page.locator(at)).to_be_focused()
        for key in keys:
            self.page.keyboard.press(key)
        self.pressed += len(keys)

    def follow(self, *keys: str, at: str = "") -> None:
        """Press keys that lead to another page, or send a form, and wait until that page is there."""
        if at:
            expect(self.page.locator(at)).to_be_focused()
        with self.page.expect_navigation():
            self.press(*keys)
