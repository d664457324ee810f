"""The province's pages over a database with figures of three offices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ivr.province_app import create_province
from logbook.accounts import accounts
from logbook.accounts.rights import PROVINCE
from logbook.clock import Clock
from logbook.database.engine import Database
from logbook.installation import Installation, open_installation
from logbook.province import register
from logbook.province.own_settings import province_settings
from tests.browsers import with_browsers
from tests.logbook.province.made import DECEMBER_4, PLACES, document, enrol

PASSWORD = "lua chin ngoai dong"


@pytest.fixture
def province(database: Database, tmp_path: Path) -> Installation:
    """Khánh Hòa on the fourth of December: two of three offices have confirmed November."""
    settings = province_settings(tmp_path, "tỉnh Khánh Hòa", "http://127.0.0.1:8000", {})
    settings = replace(settings, data_folder=tmp_path)
    opened = open_installation(settings, Clock(DECEMBER_4), database)
    with database.writing() as conn:
        enrol(conn, *PLACES)
        for code, month in ((PLACES[0], "2026-10"), (PLACES[0], "2026-11"), (PLACES[1], "2026-11")):
            register.take(conn, document(code, month).as_text().encode(), DECEMBER_4)
    return opened


@pytest.fixture
def province_app(province: Installation) -> Flask:
    return with_browsers(create_province(province))


@pytest.fixture
def officer(province: Installation, province_app: Flask) -> Callable[[], FlaskClient]:
    """A browser in which an officer of the province is signed in."""

    def enter() -> FlaskClient:
        with province.database.writing() as conn:
            accounts.add(
                conn,
                login="tinh",
                name="Trần Thị Tỉnh",
                role=PROVINCE,
                password=PASSWORD,
                now=DECEMBER_4,
                must_change_password=False,
            )
        browser = province_app.test_client()
        answer = browser.post("/console/sign-in", data={"login": "tinh", "password": PASSWORD})
        assert answer.status_code == 303
        return browser

    return enter
