"""A page of the console is one entry: its address, its right, its place in the menu."""

from __future__ import annotations

import pytest
from flask import Flask

from logbook.accounts.rights import Act
from logbook.console import registry
from logbook.console.frame import ConsoleFrame
from logbook.console.menu import MenuEntry
from logbook.console.registry import console_blueprint
from logbook.guards import keep_watch
from logbook.installation import Installation
from tests.browsers import with_browsers
from tests.logbook.console.test_rights_matrix import agreed, cells, enter
from tests.suite import guides


class Parade:
    """A page nobody has built."""

    @staticmethod
    def add(desk: ConsoleFrame) -> None:
        """One address, for who may run accounts."""

        @desk.page("/parade", Act.RUN_PEOPLE)
        def parade() -> str:
            return "diễu hành"


def test_one_more_page_is_reached_by_its_right_stands_in_the_menu_and_is_missed_in_the_matrix(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "PAGES", (*registry.PAGES, Parade))
    monkeypatch.setattr(registry, "MENU", (*registry.MENU, MenuEntry("parade", "run_people", "menu_parade")))
    monkeypatch.setitem(installation.texts["vi"].sentences, "menu_parade", "Diễu hành")
    app = Flask("console-tests", static_folder=None)
    keep_watch(app)
    app.register_blueprint(console_blueprint(installation))
    app = with_browsers(app)
    administrator, _ = enter(installation, app, "administrator")
    clerk, _ = enter(installation, app, "clerk")
    assert "diễu hành" in administrator.get("/console/parade").text
    assert clerk.get("/console/parade").status_code == 403
    assert '<a href="/console/parade"' in administrator.get("/console/").text
    assert "Diễu hành" not in clerk.get("/console/").text
    assert ("parade", "GET") in {(one.endpoint, one.method) for one in cells(app)} - set(agreed())


def test_the_guide_says_what_one_more_page_takes() -> None:
    assert MenuEntry in {type(one) for one in registry.MENU}
    assert guides.naming("menu_callbacks") == {
        guides.relative(registry),
        *guides.catalogues("menu_callbacks"),
    }
    count, named = guides.promised("page of the console")
    assert named == {
        "logbook/console/pages/<subject>/<name>.py",
        guides.relative(registry),
        "logbook/console/templates/console/<name>.html",
        "logbook/texts/vi/<part>.yaml",
        "logbook/texts/en/<part>.yaml",
        "tests/logbook/console/rights_matrix.csv",
    }
    assert count == len(named)
