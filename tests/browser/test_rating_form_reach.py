"""The rating form for everybody: by keyboard alone, without script, magnified, on a small screen."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Response, expect
from sqlalchemy import select

from logbook.database.tables import ratings, token_ratings
from logbook.ratings import tokens
from tests.browser.conftest import Visit
from tests.browser.office import Office
from tests.browser.waiting import Keyboard


def code_of(office: Office) -> str:
    with office.hotline.database.writing() as conn:
        return tokens.make(conn, 1, "x", office.hotline.clock.now())[0]


def marks(office: Office) -> list[int | None]:
    with office.hotline.database.reading() as conn:
        return list(conn.execute(select(ratings.c.value).order_by(ratings.c.criterion_id)).scalars())


@pytest.mark.proof
@pytest.mark.row("004-01")
@pytest.mark.row("004-05")
def test_a_rating_is_given_by_keyboard_alone_without_script_and_without_a_name(
    office: Office, visit: Visit
) -> None:
    page = visit(java_script_enabled=False, phone=True)
    page.goto(f"/r/{code_of(office)}")
    keys = Keyboard(page)
    keys.press("Tab")  # nobody in particular is chosen already
    for mark in range(3):
        keys.press("Tab", "Space", *["ArrowDown"] * mark)
    keys.press("Tab")
    keys.type("Khai sinh", into="#procedure")
    keys.press("Tab")
    keys.type("Xong trong buổi.", into="#comment")
    page.get_by_role("button", name="Gửi đánh giá").focus()
    keys.follow("Enter")
    expect(page.get_by_role("status")).to_contain_text("Xin cảm ơn")
    assert marks(office) == [5, 4, 3]
    with office.hotline.database.reading() as conn:
        kept = conn.execute(select(token_ratings.c.official_id, token_ratings.c.procedure)).one()
    assert tuple(kept) == (None, "Khai sinh")


def heard(page: Page) -> list[Response]:
    """Every answer the page gets from now on."""
    loaded: list[Response] = []

    def keep(answer: Response) -> None:
        loaded.append(answer)

    page.on("response", keep)
    return loaded


def looked_at(page: Page) -> list[object]:
    """What is wrong with a page as it stands: what axe finds, and whether it must be moved sideways."""
    sideways = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    found = Axe().run(page)
    return [*(one["id"] for one in found.response["violations"]), *(["sideways"] if sideways else [])]


@pytest.mark.proof
@pytest.mark.row("004-01")
def test_the_form_is_one_page_and_whole_at_320_pixels_and_at_twice_the_size(
    office: Office, visit: Visit
) -> None:
    code = code_of(office)
    wrong: dict[str, object] = {}
    for name, width, scale in (("320 px", 320, 1), ("640 px at 200 %", 320, 2), ("1280 px at 200 %", 640, 2)):
        page = visit(device_scale_factor=scale)
        page.set_viewport_size({"width": width, "height": 720})
        loaded = heard(page)
        page.goto(f"/r/{code}")
        wrong[name] = looked_at(page)
        assert [urlsplit(one.url).path for one in loaded] == [f"/r/{code}"]
        assert {urlsplit(one.url).netloc for one in loaded} == {urlsplit(office.address).netloc}
        assert sum(len(one.body()) for one in loaded) < 60_000
        assert page.context.cookies() == []
        assert page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(255, 255, 255)"
        assert page.locator("script").count() == 0
        page.get_by_role("button", name="Gửi đánh giá").click()
        expect(page.get_by_role("alert")).to_be_visible()
        wrong[f"{name}, refused"] = looked_at(page)
    assert {name: found for name, found in wrong.items() if found} == {}
