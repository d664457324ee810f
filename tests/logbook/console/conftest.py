"""A console to sign in to: the app, and a browser of a person of any role."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from logbook.accounts import accounts
from logbook.clock import Clock
from logbook.console.registry import console_blueprint
from logbook.database.engine import Database
from logbook.guards import keep_watch
from logbook.installation import Installation, open_installation
from logbook.settings.loading import load_settings
from tests import frozen
from tests.browsers import with_browsers

PASSWORD = "correct horse battery"
SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def installation(database: Database, tmp_path: Path) -> Installation:
    settings = dataclasses.replace(load_settings(frozen.OFFICE), data_folder=tmp_path)
    return open_installation(settings, Clock(datetime(2026, 11, 25, 2, 10, tzinfo=UTC)), database)


@pytest.fixture
def desk_app(installation: Installation) -> Flask:
    app = Flask("console-tests", static_folder=None)
    keep_watch(app)
    app.register_blueprint(console_blueprint(installation))
    return with_browsers(app)


@pytest.fixture
def signed_in(installation: Installation, desk_app: Flask) -> SignIn:
    """A browser of a person with that role and login; the same role twice is the same person."""

    def sign_in(role: str) -> FlaskClient:
        with installation.database.writing() as conn:
            if not any(person.login == role for person in accounts.listed(conn)):
                accounts.add(
                    conn,
                    login=role,
                    name=f"Người {role}",
                    role=role,
                    password=PASSWORD,
                    now=installation.clock.now(),
                    must_change_password=False,
                )
        browser = desk_app.test_client()
        answer = browser.post("/console/sign-in", data={"login": role, "password": PASSWORD})
        assert answer.status_code == 303
        return browser

    return sign_in


def form_token(page: str) -> str:
    """The token of the forms on a page."""
    found = re.search(r'name="form_token" value="([0-9a-f]{64})"', page)
    assert found is not None
    return found.group(1)
