"""The province's pages in a browser: on a telephone, in the dark, by keys alone nobody is shut out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from ivr.province_app import create_province, open_province
from logbook.accounts import accounts
from logbook.accounts.rights import PROVINCE
from logbook.clock import Clock
from logbook.database.engine import Database
from logbook.database_address import of_file
from logbook.province import register
from logbook.province.own_settings import province_settings
from tests.browser.conftest import PHONE, WIDE
from tests.browser.test_dark import FAINT
from tests.browser.test_pages import BROADER, opened, violations
from tests.browser.waiting import MILLISECONDS, Keyboard
from tests.logbook.province.made import DECEMBER_4, PLACES, document, enrol

PASSWORD = "lua chin ngoai dong"
PAGES = ("/console/?month=2026-11", f"/console/office/{PLACES[0]}?month=2026-11", "/console/account")


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Where the province's pages are served: two of three offices have confirmed November."""
    settings = province_settings(tmp_path, "tỉnh Khánh Hòa", "http://127.0.0.1:8000", {})
    with closing(Database(of_file(tmp_path / "province.db"))) as database:
        settings = replace(settings, data_folder=tmp_path)
        province = open_province(settings, Clock(DECEMBER_4), database)
        with database.writing() as conn:
            enrol(conn, *PLACES)
            for code, month in ((PLACES[0], "2026-10"), (PLACES[0], "2026-11"), (PLACES[1], "2026-11")):
                register.take(conn, document(code, month).as_text().encode(), DECEMBER_4)
            accounts.add(
                conn,
                login="tinh",
                name="Trần Thị Tỉnh",
                role=PROVINCE,
                password=PASSWORD,
                now=DECEMBER_4,
                must_change_password=False,
            )
        server = make_server("127.0.0.1", 0, create_province(province), threaded=True)
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    """A browser at the sign-in form of the province."""
    context = chromium.new_context(viewport=WIDE, base_url=address, locale="vi", bypass_csp=True)
    page = context.new_page()
    page.set_default_timeout(MILLISECONDS)
    page.goto("/console/")
    yield page
    context.close()


@pytest.mark.proof
@pytest.mark.row("S13")
def test_the_provinces_pages_are_read_by_everybody_on_every_screen_and_reached_by_keys(page: Page) -> None:
    assert violations(page) == []
    keys = Keyboard(page)
    page.focus("#login")
    keys.type("tinh", into="#login")
    keys.press("Tab", at="#login")
    keys.type(PASSWORD, into="#password")
    keys.follow("Enter", at="#password")
    link = page.locator("main a", has_text="Đại Lãnh").first
    link.focus()
    keys.follow("Enter")
    assert PLACES[0] in page.url
    wrong: dict[tuple[str, bool], list[str]] = {}
    for address in PAGES:
        for dark in (False, True):
            page.emulate_media(color_scheme="dark" if dark else "light")
            page.set_viewport_size(WIDE)
            assert opened(page, address), address
            found = [*violations(page), *(page.evaluate(FAINT) if dark else ())]
            page.set_viewport_size(PHONE)
            if (pixels := page.evaluate(BROADER)) > 0:
                found.append(f"{pixels} px too broad for a telephone")
            if found:
                wrong[address, dark] = found
    assert wrong == {}
